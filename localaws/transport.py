"""Calls of this process's own boto3 clients reach the embedded AWS without a socket.

Handlers, the portal and the state machines live in the server's process. Between them and it HTTP would only cost: a
connection, a thread and two parsers for each call. botocore still builds, signs and reads every message, and other
processes (steps on "nodes", the AWS CLI) come through the port. S3's bodies are streams, so they come through it as well.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

from botocore import useragent
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.httpsession import URLLib3Session
from moto.core.botocore_stubber import MockRawResponse

from localaws import running
from localaws.patching import replace

log = logging.getLogger("localaws.transport")

WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]
Answered = tuple[int, HTTPHeaders, bytes]


def install(port: int, app: WsgiApp) -> None:
    """Hand calls to this port of this machine to `app` in the caller's thread. A later cloud takes its place."""

    def sending(original: Any) -> Any:
        def send(session: URLLib3Session, request: AWSPreparedRequest) -> AWSResponse:
            if not _is_direct(request, port):
                response: AWSResponse = original(session, request)
                return response
            with running.acting(""):
                status, headers, body = _answer(app, request)
            return AWSResponse(request.url, status, headers, MockRawResponse(body))

        return send

    replace(URLLib3Session, "send", sending)
    # botocore writes the same two dozen words into every request's User-Agent, and looks at each of their letters.
    replace(useragent, "sanitize_user_agent_string_component", cache)


def _is_direct(request: AWSPreparedRequest, port: int) -> bool:
    address = request.url.split("/")[2]
    to_s3 = "/s3/" in _text(request.headers.get("Authorization", ""))
    return address in (f"127.0.0.1:{port}", f"localhost:{port}") and not to_s3


def _answer(app: WsgiApp, request: AWSPreparedRequest) -> Answered:
    """What the server would answer; an exception is its error 500, which boto3 retries."""
    begun: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
        begun[:] = [(status, headers)]

    try:
        chunks = app(_environ(request), start_response)
        body = b"".join(chunks)
        getattr(chunks, "close", lambda: None)()
    except Exception:
        log.exception("the embedded AWS failed")
        return 500, HTTPHeaders(), b""
    ((status, headers),) = begun
    return int(status.split()[0]), HTTPHeaders.from_pairs(headers), body


def _environ(request: AWSPreparedRequest) -> dict[str, Any]:
    parts = urlsplit(request.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    body = request.body if isinstance(request.body, bytes | bytearray) else str(request.body or "").encode()
    headers = {f"HTTP_{name.upper().replace('-', '_')}": _text(value) for name, value in request.headers.items()}
    return headers | {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(parts.path, "latin-1") or "/",
        "RAW_URI": target,
        "REQUEST_URI": target,
        "QUERY_STRING": parts.query,
        "CONTENT_TYPE": headers.pop("HTTP_CONTENT_TYPE", ""),
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": str(parts.hostname),
        "SERVER_PORT": str(parts.port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": parts.netloc,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
