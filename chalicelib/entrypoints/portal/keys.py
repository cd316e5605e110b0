"""SSH keys in the browser."""

from __future__ import annotations

from chalice.app import Response

from chalicelib.core.limits import LIMITS
from chalicelib.core.pagination import Page
from chalicelib.core.search import Search
from chalicelib.entrypoints.portal.searched_list import A_PAGE, show_list
from chalicelib.keys import rules
from chalicelib.keys import service as keys
from chalicelib.keys.models import SSHKey
from chalicelib.keys.search import FIELDS
from chalicelib.web import responses
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.form_state import FormState
from chalicelib.web.pages import go, show
from chalicelib.web.request import Request
from chalicelib.web.urls import Urls

routes = PortalRoutes(__name__)


@routes.page("/keys", "own.look", searched_by=FIELDS)
def listing(request: Request) -> Response:
    """The person's keys."""

    def read(search: Search, cursor: str | None) -> Page[SSHKey]:
        return keys.listing(request.user, A_PAGE, cursor, search)

    return show_list(request, "keys/list.html", FIELDS, read)


def _added(request: Request, made: str) -> Response:
    """On from a key that was added, to the page that needed one."""
    if back := request.form.get("next", ""):
        return responses.redirect(Urls(request.base).here(back))
    return go(request, "keys", made)


@routes.page(
    "/keys/new",
    "key.add",
    query=("next",),
    methods=("GET", "POST"),
    fields=("title", "key", "next", "file"),
    again=_added,
)
def new(request: Request) -> Response:
    """Add a key, pasted or as a file; afterwards back to the page that needed one (`next`)."""
    if request.method == "GET":
        return _form(request, FormState.blank(title="", key="", next=request.query.get("next", "")))
    form_state = _sheet(request)
    title, pasted = form_state.values["title"], form_state.values["key"]
    with form_state.collect_errors():
        return _added(request, keys.add(request.user, title or rules.comment(pasted), pasted, request.now).id)
    if "title" in form_state.errors:
        with form_state.collect_errors():
            rules.read(pasted)
    return _form(request, form_state)


def _sheet(request: Request) -> FormState:
    """What was typed; a chosen file counts where nothing was pasted."""
    form_state = FormState.from_request(request, title="", key="", next="")
    if (file := request.files.get("file")) and not form_state.values["key"].strip():
        form_state.values["key"] = rules.text_of(file.content)
    form_state.values.pop("file", None)
    return form_state


def _form(request: Request, form_state: FormState) -> Response:
    """A private key is never sent back, not even to whoever pasted it; nor is what cannot be a key for its length."""
    pasted = form_state.values["key"]
    if rules.is_private(pasted) or len(pasted) > LIMITS.public_key:
        form_state.values["key"] = ""
    return show(request, "keys/new.html", form_state.status, form_state=form_state)


@routes.page("/keys/{key_id}", "key.view")
def detail(request: Request, key_id: str) -> Response:
    """One key."""
    return show(request, "keys/detail.html", key=keys.get(request.user, key_id))


@routes.page("/keys/{key_id}/raw", "key.view")
def raw(request: Request, key_id: str) -> Response:
    """The key itself, as OpenSSH writes it."""
    return responses.text(keys.get(request.user, key_id).key + "\n")


@routes.page("/keys/{key_id}/delete", "key.delete", methods=("GET", "POST"), then="/keys")
def delete(request: Request, key_id: str) -> Response:
    """Ask, then forget the key."""
    key = keys.get(request.user, key_id, "key.delete")
    if request.method == "GET":
        return show(request, "keys/delete.html", key=key)
    keys.delete(request.user, key_id)
    return go(request, "keys")
