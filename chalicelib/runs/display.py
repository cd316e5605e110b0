"""Runs in words, for people. Pure: records in, text out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.core.text import duration, plural, wall_clock, wall_clock_with_zone
from chalicelib.jobs.models import Job
from chalicelib.runs import attempts, lateness
from chalicelib.runs.history import Slow
from chalicelib.runs.models import Run, RunStatus, Trigger
from chalicelib.runs.slot_history import SlotOutcome

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")

RESULT_NAMES = {
    "notebook.ipynb": "The executed notebook",
    "notebook.json": "The executed note, for Zeppelin",
    "notebook.html": "The executed notebook as a page",
    "report.html": "What its cells showed, as a page",
    "run.log": "The log",
    "outcome.json": "The outcome, for programs",
    "keys.json": "The keys of all objects that it is for",
}
"""What the files are that every run leaves; all others are the notebook's own."""


def trigger(run: Run) -> str:
    """Why the run was made, in a word or two."""
    return Trigger(run.trigger).label


def attempt(run: Run) -> str:
    """Such as "attempt 2 of 3"; "" for a run that is not tried again."""
    return attempts.of(run)


def is_to_start(run: Run) -> bool:
    """Whether this is a further attempt that waits for its time."""
    return run.status == RunStatus.QUEUED and run.attempt > 1 and not run.cancelled_by


def unaffected_by_edit(job: Job, active: Run) -> str:
    """What becomes of the runs that are on the job when it is edited, in sentences; `active` is the first of them."""
    more = len(job.further_runs or [])
    others = f", and {plural(more, 'run')} after it" if more else ""
    if attempts.is_pending(active) and active.not_before:
        at = wall_clock_with_zone(active.not_before, job.timezone)
        return (
            f"{attempts.of(active).capitalize()}, which waits until {at}{others}, will use the notebook and settings as they "
            "were. To run the newest notebook instead, save it, then choose that on the job’s page."
        )
    return f"The run in progress{others} will use the notebook and settings as they were."


def slot_weeks(outcomes: Sequence[SlotOutcome], zone: str) -> list[tuple[str, list[list[tuple[SlotOutcome, str]]]]]:
    """A grid of slots by the zone's calendar, the latest week first: each week's Monday, and for each of its days the slots,
    with the moment in words."""
    weeks: dict[date, list[list[tuple[SlotOutcome, str]]]] = {}
    for outcome in outcomes:
        day = outcome.slot.astimezone(ZoneInfo(zone)).date()
        week = weeks.setdefault(day - timedelta(days=day.weekday()), [[] for _ in range(7)])
        week[day.weekday()].append((outcome, wall_clock(outcome.slot, zone)))
    return [(f"{monday:%-d %b}", weeks[monday]) for monday in sorted(weeks, reverse=True)]


def by_incident(runs: Sequence[Run]) -> list[tuple[Run, bool]]:
    """The runs with all attempts of a slot together, at the place of the latest; whether it is one of those before that."""
    groups: dict[str, list[Run]] = {}
    for run in runs:
        groups.setdefault(attempts.first_id(run), []).append(run)
    return [(run, number > 0) for group in groups.values() for number, run in enumerate(group)]


def took(run: Run, now: datetime) -> timedelta | None:
    """From the launch of the run's cluster until the run was over, or until now; None for one that was never launched."""
    return (run.finished_at or now) - run.started_at if run.started_at else None


def marks(run: Run, now: datetime) -> Iterator[tuple[str, str]]:
    """What is remarkable about when a run ends, in a word or two, each with the reason."""
    if run.promised_at and lateness.is_late(run, now):
        yield "late", f"Its result was promised by {wall_clock_with_zone(run.promised_at, run.timezone)}."
    if lateness.is_unusually_long(run, now):
        yield "unusually long", "It takes far longer than the job’s earlier runs."


def slow(comparison: Slow) -> str:
    """Why a run is said to be slow."""
    usual = f"the median of the previous {comparison.of} successful runs is {duration(comparison.usual)}"
    return f"It took {comparison.times} times as long as usual: {usual}."


def summary(job: Job) -> str:
    """Why the last run did not succeed, in a short sentence; "" when it did, or is still going."""
    return (job.last_run_summary or "") if job.last_run_status in (RunStatus.FAILED, RunStatus.TIMED_OUT) else ""


def marked(log: str, diagnosis: Mapping[str, Any] | None) -> list[tuple[str, bool]]:
    """The log's lines, each with whether it is one that shows why the run did not succeed."""
    from chalicelib.diagnosis.symptoms import shortened  # with all symptoms, which lists of runs do not show

    shown = [evidence["line"] for evidence in diagnosis["evidence"]] if diagnosis else []
    return [(line, any(text in shortened(line) for text in shown)) for line in plain(log).splitlines()]


def plain(log: str) -> str:
    """A log without the colours that programs print for terminals."""
    return _ESCAPES.sub("", log)
