"""The commands, each declared beside what it does: its name, what it is for (chalicelib/identity/permissions.py), its fields."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.core.fields import Form
from chalicelib.identity.permissions import ACTIONS
from chalicelib.identity.person import Person


@dataclass(frozen=True)
class Call:
    """Who asks, and when."""

    person: Person
    now: datetime


Run = Callable[[Call, Any], Any]


@dataclass(frozen=True)
class Command:
    """One command. With several actions, what is asked for decides which one it is."""

    name: str
    actions: tuple[str, ...]
    form: type[Form]
    does: str
    run: Run

    @property
    def writes(self) -> bool:
        return any(ACTIONS[action].writes for action in self.actions)


class Nothing(Form):
    """A command without fields."""


COMMANDS: dict[str, Command] = {}


def command(name: str, *actions: str, form: type[Form] = Nothing) -> Callable[[Run], Run]:
    """Declare a command; its docstring is what `help` says of it."""

    def register(run: Run) -> Run:
        COMMANDS[name] = Command(name, actions, form, (run.__doc__ or "").strip(), run)
        return run

    return register
