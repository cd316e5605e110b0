"""What a single cluster or run may cost, whoever it belongs to and whatever their budgets have left. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from chalicelib.budgets.amounts import MILLION, micros
from chalicelib.core.text import dollars, plural

HOUR = timedelta(hours=1)
Capped = Literal["cluster", "run"]
_ENDS = {"cluster": "its end", "run": "its timeout"}
_LESS = {"cluster": "", "run": "a timeout of "}


@dataclass(frozen=True)
class Cap:
    """What one cluster or run may cost at most, from its launch to its end: US dollars as a decimal text. Where it is `hard`, what
    costs more all the same, as when prices rise, is ended."""

    amount: str
    hard: bool = False

    @property
    def micros(self) -> int:
        return micros(Decimal(self.amount))


def title(what: Capped, cap: Cap) -> str:
    """A cap in words, such as "What a cluster may cost ($20.00)"."""
    return f"What a {what} may cost ({dollars(Decimal(cap.amount))})"


def too_dear(what: Capped, cap: Cap | None, more: int, per_hour: int, before: int = 0) -> str:
    """Why a cluster or run that may cost so many millionths of a dollar `more` is refused, and what would fit; "" where it is not.
    A launch has cost nothing `before`; an extension has, and its workers are there already."""
    if not cap or before + more <= cap.micros:
        return ""
    most, by_its_end = dollars(Decimal(cap.amount)), dollars(Decimal(before + more) / MILLION)
    hours = hours_that_fit(cap, before, per_hour)
    instead = _shorter(hours) if before else _smaller(what, hours)
    return (
        f"A {what} may cost {most} at most, and this one may cost {by_its_end} by {_ENDS[what]}. "
        f"{instead} An administrator can raise it."
    )


def hours_that_fit(cap: Cap, before: int, per_hour: int) -> int:
    """For how many whole hours something may go on that costs so much an hour and has cost so much before."""
    return max(0, cap.micros - before) // per_hour if per_hour else 0


def _smaller(what: Capped, hours: int) -> str:
    if not hours:
        return "Choose fewer workers: of so many not even an hour fits."
    return f"Choose fewer workers, or {_LESS[what]}{plural(hours, 'hour')} at most."


def _shorter(hours: int) -> str:
    return f"Extend it by {plural(hours, 'hour')} at most." if hours else "Not even an hour more fits."


def spent(per_hour: str | None, started_at: datetime | None, now: datetime) -> int:
    """What has been running since then has cost in all; 0 where that is not known."""
    if not per_hour or not started_at:
        return 0
    return micros(Decimal(per_hour) * Decimal(max(timedelta(), now - started_at) / HOUR))


def must_end(cap: Cap | None, cost: int) -> bool:
    """Whether what has cost so much is to be ended."""
    return cap is not None and cap.hard and cost >= cap.micros


def is_higher(old: Cap | None, new: Cap | None) -> bool:
    """Whether a change lets one cost more than before."""
    return old is not None and (new is None or new.micros > old.micros or (old.hard and not new.hard))
