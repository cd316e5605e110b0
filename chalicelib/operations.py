"""What operators do by invoking the Lambda `operator` directly: {"command": name, ...}."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.observability import logger
from chalicelib.releases import service as releases


class NoSuchCommand(ValueError):
    """What was sent names no command."""


def _help() -> dict[str, Any]:
    """List the commands."""
    return {name: (command.__doc__ or "").strip() for name, command in COMMANDS.items()}


def _seed_releases() -> dict[str, Any]:
    """Store the EMR releases that a new deployment offers; those that exist stay as they are."""
    return {"added": releases.seed()}


COMMANDS: dict[str, Callable[..., dict[str, Any]]] = {"help": _help, "releases.seed": _seed_releases}


def operate(request: Mapping[str, Any]) -> dict[str, Any]:
    """Run one command and answer with its result.

    Raises:
        NoSuchCommand: naming the commands that exist; the invocation then counts as failed.
    """
    name = str(request.get("command", "")) if isinstance(request, Mapping) else ""
    command = COMMANDS.get(name)
    logger.info("operator", extra={"command": name, "known": command is not None})
    if command is None:
        raise NoSuchCommand(
            f'There is no command {name!r}. Send {{"command": "help"}}; known are {", ".join(COMMANDS)}.'
        )
    return {"result": command()}
