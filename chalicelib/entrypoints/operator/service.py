"""One command of an operator: read it, do it, put it on the audit trail, answer in JSON."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.audit import context as audit_context
from chalicelib.audit.context import Channel
from chalicelib.core import clock, idempotency
from chalicelib.core.errors import AtmoError, BadRequest, Invalid
from chalicelib.core.idempotency import Submission
from chalicelib.core.limits import LIMITS
from chalicelib.core.observability import logger, observed_handler
from chalicelib.entrypoints.operator.registry import KEY, MAX_IDS, Call, Command, find
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
    if entry.several and f"{entry.several}s" in request:
        return _each(request, entry, now)
    actor = _operator(request, entry)
    common = (*_COMMON, KEY) if entry.again else _COMMON
    fields = {name: value for name, value in request.items() if name not in common}
    form, call = entry.filled(fields), Call(Person(actor, "", is_operator=True), now)
    logger.info("operator", extra={"command": entry.name, "operator": actor})
    if (again := entry.again) is None:
        return _carry_out(entry, call, form, None)
    key = _key(request, entry, call.person, fields)
    return idempotency.answer(
        key,
        lambda: _carry_out(entry, call, form, key),
        lambda made: again(call, form, made),
        lambda result: False,
    )


def _each(request: Mapping[str, Any], entry: Command, now: datetime) -> dict[str, Any]:
    """The command for each of several ids, one after the other, with an answer of its own: what is refused for one is done for the
    others. With a key each is done once.

    Raises:
        Invalid: the ids are no list of so many different texts, or one is named beside them.
    """
    one, several = entry.several, f"{entry.several}s"
    _operator(request, entry)
    ids = request[several]
    if one in request or not _are_ids(ids):
        raise Invalid.field(several, f"Give a list of 1 to {MAX_IDS} different ids, and no {one} beside it.")
    same = {name: value for name, value in request.items() if name != several}
    return {"items": [{one: each} | operate(same | {one: each} | _own_key(request, each), now) for each in ids]}


def _are_ids(ids: Any) -> bool:
    return (
        isinstance(ids, list)
        and all(isinstance(each, str) for each in ids)
        and 1 <= len(set(ids)) == len(ids) <= MAX_IDS
    )


def _own_key(request: Mapping[str, Any], each: str) -> dict[str, str]:
    """The key of one of several, made of the request's."""
    key = request.get(KEY)
    return {KEY: hashlib.sha256(f"{key} {each}".encode()).hexdigest()} if key else {}


def _carry_out(entry: Command, call: Call, form: Any, key: Submission | None) -> Any:
    with audit_context.open_context(call.person.username, Channel.OPERATOR, entry.actions[0], call.now, key) as context:
        result = entry.run(call, form)
    if context.key:
        idempotency.store(context.key, context.made, call.now)
    return result


def _key(request: Mapping[str, Any], entry: Command, person: Person, fields: Mapping[str, Any]) -> Submission | None:
    """The command by its idempotency key; None without one.

    Raises:
        Invalid: the key is no text, or too long.
    """
    key = request.get(KEY, "")
    if not isinstance(key, str) or len(key) > LIMITS.idempotency_key:
        raise Invalid.field(KEY, f"Give a key of up to {LIMITS.idempotency_key} characters.")
    content = json.dumps(fields, sort_keys=True)
    return idempotency.submission(person.requester, f"operator {entry.name}", key, content) if key else None


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
