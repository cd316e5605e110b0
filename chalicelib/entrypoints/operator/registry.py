"""The commands, each declared beside what it does: its name, what it is for (chalicelib/identity/permissions.py), its fields.

A command's module is loaded when the command is called, and its form with it: one invocation runs one command.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any

from chalicelib.core.errors import NO_SUCH_FIELD, FieldError, Invalid
from chalicelib.identity.permissions import ACTIONS
from chalicelib.identity.person import Person

MODULES = {
    "help": "help",
    "report": "report",
    "clusters": "clusters",
    "jobs": "jobs",
    "runs": "jobs",
    "users": "people",
    "tokens": "people",
    "owner": "people",
    "grant": "people",
    "revoke": "people",
    "releases": "releases",
    "settings": "site_settings",
    "limits": "usage_limits",
    "budgets": "budgets",
    "freeze": "site_settings",
    "stop": "site_settings",
    "thaw": "site_settings",
    "reconcile": "site_settings",
    "audit": "site_settings",
    "story": "story",
    "find": "story",
    "data": "data",
    "announcement": "announcement",
    "keys": "keys",
}
"""The module that declares a command, by the command's name up to the dot."""


@dataclass(frozen=True)
class Call:
    """Who asks, and when."""

    person: Person
    now: datetime


Run = Callable[[Call, Any], Any]
Again = Callable[[Call, Any, str], Any]
"""As Run, with what the first request made."""
KEY = "idempotency_key"
"""The field with the key of a command that changes something."""

MAX_IDS = 50
"""Of how many things one request may be about; each takes seconds at most, and the function has five minutes."""


@dataclass(frozen=True)
class Command:
    """One command. With several actions, what is asked for decides which one it is. `form` is the name of a class of
    `forms`, "" for a command without fields. `again` answers a repetition by its idempotency key, which every command takes that
    changes something; None for one whose service does. `several` is the field with the id of what it is done to, where
    one request may be about several: "job" where `jobs` may name them."""

    name: str
    actions: tuple[str, ...]
    form: str
    does: str
    run: Run
    again: Again | None
    several: str

    @property
    def writes(self) -> bool:
        return any(ACTIONS[action].writes for action in self.actions)

    def filled(self, values: Mapping[str, Any]) -> Any:
        """The command's form with these values; None for a command without fields.

        Raises:
            Invalid: naming the fields that are wrong or unknown.
        """
        if not self.form:
            if values:
                raise Invalid([FieldError(name, NO_SUCH_FIELD) for name in values])
            return None
        from chalicelib.core.fields import read  # pydantic comes with it
        from chalicelib.entrypoints.operator import forms

        return read(getattr(forms, self.form), values)


_declared: dict[str, Command] = {}


def command(
    name: str, *actions: str, form: str = "", again: Again | None = None, several: str = ""
) -> Callable[[Run], Run]:
    """Declare a command; its docstring is what `help` says of it."""

    def register(run: Run) -> Run:
        _declared[name] = Command(name, actions, form, (run.__doc__ or "").strip(), run, again, several)
        return run

    return register


def find(name: str) -> Command:
    """The command of this name.

    Raises:
        Invalid: there is none.
    """
    if module := MODULES.get(name.partition(".")[0]):
        import_module(f"{__package__}.{module}")
    if name not in _declared:
        raise Invalid.field("command", unknown(name))
    return _declared[name]


def unknown(name: str) -> str:
    """What is said of a name that no command has."""
    return f'There is no command {name[:100]!r}. Send {{"command": "help"}} for a list of commands.'


def all_commands() -> dict[str, Command]:
    """Every command by its name, in the order of their names."""
    for module in MODULES.values():
        import_module(f"{__package__}.{module}")
    return dict(sorted(_declared.items()))
