"""What belongs to no part of the portal: static files, and what those who run it ask (Dockerflow).

These routes look at no session: a page's dozen files must not cost a dozen look-ups, and a health check must say that the
database is down rather than fail on it. https://github.com/mozilla-services/Dockerflow
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache
from threading import Thread

from botocore.exceptions import BotoCoreError
from chalice.app import Blueprint, Response
from pynamodb.exceptions import PynamoDBException

from chalicelib.aws import health
from chalicelib.core.config import settings
from chalicelib.core.dynamodb import connection
from chalicelib.core.errors import AtmoError, NotFound
from chalicelib.core.observability import logger
from chalicelib.core.tables import find
from chalicelib.core.version import VERSION
from chalicelib.identity import oidc_client
from chalicelib.releases.models import Release
from chalicelib.web import responses, static
from chalicelib.web.head import with_head

routes = Blueprint(__name__)
READ = with_head(["GET"])
SECONDS = 1.0
"""For how long all dependencies together are waited for."""
REMEMBERED = 5.0
"""Seconds."""


@routes.route("/static/{name}", methods=READ, name="static_file")
def static_file(name: str) -> Response:
    """A file that may be kept for ever."""
    try:
        return static.serve(name)
    except NotFound as error:
        missing = responses.text(error.message + "\n")
        missing.status_code = error.status
        return missing


@routes.route("/favicon.ico", methods=READ, name="favicon")
def favicon() -> Response:
    """What browsers ask for where no page names another."""
    return static.favicon()


@routes.route("/__version__", methods=READ, name="version")
def version() -> Response:
    """What is deployed here."""
    commit = settings().commit
    return responses.as_json({"name": "atmo", "version": VERSION} | ({"commit": commit} if commit else {}))


@routes.route("/__heartbeat__", methods=READ, name="heartbeat")
def heartbeat() -> Response:
    """Whether what the portal cannot do without is answering within a second: 200, or 503 naming what is not."""
    checks = _answers(int(time.monotonic() // REMEMBERED))
    healthy = all(word == "ok" for word in checks.values())
    return responses.as_json({"status": "ok" if healthy else "error", "checks": checks}, 200 if healthy else 503)


@lru_cache(maxsize=1)
def _answers(moment: int) -> dict[str, str]:
    """What each dependency answers, asked at the same time; asked again only in another `moment`, as anybody may ask us."""
    checks = _checks()
    answered: dict[str, str] = {}
    # Not a pool, which would wait for all of its threads at its end.
    threads = [Thread(target=_ask, args=(name, ask, answered), daemon=True) for name, ask in checks.items()]
    until = time.monotonic() + SECONDS
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0, until - time.monotonic()))
    return {name: answered.get(name, "not answering") for name in checks}


def _checks() -> dict[str, Callable[[], object]]:
    """By its name what asks a dependency, whose clients exist by now: making them takes longer than the answers."""
    known = settings()
    connection()
    return {
        "dynamodb": lambda: find(Release, "heartbeat"),
        **health.checks(known),
        "sign-in": lambda: oidc_client.ping(known.oidc_issuer, SECONDS),
    }


def _ask(name: str, ask: Callable[[], object], answered: dict[str, str]) -> None:
    try:
        ask()
    except (PynamoDBException, BotoCoreError, AtmoError):
        logger.warning("heartbeat_failed", extra={"dependency": name}, exc_info=True)
    else:
        answered[name] = "ok"


@routes.route("/__lbheartbeat__", methods=READ, name="lbheartbeat")
def lbheartbeat() -> Response:
    """Whether this process answers at all."""
    return responses.as_json({"status": "ok"})
