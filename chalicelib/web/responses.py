"""Answers: pages, redirects, JSON, problems. Headers that every answer bears are set here."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from chalice.app import Response

from chalicelib.core import correlation
from chalicelib.core.config import settings
from chalicelib.core.errors import AtmoError, BudgetReached, Invalid, LimitReached, Outdated, TooMany
from chalicelib.core.versions import etag

SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}
"""What every answer bears; pages, static files and notebooks say some of it otherwise. What API Gateway answers by itself
bears the same, by the deployment's template; a test compares."""
CORRELATION = "Atmo-Correlation"
"""The header with the id of the request, by which operators read what came of it."""
HTTPS_ONLY = {"Strict-Transport-Security": "max-age=63072000"}
"""Two years, for this host alone: others below the domain are not ours to decide for."""
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self' {connect}; "
    "frame-src 'self' {frame}; form-action 'self' {provider}; base-uri 'none'; frame-ancestors 'none'"
)


def secured(*more: dict[str, Any] | None) -> dict[str, Any]:
    """The headers of an answer: those that all have, then each of these, of which the last one counts."""
    merged: dict[str, Any] = SECURITY | (HTTPS_ONLY if settings().https else {})
    if current := correlation.current():
        merged[CORRELATION] = current
    for headers in more:
        merged |= headers or {}
    return merged


def origin(url: str) -> str:
    """Scheme, host and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def page_policy(connect: str = "", frame: str = "") -> str:
    """Forms are sent to us alone; but browsers apply this to the redirects after a form as well, and signing out, or
    sending a form after the session has ended, goes on to the provider. `connect` is another origin that the page's script
    may send files to, `frame` one that it may show a frame from."""
    return _PAGE_POLICY.format(provider=origin(settings().oidc_issuer), connect=connect, frame=frame)


def page(body: str, status: int = 200, headers: dict[str, Any] | None = None) -> Response:
    """An HTML page of ours."""
    fixed = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": page_policy()}
    return Response(body=body, status_code=status, headers=secured(fixed, headers))


def redirect(url: str, headers: dict[str, Any] | None = None, status: int = 303) -> Response:
    """See another page, by GET; with status 302 the same thing at another address for now."""
    return Response(
        body="", status_code=status, headers=secured({"Location": url, "Content-Type": "text/plain"}, headers)
    )


def text(body: str, content_type: str = "text/plain; charset=utf-8", headers: dict[str, Any] | None = None) -> Response:
    """Text that is no page."""
    return Response(body=body, headers=secured({"Content-Type": content_type}, headers))


def as_json(body: Any, status: int = 200, content_type: str = "application/json") -> Response:
    """JSON; `content_type` for its kinds."""
    return as_json_text(json.dumps(body), status, content_type)


def as_json_text(text: str, status: int = 200, content_type: str = "application/json") -> Response:
    """JSON that is text already."""
    return Response(body=text, status_code=status, headers=secured({"Content-Type": content_type}))


def empty() -> Response:
    """Done, and nothing to say."""
    return Response(body="", status_code=204, headers=secured())


def problem(error: AtmoError) -> Response:
    """An error as RFC 9457 has it, with `errors` naming the fields of bad input, `limit` the limit that is reached, and the
    `record` as it is now when a change was meant for an older version."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": error.title,
        "status": error.status,
        "detail": error.message,
    }
    if isinstance(error, Invalid):
        body["detail"] = " ".join(f"{each.field}: {each.message}" for each in error.errors)
        body["errors"] = [{"field": each.field, "message": each.message} for each in error.errors]
    if isinstance(error, Outdated):
        body["record"] = error.record
    if isinstance(error, LimitReached):
        body["limit"] = error.limit
    if isinstance(error, BudgetReached):
        body["budget"] = error.budget
    answer = as_json(body, error.status, "application/problem+json")
    if error.status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="atmo"'
    if isinstance(error, Outdated):
        answer.headers["ETag"] = etag(error.record)
    answer.headers |= when_to_retry(error)
    return answer


def when_to_retry(error: AtmoError) -> dict[str, str]:
    """The header that says when to come back, for those who came too often."""
    return {"Retry-After": str(error.wait)} if isinstance(error, TooMany) else {}
