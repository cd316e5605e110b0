"""What the agent remembers from one look to the next, and what it reports. Pure, but for the file at the end."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from activity.signs import CPU_SECONDS, Processors, Sign, latest, of_processors

REPORT_SECONDS = 300
"""How often it reports; what it sees meanwhile is in the next report."""
BUSY_SECONDS = 300
"""How long after the last use EMR is told that the machine is busy."""


@dataclass(frozen=True)
class State:
    """`last` has each sign's last use, in seconds since 1970."""

    last: dict[str, float] = field(default_factory=dict)
    signs: dict[str, Sign] = field(default_factory=dict)
    load: Processors | None = None
    load_sign: Sign = field(default_factory=lambda: Sign(unknown="the load was not read yet"))
    reported_at: float = 0

    @property
    def last_use(self) -> float | None:
        return latest(self.last.values())


def judge_load(state: State, seen: Processors | None) -> State:
    """The load over the last minutes; between two of its readings the sign stays as it was."""
    if seen and state.load and state.load.at <= seen.at < state.load.at + CPU_SECONDS:
        return state
    return replace(state, load=seen, load_sign=of_processors(state.load, seen))


def after(state: State, signs: Mapping[str, Sign], now: float) -> State:
    """The state after a look. No use is in the future, whatever a clock says."""
    seen = {name: min(sign.last, now) for name, sign in signs.items() if sign.last is not None}
    last = state.last | {name: max(moment, state.last.get(name, moment)) for name, moment in seen.items()}
    return replace(state, last=last, signs=dict(signs))


def report_is_due(state: State, now: float) -> bool:
    return not 0 <= now - state.reported_at < REPORT_SECONDS


def is_busy(state: State, now: float) -> bool:
    """Whether EMR should hear that the machine is used. Of what is unknown it hears nothing: then its own policy counts."""
    return state.last_use is not None and now - state.last_use < BUSY_SECONDS


def report(state: State, now: float) -> dict[str, Any]:
    """The report as it is stored: JSON with times in RFC 3339, UTC."""
    return {
        "version": 1,
        "at": _text(now),
        "signs": {
            name: {"last": _text(state.last[name]) if name in state.last else None, "unknown": sign.unknown}
            for name, sign in state.signs.items()
        },
    }


def load(file: Path) -> State:
    """The state of the last look; an empty one where there is none, or not one of ours."""
    with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
        stored = json.loads(file.read_text())
        return State(
            last={str(name): float(moment) for name, moment in stored["last"].items()},
            load=Processors(**stored["load"]) if stored["load"] else None,
            load_sign=Sign(**stored["load_sign"]),
            reported_at=float(stored["reported_at"]),
        )
    return State()


def save(state: State, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".new")
    draft.write_text(json.dumps(asdict(state)))
    draft.replace(file)


def _text(moment: float) -> str:
    return datetime.fromtimestamp(int(moment), UTC).isoformat().replace("+00:00", "Z")
