"""The two kinds of routes. Each wraps `route` once, so that no view can forget who may come in, where posts come from,
or how a refusal looks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial, wraps
from typing import TYPE_CHECKING
from urllib.parse import unquote

from chalice.app import Blueprint, Response

from chalicelib.audit.context import Channel
from chalicelib.core import clock
from chalicelib.core.errors import AtmoError, Unauthenticated
from chalicelib.core.observability import logger
from chalicelib.core.tables import Key
from chalicelib.identity import permissions
from chalicelib.web import admission, auth, csrf, etags, responses
from chalicelib.web.admission import View
from chalicelib.web.head import with_head
from chalicelib.web.input_checks import refuse_unknown
from chalicelib.web.pages import error_page
from chalicelib.web.request import Request
from chalicelib.web.urls import Urls

if TYPE_CHECKING:
    from pynamodb.models import Model

    from chalicelib.core.fields import Form
    from chalicelib.core.schemas import Record

FORMS = ["application/x-www-form-urlencoded", "multipart/form-data", "application/json", "text/plain"]
"""The content types that Chalice lets through; endpoints of the API then refuse all but JSON with a problem of ours."""


class PortalRoutes(Blueprint):
    """Routes that answer with pages to people in browsers. `actions` has what each path and method is for."""

    def __init__(self, import_name: str) -> None:
        super().__init__(import_name)
        self.actions: list[tuple[str, str, str]] = []

    def page(
        self,
        path: str,
        action: str,
        methods: tuple[str, ...] = ("GET",),
        reads: Mapping[str, type[Model]] | None = None,
    ) -> Callable[[View], View]:
        """A page at this path, for whoever may do this action (chalicelib/identity/permissions.py); posts need the form's token.

        `reads` has the models of records that the path names: they are read in one call with the session.
        """

        def register(view: View) -> View:
            @wraps(view)
            def answer(**place: str) -> Response:
                request = Request(self.current_request, clock.now())
                with admission.reading(request, action):
                    named = [(model, unquote(place[name])) for name, model in (reads or {}).items()]
                    return _page(request, action, view, place, named)

            self.actions += [(path, method, action) for method in methods]
            self.route(
                path, methods=with_head(methods), content_types=FORMS, name=f"{self._import_name}.{view.__name__}"
            )(answer)
            return view

        return register


def _page(request: Request, action: str, view: View, place: dict[str, str], named: list[Key]) -> Response:
    """The view's page, or the one that says why not."""
    try:
        request.person = auth.by_session(request, named)
        if request.person is None and not permissions.open_to_anybody(action):
            return _sign_in(request)
        admission.admit(request, action)
        if request.method == "POST" and request.session_secret:
            csrf.check(request)
        return admission.act(request, action, Channel.PORTAL, view, place)
    except Unauthenticated as error:
        return error_page(request, error) if request.headers.get("hx-request") else _sign_in(request)
    except AtmoError as error:
        admission.note_refusal(request, action, error)
        return error_page(request, error)
    except Exception as error:
        logger.exception("page_failed", extra={"path": request.path})
        return error_page(request, admission.failure(error))


@dataclass(frozen=True)
class Endpoint:
    """What the API's description says of one endpoint."""

    path: str
    method: str
    action: str
    summary: str
    body: type[Form] | None
    status: int
    query: tuple[str, ...]
    choices: Mapping[str, type[StrEnum]]
    idempotent: bool
    compares: bool
    gives: Record | None


class ApiRoutes(Blueprint):
    """Routes under /api/v1 that answer with JSON to programs."""

    def __init__(self, import_name: str) -> None:
        super().__init__(import_name)
        self.endpoints: list[Endpoint] = []

    def endpoint(
        self,
        path: str,
        action: str,
        methods: tuple[str, ...] = ("GET",),
        body: type[Form] | None = None,
        status: int = 200,
        query: tuple[str, ...] = (),
        choices: Mapping[str, type[StrEnum]] | None = None,
        idempotent: bool = False,
        compares: bool = False,
        gives: Record | None = None,
    ) -> Callable[[View], View]:
        """An endpoint at this path, for the holder of a token who may do this action (chalicelib/identity/permissions.py).

        What it takes (`body`, `query` with the `choices` of some parameters, whether it heeds an `Idempotency-Key`, whether it
        `compares` the version of `If-Match`) and how it answers (`status`, and the record that it `gives`) goes into the OpenAPI
        document; so does the view's docstring.
        """

        def register(view: View) -> View:
            @wraps(view)
            def answer(**place: str) -> Response:
                request = Request(self.current_request, clock.now())
                with admission.reading(request, action):
                    check = partial(refuse_unknown, request, query, body is not None, compares)
                    return etags.tag(_endpoint(request, action, check, view, place), gives)

            full = f"/api/v1{path}"
            self.endpoints += [
                Endpoint(
                    full,
                    method,
                    action,
                    view.__doc__ or "",
                    body,
                    status,
                    query,
                    choices or {},
                    idempotent,
                    compares,
                    gives,
                )
                for method in methods
            ]
            self.route(
                full, methods=with_head(methods), content_types=FORMS, name=f"{self._import_name}.{view.__name__}"
            )(answer)
            return view

        return register


def _endpoint(
    request: Request, action: str, check_input: Callable[[], None], view: View, place: dict[str, str]
) -> Response:
    """The view's answer, or a problem."""
    try:
        if not _needs_nobody(request, action):
            request.person = auth.by_token(request)
        admission.admit(request, action)
        check_input()
        return admission.act(request, action, Channel.API, view, place)
    except AtmoError as error:
        admission.note_refusal(request, action, error)
        return responses.problem(error)
    except Exception as error:
        logger.exception("endpoint_failed", extra={"path": request.path})
        return responses.problem(
            admission.failure(error, "This is our fault, not yours. The error has been logged; please try again.")
        )


def _needs_nobody(request: Request, action: str) -> bool:
    """Whether the API answers without a token: what is for anybody, where none was sent."""
    return permissions.open_to_anybody(action) and "authorization" not in request.headers


def _sign_in(request: Request) -> Response:
    """Off to the sign-in, and back here afterwards."""
    if request.headers.get("hx-request"):
        raise Unauthenticated("You have been signed out. Reload the page to sign in again.")
    back = request.path if request.method == "GET" else ""
    if back and request.query:
        back = Urls("").to(back.lstrip("/"), **request.query).replace("%2F", "/")
    return responses.redirect(Urls(request.base).to("login", next=back))
