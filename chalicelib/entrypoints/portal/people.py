"""For admins: everybody who has signed in; their groups, their accounts, their things."""

from __future__ import annotations

from chalice.app import Response

from chalicelib.core.choices import options
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.core.fields import read
from chalicelib.core.pagination import Page
from chalicelib.core.search import Search
from chalicelib.core.short_lists import search_all
from chalicelib.entrypoints.portal.reasons import reason
from chalicelib.entrypoints.portal.searched_list import A_PAGE, show_list
from chalicelib.identity import users
from chalicelib.identity.models import User
from chalicelib.identity.search import PEOPLE, AccountState
from chalicelib.ownership import offboarding
from chalicelib.ownership import service as ownership
from chalicelib.ownership.forms import Membership, Transfer
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.form_state import FormState
from chalicelib.web.pages import go, show
from chalicelib.web.request import Request

routes = PortalRoutes(__name__)
BLANK = {"group": "", "to": ""}


@routes.page("/admin/users", "user.view", searched_by=PEOPLE)
def listing(request: Request) -> Response:
    """Everybody, or those whose name, address or groups have the words that are looked for."""

    def read(search: Search, cursor: str | None) -> Page[User]:
        return search_all(users.listing(), search, PEOPLE, A_PAGE, cursor)

    return show_list(request, "people/list.html", PEOPLE, read, states=options(AccountState))


@routes.page("/admin/users/{username}", "user.view")
def detail(request: Request, username: str) -> Response:
    """A person: who they are here, what they have, what may be done about it."""
    return _detail(request, username, FormState.blank(**BLANK))


def _detail(request: Request, username: str, form_state: FormState, status: int = 200, refusal: str = "") -> Response:
    jobs, clusters = ownership.belongings(username)
    return show(
        request,
        "people/detail.html",
        status if refusal else form_state.status,
        user=users.get(username),
        jobs=jobs,
        clusters=clusters,
        form_state=form_state,
        refusal=refusal,
    )


@routes.page(
    "/admin/users/{username}/disable", "user.disable", query=("clusters",), methods=("POST",), fields=("reason",)
)
def disable(request: Request, username: str) -> Response:
    """Disable the account; refused on the person's page when it is one's own."""
    try:
        end_clusters = request.query.get("clusters") == "end"
        offboarding.disable(request.user, username, request.now, end_clusters, reason(request))
    except Conflict as error:
        return _detail(request, username, FormState.blank(**BLANK), error.status, error.message)
    return go(request, "admin", "users", username)


@routes.page("/admin/users/{username}/enable", "user.disable", methods=("POST",))
def enable(request: Request, username: str) -> Response:
    """Let the person in again."""
    offboarding.enable(request.user, username)
    return go(request, "admin", "users", username)


@routes.page("/admin/users/{username}/groups", "user.group", methods=("POST",), fields=("group",))
def grant(request: Request, username: str) -> Response:
    """Put the person into a group."""
    users.get(username)
    form_state = FormState.from_request(request, **BLANK)
    with form_state.collect_errors():
        users.grant(username, read(Membership, {"group": form_state.values["group"]}).group)
        return go(request, "admin", "users", username)
    return _detail(request, username, form_state)


@routes.page(
    "/admin/users/{username}/groups/remove",
    "user.group",
    methods=("POST",),
    fields=("group",),
    then="/admin/users/{username}",
)
def revoke(request: Request, username: str) -> Response:
    """Take the person out of a group that was given here; out of one that was taken away meanwhile they are already."""
    try:
        users.revoke(username, request.form.get("group", ""))
    except NotFound:
        users.get(username)
    return go(request, "admin", "users", username)


@routes.page("/admin/users/{username}/transfer", "user.transfer", methods=("POST",), fields=("to",))
def transfer(request: Request, username: str) -> Response:
    """Transfer everything that the person owns; what others are changing at that moment is named on the person's page."""
    users.get(username)
    form_state = FormState.from_request(request, **BLANK)
    with form_state.collect_errors():
        form = read(Transfer, {"to": form_state.values["to"]})
        done = ownership.transfer_everything(request.user, username, form, request.now)
        if not done.refused:
            return go(request, "admin", "users", username)
        refusal = " ".join(dict.fromkeys(done.refused.values()))
        return _detail(
            request, username, FormState.blank(**BLANK), Conflict.status, f"Some of it was not transferred: {refusal}"
        )
    return _detail(request, username, form_state)
