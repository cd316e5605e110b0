"""The pages about limits: one's own, with requests of more; and those on which admins decide."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from chalice.app import Response

from chalicelib.core.errors import AtmoError, Conflict, Invalid
from chalicelib.core.fields import read
from chalicelib.core.reading import read_together
from chalicelib.entrypoints.portal.searched_list import A_PAGE, context_of
from chalicelib.site_settings.models import Setting
from chalicelib.usage_limits import accounts, limit_requests, policy, rules
from chalicelib.usage_limits import search as request_search
from chalicelib.usage_limits.forms import DefaultLimits, GrantLimit, OwnLimits, RequestLimit
from chalicelib.usage_limits.models import LimitRequest, UsageLimit
from chalicelib.usage_limits.rules import Holder
from chalicelib.usage_limits.search import FIELDS
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.form_state import FormState
from chalicelib.web.pages import go, show
from chalicelib.web.request import Request

routes = PortalRoutes(__name__)

USUAL_GRANT = timedelta(days=7)
BLANK_OWN: dict[str, Any] = {"holder": Holder.PERSON, "name": ""} | {str(limit): "" for limit in UsageLimit}
FORMS: dict[str, type[DefaultLimits] | type[OwnLimits]] = {"default": DefaultLimits, "own": OwnLimits}
"""The two forms of the page on which admins decide, by the name of their buttons."""


@routes.page("/limits", "own.look", query=("limit",), searched_by=FIELDS)
def own(request: Request) -> Response:
    """What one may have and has, and one's requests of more."""
    limit = request.query.get("limit", "")
    return _own(request, _blank_request(request, limit if limit in set(UsageLimit) else UsageLimit.CLUSTERS))


@routes.page("/limits/requests", "limit.request", methods=("POST",), fields=None)
def request_more(request: Request) -> Response:
    """Request more of a limit; what was typed stays where it is refused."""
    form_state = FormState.from_request(request, limit=UsageLimit.CLUSTERS, most="", until="", reason="")
    with form_state.collect_errors(keep=True):
        limit_requests.request(request.user, read(RequestLimit, form_state.values), request.now)
        return go(request, "limits")
    return _own(request, form_state)


def _blank_request(request: Request, limit: str) -> FormState:
    until = (request.now + USUAL_GRANT).date().isoformat()
    return FormState.blank(limit=limit, most="", until=until, reason="")


def _own(request: Request, form_state: FormState) -> Response:
    person = request.user
    read_together(accounts.keys(person.username))
    status, searched = context_of(
        request,
        FIELDS,
        lambda search, cursor: request_search.listing(person.username, False, A_PAGE, cursor, search),
    )
    return show(
        request,
        "limits/own.html",
        form_state.status if request.method == "POST" else status,
        account=accounts.of_member(person.username, person.groups, request.now),
        labels=rules.LABELS,
        **searched,
        form_state=form_state,
        last_day=rules.last_day,
    )


@routes.page("/admin/limits", "limit.view", query=("holder", "name"))
def decided(request: Request) -> Response:
    """The limits of everybody, groups and people, and the requests that nobody has answered."""
    return _decided(request, _prefilled(request))


def _prefilled(request: Request) -> FormState:
    """The limits of the group or person that the address names, to be changed."""
    holder, name = request.query.get("holder", ""), request.query.get("name", "")
    if holder not in set(Holder):
        return FormState.blank(**BLANK_OWN)
    form_state = FormState.blank(holder=holder, name=name)
    return FormState.filled(_shown("own", form_state)(policy.read()[0]))


@routes.page("/admin/limits/change", "limit.change", methods=("POST",), fields=None)
def change(request: Request) -> Response:
    """Change the limits of everybody, or those of one group or person: each has a form of its own."""
    part = request.form.get("part", "")
    form_state = FormState.from_request(request, **({} if part == "default" else BLANK_OWN))
    form_state.values.pop("part", None)
    with form_state.collect_errors(keep=True):
        form: DefaultLimits | OwnLimits = read(FORMS.get(part, OwnLimits), form_state.values)
        policy.change(
            request.user, partial(_changed, form=form), request.now, form_state.check(_shown(part, form_state))
        )
        return go(request, "admin", "limits")
    return _decided(request, form_state, part)


def _shown(part: str, form_state: FormState) -> Callable[..., dict[str, Any]]:
    """What a form shows of the limits: those of everybody, or of the group or person that it is about."""

    def default(now: rules.Policy, stored: Setting | None = None) -> dict[str, Any]:
        return dict(now.default)

    def own(now: rules.Policy, stored: Setting | None = None) -> dict[str, Any]:
        holder, name = form_state.values["holder"], form_state.values["name"]
        named = now.groups if holder == Holder.GROUP else now.people
        return {**BLANK_OWN, "holder": holder, "name": name, **named.get(name, {})}

    return default if part == "default" else own


def _changed(before: rules.Policy, form: DefaultLimits | OwnLimits) -> rules.Policy:
    if isinstance(form, OwnLimits):
        return rules.with_own(before, Holder(form.holder), form.name, form.limits)
    return rules.with_default(before, form.model_dump())


def _decided(
    request: Request, form_state: FormState, part: str = "own", status: int = 0, refusal: str = ""
) -> Response:
    now, stored = policy.read()
    blank = FormState.blank()
    return show(
        request,
        "limits/admin.html",
        status or form_state.status,
        policy=now,
        stored=stored,
        labels=rules.LABELS,
        holders=[(str(one), one.label) for one in Holder],
        default_state=form_state if part == "default" else FormState.filled(dict(now.default)),
        own_state=form_state if part != "default" else FormState.blank(**BLANK_OWN),
        requests=limit_requests.unanswered(),
        submission=blank.submission,
        refusal=refusal or form_state.refusal,
        last_day=rules.last_day,
    )


@routes.page(
    "/admin/limits/requests/{request_id}",
    "limit.answer",
    methods=("POST",),
    fields=("answer", "most", "until"),
    then="/admin/limits",
)
def answer(request: Request, request_id: str) -> Response:
    """Grant or decline a request: one click, with another number or end where they were changed."""
    made = limit_requests.get(request_id)
    try:
        if request.form.get("answer") == "decline":
            limit_requests.decline(request.user, made.id, request.now)
        else:
            limit_requests.grant(request.user, made.id, _granted(request, made), request.now)
    except (Conflict, Invalid) as error:
        return _refused(request, error)
    return go(request, "admin", "limits")


def _granted(request: Request, made: LimitRequest) -> GrantLimit | None:
    """What is granted instead of what was requested; None where the fields are as they were."""
    typed = {name: request.form.get(name, "") for name in ("most", "until")}
    form = read(GrantLimit, typed)
    as_requested = typed == {"most": str(int(made.most)), "until": rules.last_day(made.until)}
    return None if as_requested else form


def _refused(request: Request, error: AtmoError) -> Response:
    return _decided(request, FormState.blank(**BLANK_OWN), status=error.status, refusal=error.message)
