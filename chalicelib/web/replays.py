"""Requests and forms that are sent again: what was done once is not done again, and the answer is read afresh.

One mechanism for every endpoint and form that changes something, and for operators' commands: the key goes into the
transaction of the change (chalicelib/audit/changes.py), and whoever repeats the request gets what `again` reads, with the
permission that reading takes. What creates or adds up, such as a launch, does the same in its service, as it is called from
elsewhere too; its routes are `idempotent` by themselves.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping

from chalice.app import Response

from chalicelib.audit.context import Channel
from chalicelib.core import idempotency, strict_json
from chalicelib.core.idempotency import Submission
from chalicelib.identity.permissions import Role
from chalicelib.web import responses
from chalicelib.web.csrf import FIELD as CSRF_FIELD
from chalicelib.web.form_state import SUBMISSION_FIELD
from chalicelib.web.request import Request
from chalicelib.web.urls import Urls

NOT_CONTENT = frozenset({CSRF_FIELD, SUBMISSION_FIELD})

Again = Callable[..., Response]
"""What answers a repetition: `again(request, made, **place)`. `made` is the id of what the first request made."""


def key_of(request: Request, action: str, channel: Channel) -> Submission | None:
    """The request by its `Idempotency-Key`, or by the key that a form of the portal carries; None for one without.

    Raises:
        Invalid: the key is too long.
        BadRequest, TooLarge: the form cannot be read.
    """
    is_form = channel == Channel.PORTAL
    key = request.form.get(SUBMISSION_FIELD, "") if is_form else request.idempotency_key
    if not key:
        return None
    requester = request.person.requester if request.person else Role.ANYBODY
    content = _fields(request) if is_form else _document(request)
    return idempotency.submission(requester, f"{request.method} {action}", key, content, _address(request))


def page_at(place: str) -> Again:
    """Lead on to this page, in whose path names stand in braces for what the request's own path has there."""

    def again(request: Request, made: str, **named: str) -> Response:
        path, _, query = place.partition("?")
        parts = [part.format(**named) for part in path.strip("/").split("/")]
        return responses.redirect(Urls(request.base).to(*parts) + (f"?{query}" if query else ""))

    return again


def with_status(answer: Again, status: int) -> Again:
    """The same answer with the status that the first request had."""

    def again(request: Request, made: str, **named: str) -> Response:
        response = answer(request, made, **named)
        response.status_code = status
        return response

    return again


def nothing_more(request: Request, made: str, **named: str) -> Response:
    """Done, and nothing to say."""
    return responses.empty()


def _address(request: Request) -> str:
    return json.dumps([request.path, sorted(request.query.items())])


def _document(request: Request) -> str:
    """The body, however its JSON is written."""
    body = request.raw.raw_body
    try:
        return json.dumps(strict_json.loads(body), sort_keys=True)
    except ValueError:
        return hashlib.sha256(body.encode() if isinstance(body, str) else body).hexdigest()


def _fields(request: Request) -> str:
    fields: Mapping[str, str] = {name: value for name, value in request.form.items() if name not in NOT_CONTENT}
    files = {name: [file.name, hashlib.sha256(file.content).hexdigest()] for name, file in request.files.items()}
    return json.dumps([sorted(fields.items()), sorted(files.items())])
