"""Who the caller is, over the API."""

from __future__ import annotations

from chalice.app import Response

from chalicelib.web import answers
from chalicelib.web.blueprint import ApiRoutes
from chalicelib.web.request import Request

routes = ApiRoutes(__name__)


@routes.endpoint("/me", "own.look")
def me(request: Request) -> Response:
    """The person that the token speaks for."""
    person = request.someone
    return answers.as_json({"username": person.username, "email": person.email, "groups": sorted(person.groups)})
