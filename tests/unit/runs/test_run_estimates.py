"""How many runs a schedule makes in a month, and how long they usually take."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from chalicelib.runs.models import Run
from chalicelib.runs.run_estimates import runs_in_month, usual_hours
from chalicelib.schedules.schedule import Schedule

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rule", "start", "end", "runs"),
    [
        ("daily", NOW, None, 30),
        ("weekly", NOW, None, 4),
        ("monthly", NOW, None, 1),
        ("0 6 * * 1-5", NOW, None, 22),
        ("0 * * * *", NOW, None, 720),
        ("* * * * *", NOW, None, 43200),
        ("daily", NOW, NOW + timedelta(days=3, seconds=1), 3),
        ("0 * * * *", NOW, NOW + timedelta(days=15), 360),
        ("daily", NOW + timedelta(days=25), None, 6),
        ("daily", NOW + timedelta(days=40), None, 0),
        ("0 0 29 2 *", NOW, None, 0),
    ],
)
def test_runs_in_a_month(rule: str, start: datetime, end: datetime | None, runs: int) -> None:
    assert runs_in_month(Schedule(rule, "UTC", start, end), NOW) == pytest.approx(runs, abs=runs // 300 + 1)


def run(minutes: int | None, status: str = "SUCCEEDED") -> Run:
    finished = NOW + timedelta(minutes=minutes) if minutes is not None else None
    return Run("r-1", status=status, started_at=NOW, finished_at=finished)


def test_what_is_usual() -> None:
    assert usual_hours([]) is None
    assert usual_hours([run(90, "FAILED"), run(None, "RUNNING")]) is None
    assert usual_hours([run(30), run(600, "TIMED_OUT"), run(60), run(120)]) == 1
    assert usual_hours([run(30), run(60)]) == Decimal("0.75")
    assert usual_hours([run(60)] * 10 + [run(6000)] * 50) == 1  # only the latest count
