"""One command of an operator: read it, do it, put it on the audit trail, answer in JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.audit import service as audit
from chalicelib.audit.context import Channel
from chalicelib.core import clock
from chalicelib.core.errors import AtmoError, BadRequest, Invalid
from chalicelib.core.limits import LIMITS
from chalicelib.core.observability import logger, observed_handler
from chalicelib.entrypoints.operator.registry import Call, Command, find
from chalicelib.identity.permissions import ACTIONS
from chalicelib.identity.person import Person

_COMMON = ("command", "operator")
_NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9 .@_+-]{{0,{LIMITS.operator_name - 1}}}")


@observed_handler
def handler(event: Any, context: object) -> dict[str, Any]:
    """Operators call this, by the AWS CLI or the console."""
    return operate(event, clock.now())


def operate(request: Any, now: datetime) -> dict[str, Any]:
    """Run one command, `{"command": name, "operator": who, ...fields}`.

    Returns `{"result": ...}`, or `{"error": {"title", "detail", "status", "errors"?}}` for what is refused. Anything else that
    goes wrong is raised: the invocation then counts as failed.
    """
    try:
        return {"result": _run(request, now)}
    except AtmoError as error:
        logger.info("operator_refused", extra={"detail": str(error)})
        return {"error": _problem(error)}


def _run(request: Any, now: datetime) -> Any:
    if not isinstance(request, Mapping):
        raise BadRequest('Send an object, such as {"command": "help"}.')
    entry = find(str(request.get("command", "")))
    actor = _operator(request, entry)
    form = entry.filled({key: value for key, value in request.items() if key not in _COMMON})
    logger.info("operator", extra={"command": entry.name, "operator": actor})
    with audit.capture(actor, Channel.OPERATOR, entry.actions[0], now) as context:
        result = entry.run(Call(Person(actor, "", is_operator=True), now), form)
    if entry.writes:
        audit.record(context, summary=f"{ACTIONS[entry.actions[0]].about}.")
    return result


def _operator(request: Mapping[str, Any], entry: Command) -> str:
    """The operator's name; only `help` does without it. AWS does not tell a function who invokes it.

    Raises:
        Invalid: it is not there, or not a name.
    """
    if entry.name == "help" and "operator" not in request:
        return "somebody"
    name = request.get("operator", "")
    if not isinstance(name, str) or not name.strip():
        raise Invalid.field("operator", "This field is required.")
    if not _NAME.fullmatch(name.strip()):
        raise Invalid.field(
            "operator",
            f"Say who you are, in up to {LIMITS.operator_name} letters, digits, spaces and .@_+-; it goes on the audit trail.",
        )
    return name.strip()


def _problem(error: AtmoError) -> dict[str, Any]:
    problem: dict[str, Any] = {"title": error.title, "status": error.status, "detail": error.message}
    if isinstance(error, Invalid):
        problem["errors"] = [{"field": one.field, "message": one.message} for one in error.errors]
    return problem
