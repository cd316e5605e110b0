"""Late results and runs that take unusually long: tables of cases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.jobs.models import Job
from chalicelib.runs import lateness
from chalicelib.runs.models import FINAL, Run, RunStatus

SLOT = datetime(2026, 11, 28, 6, tzinfo=UTC)
NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)
HALF, MINUTE, SECOND = timedelta(minutes=30), timedelta(minutes=1), timedelta(seconds=1)


def job(**fields: Any) -> Job:
    usual: dict[str, Any] = {"identifier": "flights", "next_run_at": SLOT + timedelta(days=1), "start_date": SLOT}
    return Job("j-1", **(usual | fields))


def run(status: str = "SUCCEEDED", **fields: Any) -> Run:
    usual: dict[str, Any] = {"attempts": 1, "size": 1, "created_at": SLOT, "scheduled_at": SLOT, "status_reason": ""}
    return Run("r-1", status=status, **(usual | fields))


UNFINISHED = sorted(set(RunStatus) - FINAL)
STILL_DUE = {"next_run_at": SLOT}


@pytest.mark.parametrize(
    ("statuses", "fields", "expected"),
    [
        (["SUCCEEDED"], {}, "fulfilled"),
        (["FAILED", "SUCCEEDED"], {}, "fulfilled"),
        (["SUCCEEDED", "FAILED"], {}, "fulfilled"),
        (["SUCCEEDED"], {"is_enabled": False}, "fulfilled"),
        *(([status], {}, "broken") for status in sorted(FINAL - {RunStatus.SUCCEEDED})),
        *(([status], {}, "broken") for status in UNFINISHED),
        # The dispatcher did not come to it.
        ([], STILL_DUE, "broken"),
        ([], {"next_run_at": SLOT - HALF}, "broken"),
        # The job went past it: it was paused, or edited, or made later.
        ([], {}, "void"),
        ([], {"next_run_at": None}, "void"),
        # Whoever paused or snoozed it did not want it; a run that had begun by then was wanted.
        ([], STILL_DUE | {"is_enabled": False}, "void"),
        (["SKIPPED"], {"is_enabled": False}, "void"),
        (["FAILED"], {"is_enabled": False}, "broken"),
        (["SKIPPED", "RUNNING"], {"is_enabled": False}, "broken"),
        (["SKIPPED"], {"snoozed_until": SLOT + SECOND}, "void"),
        (["SKIPPED"], {"snoozed_until": SLOT}, "broken"),
        (["RUNNING"], {"snoozed_until": NOW}, "broken"),
        ([], STILL_DUE | {"expired_at": SLOT}, "void"),
    ],
)
def test_what_became_of_a_promise(statuses: list[str], fields: dict[str, Any], expected: str) -> None:
    assert lateness.standing(job(**fields), SLOT, [run(status) for status in statuses]) == expected


@pytest.mark.parametrize(
    ("statuses", "fields", "of_first", "first_fields", "expected"),
    [
        (["SUCCEEDED"], {}, ["SUCCEEDED"], {}, "fulfilled"),
        (["FAILED"], {}, ["SUCCEEDED"], {}, "broken"),
        ([], {}, ["SUCCEEDED"], {}, "broken"),
        ([], {}, ["FAILED"], {}, "broken"),
        ([], {}, ["RUNNING"], {}, "broken"),
        ([], {}, ["SKIPPED"], {}, "broken"),
        ([], {}, [], STILL_DUE, "broken"),
        ([], {}, [], {}, "void"),
        ([], {}, [], STILL_DUE | {"is_enabled": False}, "void"),
        ([], {"is_enabled": False}, ["FAILED"], {}, "void"),
        ([], {"next_run_at": None}, ["FAILED"], {}, "broken"),
        ([], {"start_date": SLOT + SECOND}, ["FAILED"], {}, "void"),
        (["FAILED"], {"start_date": SLOT + SECOND}, ["SUCCEEDED"], {}, "broken"),
        ([], {"end_date": SLOT}, ["FAILED"], {}, "void"),
        ([], {"end_date": SLOT + SECOND}, ["FAILED"], {}, "broken"),
    ],
)
def test_what_became_of_the_promise_of_a_job_that_starts_after_another(
    statuses: list[str], fields: dict[str, Any], of_first: list[str], first_fields: dict[str, Any], expected: str
) -> None:
    first = job(**first_fields), [run(status) for status in of_first]
    assert lateness.standing(job(**fields), SLOT, [run(status) for status in statuses], first) == expected


AT_SEVEN = {"started_at": SLOT + timedelta(hours=1)}


@pytest.mark.parametrize(
    ("latest", "expected"),
    [
        (None, "Its run has not been started."),
        (
            run("RUNNING", **AT_SEVEN),
            "Its run is still going: its cluster was launched on Sat 28 Nov 2026, 07:00 (UTC).",
        ),
        (
            run("STARTING", attempt=2, attempts=3, **AT_SEVEN),
            "Its run is still going: its cluster was launched on Sat 28 Nov 2026, 07:00 (UTC) (attempt 2 of 3).",
        ),
        (
            run("STARTING", attempt=1, attempts=3),
            "Its run is still going: its cluster was launched on Sat 28 Nov 2026, 06:00 (UTC).",
        ),
        (
            run("QUEUED", waits_for="r-0", status_reason="Waiting for the previous run to end."),
            "Its run has not been started. Waiting for the previous run to end.",
        ),
        (
            run("QUEUED", attempt=2, attempts=2, not_before=NOW + HALF),
            "It failed; attempt 2 of 2 starts on Sat 28 Nov 2026, 09:30 (UTC).",
        ),
        (run("QUEUED", not_before=NOW, status_reason="EMR is busy."), "Its run has no cluster yet. EMR is busy."),
        (run("QUEUED", attempt=2, attempts=2), "Its run has no cluster yet."),
        (run("FAILED", status_reason="Cell 3 raised KeyError"), "Its run failed: Cell 3 raised KeyError"),
        (
            run("FAILED", status_reason="Cell 3 raised", diagnosis={"summary": "A column is missing"}),
            "Its run failed: A column is missing",
        ),
        (run("TIMED_OUT", status_reason="It took 2 h."), "Its run was stopped after its timeout: It took 2 h."),
        (run("CANCELLED", status_reason="Cancelled by ada."), "Its run was cancelled: Cancelled by ada."),
        (run("SKIPPED", status_reason="The site is frozen."), "Its run was skipped: The site is frozen."),
    ],
)
def test_what_is_known(latest: Run | None, expected: str) -> None:
    assert lateness.known(latest, "UTC") == expected


@pytest.mark.parametrize("status", sorted(RunStatus))
def test_something_is_known_of_every_status(status: str) -> None:
    assert len(lateness.known(run(status, status_reason="Said."), "UTC")) > 15


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (None, "is still to come"),
        ("SUCCEEDED", "has succeeded"),
        ("FAILED", "failed"),
        ("TIMED_OUT", "timed out"),
        ("CANCELLED", "was cancelled"),
        ("SKIPPED", "was skipped"),
        *((status, "has not ended yet") for status in UNFINISHED),
    ],
)
def test_what_is_known_of_a_job_whose_turn_has_not_come(last: str | None, expected: str) -> None:
    said = lateness.not_started_after(job(last_run_status=last))
    assert said == f"It has not been started: it starts after flights, whose last run {expected}."


@pytest.mark.parametrize(
    ("latest", "usual", "expected"),
    [
        (None, HALF, NOW + HALF),
        (None, None, None),
        (run("RUNNING", started_at=NOW - MINUTE), HALF, NOW - MINUTE + HALF),
        (run("RUNNING", started_at=NOW - MINUTE), None, None),
        (run("RUNNING", started_at=NOW - HALF), HALF, None),
        (run("RUNNING", started_at=NOW - HALF + SECOND), HALF, NOW + SECOND),
        (run("QUEUED"), HALF, NOW + HALF),
        (run("QUEUED", not_before=NOW + MINUTE), HALF, NOW + MINUTE + HALF),
        (run("QUEUED", not_before=NOW - MINUTE), HALF, NOW + HALF),
        *((run(status, started_at=NOW), HALF, None) for status in sorted(FINAL)),
    ],
)
def test_when_it_is_to_be_expected(latest: Run | None, usual: timedelta | None, expected: datetime | None) -> None:
    assert lateness.expected_at(latest, usual, NOW) == expected


def earlier(*minutes: float, status: str = "SUCCEEDED", **fields: Any) -> list[Run]:
    """Runs of the days before, the latest first."""
    return [
        run(status, created_at=start, started_at=start, finished_at=start + timedelta(minutes=length), **fields)
        for day, length in enumerate(minutes, 1)
        for start in [SLOT - timedelta(days=day)]
    ]


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        (earlier(10, 20, 60), 20),
        (earlier(10, 20), None),
        ([], None),
        (earlier(10, 20, 60, size=2), None),
        (earlier(10, 20, 60, status="FAILED"), None),
        ([*earlier(10, 20, 60), *earlier(500, 500, 500, size=2)], 20),
    ],
)
def test_how_long_a_run_usually_takes(others: list[Run], expected: int | None) -> None:
    usual = lateness.usual_before(run("RUNNING"), others)
    assert usual == (timedelta(minutes=expected) if expected else None)


@pytest.mark.parametrize(("usual", "expected"), [(1, 11), (9, 19), (10, 20), (11, 22), (60, 120)])
def test_from_when_on_a_run_takes_unusually_long(usual: int, expected: int) -> None:
    going = run("RUNNING", started_at=SLOT)
    assert lateness.is_unusual_from(going, timedelta(minutes=usual)) == SLOT + timedelta(minutes=expected)
    assert lateness.is_unusual_from(run("QUEUED"), HALF) is None


@pytest.mark.parametrize(
    ("status", "unusual_from", "expected"),
    [("RUNNING", NOW, True), ("RUNNING", NOW + SECOND, False), ("RUNNING", None, False), ("FAILED", NOW, False)],
)
def test_whether_a_run_takes_unusually_long(status: str, unusual_from: datetime | None, expected: bool) -> None:
    assert lateness.is_unusually_long(run(status, unusual_from=unusual_from), NOW) is expected


@pytest.mark.parametrize(
    ("status", "promised_at", "finished_at", "expected"),
    [
        ("SUCCEEDED", NOW, NOW, False),
        ("SUCCEEDED", NOW, NOW + SECOND, True),
        ("SUCCEEDED", None, NOW, False),
        ("RUNNING", NOW, None, False),
        ("RUNNING", NOW - SECOND, None, True),
        ("QUEUED", NOW - SECOND, None, True),
        *((status, SLOT, NOW, False) for status in sorted(FINAL - {RunStatus.SUCCEEDED})),
    ],
)
def test_which_runs_are_late(
    status: str, promised_at: datetime | None, finished_at: datetime | None, expected: bool
) -> None:
    assert lateness.is_late(run(status, promised_at=promised_at, finished_at=finished_at), NOW) is expected
