"""One command of an operator: read it, do it, put it on the audit trail, answer in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.audit import service as audit
from chalicelib.audit.context import Channel
from chalicelib.core import clock
from chalicelib.core.errors import AtmoError, BadRequest, Invalid
from chalicelib.core.fields import read
from chalicelib.core.observability import logger, observed_handler
from chalicelib.entrypoints.operator import clusters, jobs, people, report, site_settings
from chalicelib.entrypoints.operator.forms import Caller, Help
from chalicelib.entrypoints.operator.registry import COMMANDS as COMMANDS
from chalicelib.entrypoints.operator.registry import Call, Command, command
from chalicelib.identity.permissions import ACTIONS
from chalicelib.identity.person import Person

_DECLARED_IN = (clusters, jobs, people, report, site_settings)
"""Importing these declares their commands."""
_COMMON = ("command", "operator")


@command("help", "admin.look", form=Help)
def explain(call: Call, form: Help) -> dict[str, Any]:
    """List the commands, with the fields that each takes."""
    if form.about and form.about not in COMMANDS:
        raise Invalid.field("about", _unknown(form.about))
    return {name: _explained(found) for name, found in sorted(COMMANDS.items()) if form.about in (None, name)}


def _explained(found: Command) -> dict[str, Any]:
    schema = found.form.model_json_schema()
    required = schema.get("required", [])
    fields = {name: _field(name in required, said) for name, said in schema.get("properties", {}).items()}
    return {"does": found.does, "actions": list(found.actions), "fields": fields}


def _field(is_required: bool, said: Mapping[str, Any]) -> dict[str, Any]:
    """What a field may be, as JSON Schema has it."""
    choices = [one for one in said.get("anyOf", [said]) if one.get("type") != "null"]
    return {"required": is_required} | {
        name: value for name, value in (choices[0] | said).items() if name not in ("anyOf", "title")
    }


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
    name = str(request.get("command", ""))
    found = COMMANDS.get(name)
    if found is None:
        raise Invalid.field("command", _unknown(name))
    actor = _operator(request, found)
    form = read(found.form, {key: value for key, value in request.items() if key not in _COMMON})
    logger.info("operator", extra={"command": name, "operator": actor})
    with audit.capture(actor, Channel.OPERATOR, found.actions[0], now) as context:
        result = found.run(Call(Person(actor, "", is_operator=True), now), form)
    if found.writes:
        audit.record(context, summary=f"{ACTIONS[found.actions[0]].about}.")
    return result


def _operator(request: Mapping[str, Any], found: Command) -> str:
    """The operator's name; only `help` does without it."""
    if found.name == "help" and "operator" not in request:
        return "somebody"
    return read(Caller, {"operator": request.get("operator", "")}).operator


def _unknown(name: str) -> str:
    return f'There is no command {name[:100]!r}. Send {{"command": "help"}} for a list of commands.'


def _problem(error: AtmoError) -> dict[str, Any]:
    problem: dict[str, Any] = {"title": error.title, "status": error.status, "detail": error.message}
    if isinstance(error, Invalid):
        problem["errors"] = [{"field": found.field, "message": found.message} for found in error.errors]
    return problem
