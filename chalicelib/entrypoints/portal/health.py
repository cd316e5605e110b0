"""What belongs to no part of the portal: static files, and what those who run it ask (Dockerflow).

These routes look at no session: a page's dozen files must not cost a dozen look-ups, and a health check must say that the
database is down rather than fail on it. https://github.com/mozilla-services/Dockerflow
"""

from __future__ import annotations

from botocore.exceptions import BotoCoreError
from chalice.app import Blueprint, Response
from pynamodb.exceptions import PynamoDBException

from chalicelib.core.config import settings
from chalicelib.core.errors import NotFound
from chalicelib.core.observability import logger
from chalicelib.core.tables import find
from chalicelib.core.version import VERSION
from chalicelib.releases.models import Release
from chalicelib.web import responses, static
from chalicelib.web.head import with_head

routes = Blueprint(__name__)
READ = with_head(["GET"])


@routes.route("/static/{name}", methods=READ, name="static_file")
def static_file(name: str) -> Response:
    """A file that may be kept for ever."""
    try:
        return static.serve(name)
    except NotFound as error:
        missing = responses.text(error.message + "\n")
        missing.status_code = error.status
        return missing


@routes.route("/__version__", methods=READ, name="version")
def version() -> Response:
    """What is deployed here."""
    commit = settings().commit
    return responses.as_json({"name": "atmo", "version": VERSION} | ({"commit": commit} if commit else {}))


@routes.route("/__heartbeat__", methods=READ, name="heartbeat")
def heartbeat() -> Response:
    """Whether what the portal cannot do without is answering: 200, or 503 naming what is not."""
    checks = {"dynamodb": _dynamodb()}
    healthy = all(word == "ok" for word in checks.values())
    return responses.as_json({"status": "ok" if healthy else "error", "checks": checks}, 200 if healthy else 503)


def _dynamodb() -> str:
    try:
        find(Release, "heartbeat")
    except (PynamoDBException, BotoCoreError):
        logger.warning("heartbeat_failed", exc_info=True)
        return "not answering"
    return "ok"


@routes.route("/__lbheartbeat__", methods=READ, name="lbheartbeat")
def lbheartbeat() -> Response:
    """Whether this process answers at all."""
    return responses.as_json({"status": "ok"})
