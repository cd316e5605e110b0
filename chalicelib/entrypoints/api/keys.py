"""SSH keys over the API."""

from __future__ import annotations

from chalice.app import Response

from chalicelib.core.fields import read
from chalicelib.core.schemas import searchable
from chalicelib.keys import service as keys
from chalicelib.keys.forms import AddKey
from chalicelib.keys.schemas import KEY, key_record
from chalicelib.keys.search import FIELDS
from chalicelib.web import paging, responses, search_query
from chalicelib.web.blueprint import ApiRoutes
from chalicelib.web.etags import if_match
from chalicelib.web.request import Request

routes = ApiRoutes(__name__)


@routes.endpoint("/keys", "own.look", query=("limit", "cursor"), searched_by=FIELDS, gives=searchable(KEY))
def listing(request: Request) -> Response:
    """The caller's SSH keys, latest first."""
    search = search_query.search(request, FIELDS)
    page = keys.listing(request.user, paging.limit(request), paging.cursor(request), search)
    return responses.as_json(page.as_search_json(key_record))


def _added_before(request: Request, made: str) -> Response:
    return get(request, made)


@routes.endpoint("/keys", "key.add", methods=("POST",), body=AddKey, status=201, again=_added_before, gives=KEY)
def add(request: Request) -> Response:
    """Add an SSH key."""
    form = read(AddKey, request.json)
    return responses.as_json(key_record(keys.add(request.user, form.title, form.key, request.now)), 201)


@routes.endpoint("/keys/{key_id}", "key.view", gives=KEY)
def get(request: Request, key_id: str) -> Response:
    """One SSH key."""
    return responses.as_json(key_record(keys.get(request.user, key_id)))


@routes.endpoint("/keys/{key_id}", "key.delete", methods=("DELETE",), status=204, compares=True)
def delete(request: Request, key_id: str) -> Response:
    """Delete an SSH key; clusters launched with it keep it."""
    keys.delete(request.user, key_id, if_match(request, key_record))
    return responses.empty()
