"""Who the caller is, and the caller's tokens, over the API."""

from __future__ import annotations

from chalice.app import Response

from chalicelib.core.fields import read
from chalicelib.core.schemas import searchable
from chalicelib.core.short_lists import search_all
from chalicelib.identity import tokens
from chalicelib.identity.forms import IssueToken
from chalicelib.identity.schemas import ISSUED, ME, TOKEN, token_record
from chalicelib.identity.search import TOKENS
from chalicelib.web import paging, responses, search_query
from chalicelib.web.blueprint import ApiRoutes
from chalicelib.web.request import Request

routes = ApiRoutes(__name__)


@routes.endpoint("/me", "own.look", gives=ME)
def me(request: Request) -> Response:
    """The person that the token speaks for."""
    person = request.user
    return responses.as_json(ME.of(person, groups=sorted(person.groups), token=token_record(request.api_token)))


@routes.endpoint("/tokens", "own.look", query=("limit", "cursor"), searched_by=TOKENS, gives=searchable(TOKEN))
def listing(request: Request) -> Response:
    """The caller's API tokens, latest first, with when each was last used, to within a few minutes."""
    own, search = tokens.listing(request.user.username), search_query.search(request, TOKENS)
    page = search_all(own, search, TOKENS, paging.limit(request), paging.cursor(request))
    return responses.as_json(page.as_search_json(token_record))


def _issued_before(request: Request, made: str) -> Response:
    return responses.as_json(ISSUED.of(tokens.get(request.user.username, made)))


@routes.endpoint(
    "/tokens", "token.manage", methods=("POST",), body=IssueToken, status=201, again=_issued_before, gives=ISSUED
)
def issue(request: Request) -> Response:
    """Create an API token. `token` is in the first response only, also with an
    `Idempotency-Key`. It expires no later than the token that it is created with."""
    form, owner = read(IssueToken, request.json), request.user.username
    expires_at = tokens.expiry_within(form.expires_at(request.now), request.api_token)
    secret = tokens.new_secret()
    token = tokens.issue(owner, form.name, expires_at, request.now, form.scope, secret, request.api_token.id)
    return responses.as_json(ISSUED.of(token, token=secret), 201)


@routes.endpoint("/tokens/{token_id}", "token.manage", methods=("DELETE",), status=204)
def revoke(request: Request, token_id: str) -> Response:
    """Revoke one of the caller's API tokens immediately, even the one used for this request, and those that it created."""
    tokens.revoke(request.user.username, token_id)
    return responses.empty()
