"""What is being done at this moment, and by whom. A door opens a deed; the services below say what came of it.

Services do not know the doors, and doors do not know which fields were changed or what was made; so the deed goes along with
the thread, as the logger's keys do. Where nobody opened one (dispatch, tasks, sweeps), what services say goes nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime

PORTAL, API, MAIL_LINK, OPERATOR, SYSTEM = "portal", "api", "mail link", "operator", "system"
DOORS = (PORTAL, API, MAIL_LINK, OPERATOR, SYSTEM)
ATMO = "atmo"
"""Who did what nobody asked for."""


@dataclass(frozen=True)
class Effect:
    """One object and what was done to it: a sentence without values that are anybody's secret, and names of fields."""

    kind: str
    object_id: str
    name: str
    gist: str
    fields: tuple[str, ...] = ()


@dataclass
class Deed:
    """Somebody does something. `in_vain` when it turned out to be done already."""

    who: str
    door: str
    action: str
    at: datetime
    effects: list[Effect] = field(default_factory=list)
    in_vain: bool = False


_current: ContextVar[Deed | None] = ContextVar("deed", default=None)


@contextmanager
def doing(who: str, door: str, action: str, now: datetime) -> Iterator[Deed]:
    """What services say in here is said of this deed."""
    deed = Deed(who, door, action, now)
    before = _current.set(deed)
    try:
        yield deed
    finally:
        _current.reset(before)


def on(kind: str, object_id: str, name: str, gist: str, fields: Sequence[str] = ()) -> None:
    """Something was done to an object, such as "Extended it by 2 hours."."""
    if deed := _current.get():
        deed.effects.append(Effect(kind, object_id, name, gist, tuple(fields)))


def nothing_new() -> None:
    """The same was asked for before and is done: it is not a deed of its own."""
    if deed := _current.get():
        deed.in_vain = True


def through(door: str, who: str) -> None:
    """The deed comes by another door than it seems, such as a mail's link, and is this person's."""
    if deed := _current.get():
        deed.door, deed.who = door, who


def means(action: str) -> None:
    """The deed is this action, where a door is for several."""
    if deed := _current.get():
        deed.action = action
