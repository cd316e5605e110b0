"""What happens when a browser asks for a page: who is signed in, what is refused, and what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from chalice.app import Response

from chalicelib.audit.context import Channel
from chalicelib.core.errors import AtmoError, Forbidden, Unauthenticated
from chalicelib.core.tables import Key
from chalicelib.identity import permissions
from chalicelib.web import admission, auth, csrf, ended_sessions, replays, responses, stamps
from chalicelib.web.admission import View
from chalicelib.web.auth import WithPerson
from chalicelib.web.form_state import refilling
from chalicelib.web.input_checks import check_page, refuse_unknown_fields
from chalicelib.web.pages import error_page
from chalicelib.web.replays import Again
from chalicelib.web.request import Request
from chalicelib.web.urls import Urls


@dataclass(frozen=True)
class Visit:
    """One request for a page: which route's, and what its path has in place of names. `shown` has the view and the action of the
    pages beside it that can be opened."""

    shown: Mapping[str, tuple[View, str]]
    path: str
    action: str
    view: View
    place: dict[str, str]
    query: tuple[str, ...] | None
    fields: tuple[str, ...] | None
    again: Again | None
    with_person: WithPerson | None = None


def answer(visit: Visit, request: Request, named: list[Key]) -> Response:
    """The view's page, or the one that says why not."""
    action = visit.action
    try:
        request.person = auth.by_session(request, named, visit.with_person)
        if request.person is None and not permissions.open_to_anybody(action):
            return _sign_in(request)
        admission.admit(request, action)
        check_page(request, visit.query)
        if request.method == "POST" and request.session_secret:
            try:
                csrf.check(request)
            except Forbidden:
                if ended_sessions.is_ours(request):
                    return _refilled(visit, request)
                raise
        refuse_unknown_fields(request, visit.fields)
        return _acted(visit, request)
    except Unauthenticated as error:
        return error_page(request, error) if request.headers.get("hx-request") else _sign_in(request)
    except AtmoError as error:
        admission.note_refusal(request, action, error)
        return error_page(request, error)
    except Exception as error:
        admission.report(request, "page_failed", error)
        return error_page(request, admission.failure(error))


def _acted(visit: Visit, request: Request) -> Response:
    try:
        return admission.act(request, visit.action, Channel.PORTAL, visit.view, visit.place, visit.again)
    except stamps.Unchanged:
        return stamps.unchanged(request)


def _refilled(visit: Visit, request: Request) -> Response:
    """The form once more with what was typed, or the page that it stands on; nothing is done."""
    typed, request.refills, path = ended_sessions.typed(request), True, visit.path
    while path and path not in visit.shown:
        path = path.rpartition("/")[0]
    if not path:
        return replays.page_at("/")(request, "")
    view, action = visit.shown[path]
    admission.admit(request, action)
    with refilling(typed):
        return view(request, **{name: unquote(value) for name, value in visit.place.items() if f"{{{name}}}" in path})


def _sign_in(request: Request) -> Response:
    """Off to the sign-in, and back here afterwards; a form that was sent is held meanwhile."""
    if request.headers.get("hx-request"):
        raise Unauthenticated("You have been signed out. Reload the page to sign in again.")
    if held := ended_sessions.hold(request):
        return held
    back = request.path if request.method == "GET" else ""
    if back and request.query:
        back = Urls("").to(back.lstrip("/"), **request.query).replace("%2F", "/")
    return responses.redirect(Urls(request.base).to("login", next=back))
