"""What a view gets: the person, the fields, the files, the path. Made once a request from Chalice's own object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from http.cookies import CookieError, SimpleCookie
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl

from chalice.app import Request as ChaliceRequest

from chalicelib.core import strict_json
from chalicelib.core.errors import BadRequest, Invalid, TooLarge, Unauthenticated
from chalicelib.core.limits import LIMITS
from chalicelib.identity.models import Token
from chalicelib.identity.person import Person

MAX_NAME = 100
"""Characters of a name that a refusal repeats."""
TWICE = "This is given twice. Leave one of them out."
LARGEST_BODY = 6_000_000
"""Bytes that Lambda takes in one request."""
LARGEST_FORM = 10_000_000
"""Bytes that API Gateway takes. Files of forms are refused beyond less by the form itself, which then keeps what was typed."""


@dataclass(frozen=True)
class Upload:
    """A file of a form."""

    name: str
    content: bytes


@dataclass
class Request:
    """One request. `base` is what every path of this deployment begins with ("" or "/stage"), `stamp` that of what it read."""

    raw: ChaliceRequest
    now: datetime
    person: Person | None = None
    session_secret: str = ""
    token: Token | None = None
    files: dict[str, Upload] = field(default_factory=dict)
    refills: bool = False
    stamp: str = ""

    @property
    def method(self) -> str:
        """HEAD counts as GET: what is done is the same, and the body is left out at the very end. So does a form that is only
        shown again with what was typed (`refills`; chalicelib/web/ended_sessions.py)."""
        return "GET" if self.raw.method == "HEAD" or self.refills else str(self.raw.method)

    @property
    def path(self) -> str:
        """The path that was asked for, without the stage."""
        path = str(self.raw.context.get("path") or self.raw.path)
        return path.removeprefix(self.base) or "/"

    @property
    def base(self) -> str:
        """API Gateway's own address puts the stage before every path; a custom domain and the local server do not."""
        stage, path = self.raw.context.get("stage", ""), str(self.raw.context.get("path", ""))
        return f"/{stage}" if stage and (path == f"/{stage}" or path.startswith(f"/{stage}/")) else ""

    @property
    def headers(self) -> Mapping[str, str]:
        headers: Mapping[str, str] = self.raw.headers
        return headers

    @property
    def client_ip(self) -> str:
        """The address that the request comes from, as API Gateway saw it; never what a header claims."""
        return str((self.raw.context.get("identity") or {}).get("sourceIp") or "unknown")

    @property
    def idempotency_key(self) -> str:
        """What a client repeats with a request that it sends again; "" when it sends none.

        Raises:
            Invalid: it is longer than is kept. Cut short, two keys might become one.
        """
        key = self.headers.get("idempotency-key", "").strip()
        if len(key) > LIMITS.idempotency_key:
            raise Invalid.field(
                "Idempotency-Key", f"Send a key of up to {LIMITS.idempotency_key} characters, such as a UUID."
            )
        return key

    @property
    def query(self) -> dict[str, str]:
        """The query's fields; the last one counts where a name is given twice, as `repeated` tells."""
        return dict((self.raw.query_params or {}).items())

    @property
    def repeated(self) -> list[str]:
        """The names of the query that are given twice."""
        fields = self.raw.query_params
        return [name for name in fields if len(fields.getlist(name)) > 1] if fields else []

    @cached_property
    def cookies(self) -> dict[str, str]:
        try:
            return {name: morsel.value for name, morsel in SimpleCookie(self.headers.get("cookie", "")).items()}
        except CookieError:
            return {}

    @property
    def user(self) -> Person:
        """Whoever is signed in; views that need nobody use `person`.

        Raises:
            Unauthenticated: nobody is, and what was asked for is not public.
        """
        if self.person is None:
            raise Unauthenticated("Sign in to see this.")
        return self.person

    @property
    def api_token(self) -> Token:
        """The record of the API token that this request came with."""
        if self.token is None:
            raise RuntimeError("this request came with no token")
        return self.token

    @cached_property
    def form(self) -> dict[str, str]:
        """The posted fields of a form; its files are in `files`.

        Raises:
            BadRequest: the body cannot be read.
            TooLarge: it is larger than Lambda takes.
        """
        kind = self.headers.get("content-type", "")
        if kind.startswith("multipart/form-data"):
            return self._multipart()
        return dict(parse_qsl(self._body().decode(errors="replace"), keep_blank_values=True))

    @property
    def json(self) -> dict[str, Any]:
        """The posted JSON object; {} for no body.

        Raises:
            BadRequest: this is not JSON, or not an object.
        """
        body = self._body()
        try:
            document = strict_json.loads(body, names_once=True) if body.strip() else {}
        except strict_json.NamedTwice as error:
            name = error.name[:MAX_NAME].encode(errors="replace").decode()
            raise Invalid.field(name, TWICE) from None
        except ValueError:
            raise BadRequest(
                "The body is not valid JSON, or has infinite numbers or too many levels of nesting."
            ) from None
        if not isinstance(document, dict):
            raise BadRequest("The body must be a JSON object.")
        return document

    @property
    def has_body(self) -> bool:
        """Whether anything but white space was sent."""
        return bool(self.raw.raw_body.strip())

    def _body(self, largest: int = LARGEST_BODY) -> bytes:
        content = body.encode() if isinstance(body := self.raw.raw_body, str) else body
        if len(content) > largest:
            raise TooLarge(
                f"This has {len(content) / 1e6:.1f} MB; up to {largest / 1e6:.0f} MB are accepted. Go back: your browser "
                "still has what you typed. Choose a smaller file, or upload it to S3 first, as the form does with JavaScript."
            )
        return content

    def _multipart(self) -> dict[str, str]:
        from python_multipart import parse_form
        from python_multipart.exceptions import FormParserError

        fields: dict[str, str] = {}

        def on_field(field: Any) -> None:
            fields[field.field_name.decode()] = (field.value or b"").decode(errors="replace")

        def on_file(file: Any) -> None:
            file.file_object.seek(0)
            name = (file.file_name or b"").decode(errors="replace")
            if name:
                self.files[file.field_name.decode()] = Upload(
                    name.replace("\\", "/").rpartition("/")[2], file.file_object.read()
                )

        headers = {"Content-Type": self.headers["content-type"].encode()}
        try:
            parse_form(headers, BytesIO(self._body(LARGEST_FORM)), on_field, on_file)
        except FormParserError:
            raise BadRequest("The form could not be read. Please send it again.") from None
        return fields
