"""Limits over the API: what one may have and has, what admins decide, and requests of more."""

from __future__ import annotations

from functools import partial
from typing import Any

from chalice.app import Response

from chalicelib.core.fields import read
from chalicelib.core.schemas import searchable
from chalicelib.identity import permissions
from chalicelib.site_settings.models import Setting
from chalicelib.usage_limits import accounts, limit_requests, policy
from chalicelib.usage_limits import search as request_search
from chalicelib.usage_limits.accounts import Account
from chalicelib.usage_limits.forms import GrantLimit, LimitsForm, RequestLimit
from chalicelib.usage_limits.rules import Policy
from chalicelib.usage_limits.schemas import LIMIT_REQUEST, LIMITS, limits_record, request_record
from chalicelib.usage_limits.search import FIELDS
from chalicelib.web import paging, responses, search_query
from chalicelib.web.blueprint import ApiRoutes
from chalicelib.web.etags import if_match
from chalicelib.web.replays import with_status
from chalicelib.web.request import Request

routes = ApiRoutes(__name__)


@routes.endpoint("/limits", "own.look", gives=LIMITS)
def get(request: Request) -> Response:
    """Your limits, and how much you have of each; for admins also the limits of the site."""
    decided, stored = policy.read()
    if permissions.allows("limit.view", permissions.roles_of(request.user)):
        return responses.as_json(_record(request, decided, stored))
    return responses.as_json(limits_record(_account(request, decided), None, None))


@routes.endpoint(
    "/limits",
    "limit.change",
    methods=("PUT",),
    body=LimitsForm,
    compares=True,
    again=lambda request, _: get(request),
    gives=LIMITS,
)
def put(request: Request) -> Response:
    """Replace the limits of everybody, of groups and of people. Any that are left out get their default."""
    decided = read(LimitsForm, request.json).policy()
    check = if_match(request, partial(_record, request))
    return responses.as_json(_record(request, *policy.change(request.user, lambda _: decided, request.now, check)))


def _record(request: Request, decided: Policy, stored: Setting | None) -> dict[str, Any]:
    return limits_record(_account(request, decided), decided, stored)


def _account(request: Request, decided: Policy) -> Account:
    return accounts.by_policy(decided, request.user.username, request.user.groups, request.now)


def _request_as_it_is(request: Request, made: str, request_id: str = "") -> Response:
    return responses.as_json(request_record(limit_requests.get(request_id or made)))


@routes.endpoint(
    "/limits/requests", "own.look", query=("limit", "cursor"), searched_by=FIELDS, gives=searchable(LIMIT_REQUEST)
)
def listing(request: Request) -> Response:
    """Your latest requests of more; for admins those of everybody that nobody has answered, too."""
    answers = permissions.allows("limit.view", permissions.roles_of(request.user))
    search, limit, cursor = search_query.search(request, FIELDS), paging.limit(request), paging.cursor(request)
    page = request_search.listing(request.user.username, answers, limit, cursor, search)
    return responses.as_json(page.as_search_json(request_record))


@routes.endpoint(
    "/limits/requests",
    "limit.request",
    methods=("POST",),
    body=RequestLimit,
    status=201,
    again=with_status(_request_as_it_is, 201),
    gives=LIMIT_REQUEST,
)
def request_more(request: Request) -> Response:
    """Request more than a limit allows, until the end of a day. Admins are told by mail."""
    form = read(RequestLimit, request.json)
    return responses.as_json(request_record(limit_requests.request(request.user, form, request.now)), 201)


@routes.endpoint(
    "/limits/requests/{request_id}/grant",
    "limit.answer",
    methods=("POST",),
    body=GrantLimit,
    again=_request_as_it_is,
    gives=LIMIT_REQUEST,
)
def grant(request: Request, request_id: str) -> Response:
    """Grant a request as it is, or another number or end. Repeating this has no further effect."""
    form = read(GrantLimit, request.json)
    return responses.as_json(request_record(limit_requests.grant(request.user, request_id, form, request.now)))


@routes.endpoint(
    "/limits/requests/{request_id}/decline",
    "limit.answer",
    methods=("POST",),
    again=_request_as_it_is,
    gives=LIMIT_REQUEST,
)
def decline(request: Request, request_id: str) -> Response:
    """Decline a request. Repeating this has no further effect."""
    return responses.as_json(request_record(limit_requests.decline(request.user, request_id, request.now)))
