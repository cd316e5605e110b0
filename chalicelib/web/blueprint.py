"""The two kinds of routes. Each wraps `route` once, so that no view can forget who may come in, where posts come from,
or how a refusal looks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial, wraps
from typing import TYPE_CHECKING
from urllib.parse import unquote

from chalice.app import Blueprint, Response

from chalicelib.audit.context import Channel
from chalicelib.core import clock
from chalicelib.core.errors import AtmoError
from chalicelib.identity import permissions
from chalicelib.web import admission, auth, etags, replays, responses
from chalicelib.web.admission import View
from chalicelib.web.auth import WithPerson
from chalicelib.web.endpoint import Endpoint
from chalicelib.web.head import with_head
from chalicelib.web.input_checks import refuse_unknown
from chalicelib.web.replays import Again
from chalicelib.web.request import Request
from chalicelib.web.visits import Visit
from chalicelib.web.visits import answer as answer_page

if TYPE_CHECKING:
    from pynamodb.models import Model

    from chalicelib.core.fields import Form
    from chalicelib.core.schemas import Record
    from chalicelib.core.search import Fields

FORMS = ["application/x-www-form-urlencoded", "multipart/form-data", "application/json", "text/plain"]
"""The content types that Chalice lets through; endpoints of the API then refuse all but JSON with a problem of ours."""


class PortalRoutes(Blueprint):
    """Routes that answer with pages to people in browsers. `actions` has what each path and method is for, `replays` what answers a
    form that is sent again, None where its view does, `shown` the view and the action of the pages that can be opened."""

    def __init__(self, import_name: str) -> None:
        super().__init__(import_name)
        self.actions: list[tuple[str, str, str]] = []
        self.replays: dict[str, Again | None] = {}
        self.shown: dict[str, tuple[View, str]] = {}

    def page(
        self,
        path: str,
        action: str,
        methods: tuple[str, ...] = ("GET",),
        reads: Mapping[str, type[Model]] | None = None,
        query: tuple[str, ...] | None = (),
        fields: tuple[str, ...] | None = (),
        searched_by: Fields | None = None,
        then: str = "",
        again: Again | None = None,
        idempotent: bool = False,
        with_person: WithPerson | None = None,
    ) -> Callable[[View], View]:
        """A page at this path, for whoever may do this action (chalicelib/identity/permissions.py); posts need the form's token.

        `reads` has the models of records that the path names: they are read in one call with the session; `with_person` gives
        those that are read in one call with the person. `query` has the
        parameters of its address, None for one that takes any; unknown ones are refused. So has `searched_by`, the fields of
        a page that is a searched list. `fields` has the fields of its form that the view reads itself, None where a form class
        reads them all; unknown ones are refused, too. A form that is sent again leads to the page `then`, by default the one
        above this path, or is answered by `again`; `idempotent` is a view that sees to that itself.
        """
        repeated = None if idempotent else again or replays.page_at(then or path.rpartition("/")[0])
        known = query if query is None or searched_by is None else (*query, "cursor", *searched_by.parameters)

        def register(view: View) -> View:
            @wraps(view)
            def answer(**place: str) -> Response:
                request = Request(self.current_request, clock.now())
                with admission.reading(request, action):
                    named = [(model, unquote(place[name])) for name, model in (reads or {}).items()]
                    return answer_page(
                        Visit(self.shown, path, action, view, place, known, fields, repeated, with_person),
                        request,
                        named,
                    )

            self.actions += [(path, method, action) for method in methods]
            self.replays |= {path: repeated} if "POST" in methods else {}
            self.shown |= {path: (view, action)} if "GET" in methods else {}
            self.route(
                path, methods=with_head(methods), content_types=FORMS, name=f"{self._import_name}.{view.__name__}"
            )(answer)
            return view

        return register


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
        choices: Mapping[str, Iterable[str]] | None = None,
        searched_by: Fields | None = None,
        idempotent: bool = False,
        compares: bool = False,
        again: Again | None = None,
        gives: Record | None = None,
    ) -> Callable[[View], View]:
        """An endpoint at this path, for the holder of a token who may do this action (chalicelib/identity/permissions.py).

        What it takes (`body`, `query` with the `choices` of some parameters, by what its list is searched, whether it `compares`
        the version of `If-Match`) and how it answers (`status`, and the record that it `gives`) goes into the OpenAPI document;
        so does the view's docstring. What changes something heeds an `Idempotency-Key`: `again` answers a repetition, unless the
        view is `idempotent` by itself or has nothing to say.
        """
        repeated = replays.with_status(again, status) if again else replays.nothing_more if status == 204 else None
        if searched_by:
            query += searched_by.parameters
            choices = {**(choices or {}), **searched_by.choices, "sort": searched_by.orders}

        def register(view: View) -> View:
            @wraps(view)
            def answer(**place: str) -> Response:
                request = Request(self.current_request, clock.now())
                with admission.reading(request, action):
                    check = partial(refuse_unknown, request, query, body is not None, compares)
                    return etags.tag(_endpoint(request, action, check, view, place, repeated), gives)

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
                    repeated,
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
    request: Request,
    action: str,
    check_input: Callable[[], None],
    view: View,
    place: dict[str, str],
    again: Again | None,
) -> Response:
    """The view's answer, or a problem."""
    try:
        if not _needs_nobody(request, action):
            request.person = auth.by_token(request)
        admission.admit(request, action)
        check_input()
        return admission.act(request, action, Channel.API, view, place, again)
    except AtmoError as error:
        admission.note_refusal(request, action, error)
        return responses.problem(error)
    except Exception as error:
        admission.report(request, "endpoint_failed", error)
        return responses.problem(
            admission.failure(error, "This is our fault, not yours. The error has been logged; please try again.")
        )


def _needs_nobody(request: Request, action: str) -> bool:
    """Whether the API answers without a token: what is for anybody, where none was sent."""
    return permissions.open_to_anybody(action) and "authorization" not in request.headers
