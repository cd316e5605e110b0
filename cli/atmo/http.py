"""Requests to the portal's API, and to the addresses in S3 that it gives."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from atmo.credentials import Credentials
from atmo.errors import CommandError, Refused, Unreachable

TIMEOUT = 40
"""Seconds; API Gateway answers within 29."""
MAX_ATTEMPTS = 4
_AGAIN = (429, 502, 503, 504)
"""Statuses that pass by themselves."""
_LONGEST_PAUSE = 20.0


@dataclass(frozen=True)
class Answer:
    """An answer's JSON, None for no body, and the version of the record that it has, "" for none."""

    body: Any
    etag: str


class _WithoutToken(HTTPRedirectHandler):
    """Files are in S3, to which the API redirects, and which must not get the token."""

    def redirect_request(self, request: Request, *args: Any) -> Request | None:
        onward = super().redirect_request(request, *args)
        if onward and urlsplit(onward.full_url).netloc != urlsplit(request.full_url).netloc:
            onward.headers.pop("Authorization", None)
        return onward


class Portal:
    """The API of one portal, for one person."""

    def __init__(self, credentials: Credentials) -> None:
        self.url = credentials.url
        self._token = credentials.token
        self._opener = build_opener(_WithoutToken)

    def ask(
        self, method: str, path: str, body: Any = None, query: dict[str, str] | None = None, etag: str = ""
    ) -> Answer:
        """One request; `path` comes after /api/v1. A request that creates something has a key, so that it may be sent again.

        Raises:
            Refused: the portal says no.
            Unreachable: it does not answer.
        """
        request = Request(f"{self.url}/api/v1{path}" + (f"?{urlencode(query)}" if query else ""), method=method)  # noqa: S310
        request.add_header("Authorization", f"Bearer {self._token}")
        request.add_header("Accept", "application/json")
        if method == "POST":
            request.add_header("Idempotency-Key", str(uuid.uuid4()))
        if etag:
            request.add_header("If-Match", etag)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        return self._send(request)

    def items(
        self, path: str, query: dict[str, str] | None = None, most: int | None = None
    ) -> Iterator[dict[str, Any]]:
        """The items of a list, page after page, at most so many."""
        query, left = dict(query or {}), most
        while True:
            page = self.ask("GET", path, query=query).body
            yield from page["items"] if left is None else page["items"][:left]
            left = None if left is None else left - len(page["items"])
            if not page["next"] or (left is not None and left <= 0):
                return
            query["cursor"] = page["next"]

    def file(self, path: str) -> bytes:
        """A file at this path of the API, wherever that redirects to.

        Raises:
            Refused, Unreachable: as `ask` has it.
        """
        request = Request(f"{self.url}/api/v1{path}")  # noqa: S310
        request.add_header("Authorization", f"Bearer {self._token}")
        return self._content(request)

    def download(self, url: str) -> bytes:
        """A file at an address in S3 that the API gave.

        Raises:
            CommandError: there is none, or it has expired.
        """
        return self._content(Request(url))  # noqa: S310

    def upload(self, ticket: dict[str, Any], name: str, content: bytes) -> None:
        """Post a file to S3 with the fields of an upload's ticket.

        Raises:
            CommandError: S3 refuses it.
        """
        boundary = uuid.uuid4().hex
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
            for key, value in ticket["fields"].items()
        ]
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = "".join([*parts, head]).encode() + content + f"\r\n--{boundary}--\r\n".encode()
        request = Request(ticket["url"], body, method="POST")  # noqa: S310
        request.add_header("Content-Type", f"multipart/form-data; boundary={boundary}")
        self._content(request)

    def _send(self, request: Request) -> Answer:
        content, headers = self._answered(request)
        return Answer(json.loads(content) if content else None, headers.get("ETag", ""))

    def _content(self, request: Request) -> bytes:
        return self._answered(request)[0]

    def _answered(self, request: Request) -> tuple[bytes, Message]:
        """Content and headers of the answer."""
        for attempt in range(1, MAX_ATTEMPTS + 1):
            try:
                with self._opener.open(request, timeout=TIMEOUT) as response:
                    return response.read(), response.headers
            except HTTPError as error:
                if error.code not in _AGAIN or attempt == MAX_ATTEMPTS:
                    raise _refusal(error) from None
                time.sleep(_pause(error.headers.get("Retry-After"), attempt))
            except (URLError, TimeoutError, ConnectionError) as error:
                if attempt == MAX_ATTEMPTS:
                    reason = getattr(error, "reason", error)
                    raise Unreachable(f"{urlsplit(request.full_url).netloc} does not answer: {reason}") from None
                time.sleep(_pause(None, attempt))
        raise AssertionError("the last attempt returns or raises")


def _pause(retry_after: str | None, attempt: int) -> float:
    seconds = float(retry_after) if retry_after and retry_after.isdigit() else 0.25 * 2**attempt
    return min(seconds, _LONGEST_PAUSE)


def _refusal(error: HTTPError) -> CommandError:
    content = error.read()
    try:
        problem = json.loads(content)
    except ValueError:
        problem = None
    if isinstance(problem, dict):
        return Refused(error.code, problem)
    return CommandError(f"{urlsplit(error.url).netloc} answers with status {error.code}.")
