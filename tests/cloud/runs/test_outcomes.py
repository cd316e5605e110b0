"""The end of a run, as its record, its job's and the next attempt's tell it; and others who write at the same moment."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from pynamodb.exceptions import TransactWriteError

from chalicelib.core.errors import Unavailable
from chalicelib.core.tables import find
from chalicelib.jobs.models import Job
from chalicelib.runs import factory, outcomes
from chalicelib.runs.models import Run, RunStatus, Trigger
from chalicelib.runs.outcomes import End
from chalicelib.schedules.backfill import Backfill, Order, Which
from chalicelib.usage_limits.models import Usage
from tests.support.wiretap import Call, Really, tapped

pytestmark = pytest.mark.usefixtures("cloud")

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SLOT = NOW - timedelta(hours=1)
TOMORROW = NOW + timedelta(days=1)
FAILURE = End(RunStatus.FAILED, "No rows.", NOW, 3)
SUCCESS = End(RunStatus.SUCCEEDED, "", NOW)
TIMEOUT = End(RunStatus.TIMED_OUT, "It was still running after 8 hours, its timeout.", NOW)


def a_job(**fields: Any) -> Job:
    """A stored job, daily and never tried again or paused unless its fields say so."""
    usual: dict[str, Any] = {
        "identifier": "flights", "owner": "ada", "owner_email": "ada@example.org", "description": "",
        "notebook_name": "a.ipynb", "notebook_key": "k", "notebook_version": "v", "result_visibility": "private", "size": 1,
        "emr_release": "7.10.0", "schedule": "daily", "timezone": "UTC", "start_date": SLOT, "job_timeout": 8, "retries": 0,
        "retry_delay": 5, "pause_after": 0, "created_at": SLOT, "modified_at": SLOT,
    }  # fmt: skip
    job = Job(f"j-{uuid4().hex[:16]}", **(usual | fields))
    job.save()
    return job


def a_run(job: Job, **fields: Any) -> Run:
    """A stored run of the job, which holds its only place and is shown as its last."""
    run = factory.of_job(job, f"r-{uuid4().hex[:16]}", Trigger.SCHEDULE, SLOT, SLOT)
    run.status, run.started_at = "RUNNING", SLOT
    for name, value in fields.items():
        setattr(run, name, value)
    run.save()
    job.update([Job.active_run.set(run.id), Job.last_run.set(run.id), Job.last_run_status.set("RUNNING")])
    return run


def waiting(job: Job, run: Run) -> Run:
    """A stored run that waits for this one."""
    queued = factory.queued(factory.of_job(job, f"r-{uuid4().hex[:16]}", Trigger.SCHEDULE, NOW, NOW), job, "Waiting.")
    queued.save()
    job.update([Job.further_runs.set([queued.id])])
    return queued


def stored(run: Run) -> Run:
    return Run.get(run.id, consistent_read=True)


def stored_job(job: Job) -> Job:
    return Job.get(job.id, consistent_read=True)


def attributes(record: Run | Job, *names: str) -> tuple[Any, ...]:
    return tuple(getattr(record, name) for name in names)


def test_a_run_and_its_job_say_how_it_ended() -> None:
    job = a_job(failures_in_a_row=1)
    run = a_run(job)
    assert outcomes.finish(run, FAILURE) == (True, None)
    of_run = ("status", "status_reason", "finished_at", "failed_cell", "alerts", "failures_in_a_row", "retry")
    assert attributes(stored(run), *of_run) == (RunStatus.FAILED, "No rows.", NOW, 3, ["failed"], 2, None)
    assert attributes(run, "status", "finished_at") == (RunStatus.FAILED, NOW), "who called knows as well"
    of_job = (
        "active_run",
        "further_runs",
        "failures_in_a_row",
        "last_run",
        "last_run_status",
        "is_enabled",
        "paused_by",
    )
    assert attributes(stored_job(job), *of_job) == (None, None, 2, run.id, RunStatus.FAILED, True, None)


@pytest.mark.parametrize(
    ("end", "alerts", "counted", "of_job"),
    [(SUCCESS, ["recovered"], 2, 0), (TIMEOUT, ["timed-out"], 3, 3), (End(RunStatus.CANCELLED, "", NOW), [], 2, 2)],
    ids=["success", "timeout", "cancelled"],
)
def test_what_is_told_is_told_with_the_failures_that_it_is_about(
    end: End, alerts: list[str], counted: int, of_job: int
) -> None:
    job = a_job(failures_in_a_row=2, external_failures=1)
    run = a_run(job)
    outcomes.finish(run, end)
    assert attributes(stored(run), "alerts", "failures_in_a_row", "failed_cell") == (alerts, counted, None)
    assert stored_job(job).failures_in_a_row == of_job
    assert stored_job(job).external_failures == (1 if of_job else 0)


def test_what_has_ended_ends_once() -> None:
    job = a_job()
    run = a_run(job)
    stale = stored(run)
    outcomes.finish(run, SUCCESS)
    assert outcomes.finish(run, FAILURE) == (False, None)
    assert outcomes.finish(stale, FAILURE) == (False, None)
    assert attributes(stored(run), "status", "failures_in_a_row") == (RunStatus.SUCCEEDED, 0)
    assert stored_job(job).failures_in_a_row == 0


@pytest.mark.parametrize(
    ("end", "status", "reason"),
    [
        (FAILURE, RunStatus.CANCELLED, "Cancelled by ada."),
        (SUCCESS, RunStatus.SUCCEEDED, ""),
        (TIMEOUT, RunStatus.TIMED_OUT, "It was still running after 8 hours, its timeout."),
    ],
    ids=["failure", "success", "timeout"],
)
def test_a_run_that_was_cancelled_did_not_fail(end: End, status: str, reason: str) -> None:
    run = a_run(a_job())
    stored(run).update([Run.cancelled_by.set("ada")])
    outcomes.finish(run, end)
    assert attributes(stored(run), "status", "status_reason", "failed_cell") == (status, reason, end.cell)


def test_the_next_attempt_takes_the_place_of_one_that_failed() -> None:
    job = a_job(retries=2, failures_in_a_row=1)
    run = a_run(job)
    queued = waiting(job, run)
    assert outcomes.finish(run, FAILURE) == (True, None)
    retry = Run.get(f"{run.id}-2", consistent_read=True)
    assert attributes(retry, "status", "attempt", "not_before") == ("QUEUED", 2, NOW + timedelta(minutes=5))
    assert attributes(stored(run), "retry", "alerts", "failures_in_a_row") == (retry.id, [], 1)
    of_job = ("active_run", "further_runs", "last_run", "last_run_status", "failures_in_a_row")
    assert attributes(stored_job(job), *of_job) == (retry.id, [queued.id], retry.id, "QUEUED", 1)
    assert stored(queued).waits_for


def test_the_last_attempt_is_not_tried_again() -> None:
    job = a_job(retries=1)
    run = a_run(job, attempt=2)
    outcomes.finish(run, FAILURE)
    assert attributes(stored(run), "retry", "alerts") == (None, ["failed"])
    assert find(Run, f"{run.id}-3") is None
    assert stored_job(job).active_run is None


def test_the_run_that_waited_is_next_and_shown_as_the_last() -> None:
    job = a_job(overlap="queue")
    run = a_run(job)
    queued = waiting(job, run)
    won, next_run = outcomes.finish(run, FAILURE)
    assert (won, next_run.id if next_run else None) == (True, queued.id)
    assert attributes(stored(queued), "waits_for", "not_before", "status_reason") == (None, NOW, "")
    of_job = ("active_run", "further_runs", "last_run", "last_run_status")
    assert attributes(stored_job(job), *of_job) == (queued.id, None, queued.id, "QUEUED")


def test_an_earlier_run_is_not_shown_as_the_last() -> None:
    job = a_job()
    run = a_run(job)
    job.update([Job.last_run.set("r-later"), Job.last_run_status.set("SKIPPED")])
    outcomes.finish(run, FAILURE)
    assert attributes(stored_job(job), "last_run", "last_run_status") == ("r-later", "SKIPPED")


def test_a_run_of_a_job_that_is_gone_ends_as_well() -> None:
    job = a_job(retries=2)
    run = a_run(job)
    job.delete()
    assert outcomes.finish(run, FAILURE) == (True, None)
    assert attributes(stored(run), "status", "alerts", "failures_in_a_row", "retry") == (
        RunStatus.FAILED,
        ["failed"],
        1,
        None,
    )
    cancelled = a_run(a_job())
    Job.get(cancelled.job_id).delete()
    outcomes.finish(cancelled, SUCCESS)
    assert stored(cancelled).failures_in_a_row == 0
    assert find(Job, job.id) is None


@pytest.mark.parametrize(
    ("fields", "left"),
    [
        ({"next_run_at": TOMORROW, "due_shard": "1"}, (None, None)),
        ({"next_run_at": NOW, "due_shard": "1"}, (NOW, "1")),
        ({}, (None, None)),
    ],
    ids=["slot to come", "slot due", "no slot"],
)
def test_a_job_is_paused_after_its_failures(fields: dict[str, Any], left: tuple[Any, ...]) -> None:
    job = a_job(failures_in_a_row=1, pause_after=2, **fields)
    run = a_run(job)
    outcomes.finish(run, FAILURE)
    assert stored(run).alerts == ["failed", "auto-paused"]
    paused = stored_job(job)
    assert attributes(paused, "is_enabled", "paused_by", "modified_at") == (False, "atmo", NOW)
    assert paused.pause_reason == "It failed 2 times in a row, so atmo paused it."
    assert attributes(paused, "next_run_at", "due_shard") == left


@pytest.mark.parametrize(("counted", "left"), [(True, (1, 4)), (None, (2, 5))])
def test_a_run_that_has_its_place_gives_it_back(counted: bool | None, left: tuple[int, int]) -> None:
    owner = f"u-{uuid4().hex[:16]}"
    Usage(owner, runs=2, workers=5).save()
    outcomes.finish(a_run(a_job(owner=owner), counted=counted), SUCCESS)
    usage = Usage.get(owner, consistent_read=True)
    assert (usage.runs, usage.workers) == left


def of_a_backfill() -> tuple[Job, Run]:
    """A job two of whose past slots are run one after the other, and the first one's run."""
    first, job = SLOT - timedelta(days=2), a_job()
    run = a_run(job, backfill="b-1", slot=first)
    going = Backfill(
        "b-1", "daily", "UTC", SLOT, first, SLOT, Order.OLDEST, Which.ALL, 1, 2, "ada", (run.id,), reached=first
    )
    job.update([Job.backfill.set(going.as_json())])
    return job, run


def test_the_next_past_slot_begins_with_the_end_of_the_one_before() -> None:
    job, run = of_a_backfill()
    won, second = outcomes.finish(run, SUCCESS)
    assert won
    assert second is not None
    assert attributes(stored(second), "status", "slot", "backfill") == ("QUEUED", SLOT - timedelta(days=1), "b-1")
    after = stored_job(job)
    assert (after.backfill["runs"], after.backfill_step) == ([second.id], 1)
    assert outcomes.finish(second, SUCCESS) == (True, None)
    assert attributes(stored_job(job), "backfill", "backfill_step") == (None, 2)


def test_of_a_backfill_that_is_stopped_just_before_no_further_slot_begins() -> None:
    job, run = of_a_backfill()
    stop = [Job.backfill.remove(), Job.backfill_step.add(1)]
    assert while_others_write(run, SUCCESS, lambda: Job(job.id).update(stop)) == (True, None)
    assert attributes(stored_job(job), "backfill", "backfill_step") == (None, 1)


Write = Callable[[], Any]


def while_others_write(run: Run, end: End, others: Write, times: int = 1) -> tuple[bool, Run | None]:
    """End a run; so many times somebody else writes just before it."""
    left = [times]

    def answer(call: Call, really: Really) -> Any:
        if call.operation == "TransactWriteItems" and left[0]:
            left[0] -= 1
            others()
        return really()

    with tapped(answer, this_thread=True):
        return outcomes.finish(run, end)


EARLIER = NOW - timedelta(minutes=5)


@pytest.mark.parametrize(
    ("fields", "change", "name", "expected"),
    [
        ({}, Job.failures_in_a_row.set(4), "failures_in_a_row", 5),
        ({}, Job.failures_in_a_row.remove(), "failures_in_a_row", 1),
        ({"failures_in_a_row": 2}, Job.failures_in_a_row.set(0), "failures_in_a_row", 1),
        ({"failures_in_a_row": 2}, Job.failures_in_a_row.remove(), "failures_in_a_row", 1),
        ({}, Job.last_run.set("r-later"), "last_run_status", "RUNNING"),
        ({}, Job.last_run.remove(), "last_run_status", "RUNNING"),
        ({"pause_after": 1}, Job.expired_at.set(EARLIER), "is_enabled", True),
        ({"pause_after": 1, "expired_at": EARLIER}, Job.expired_at.remove(), "is_enabled", False),
        ({"pause_after": 1}, Job.next_run_at.set(EARLIER), "next_run_at", EARLIER),
        ({"pause_after": 1, "next_run_at": EARLIER}, Job.next_run_at.set(TOMORROW), "next_run_at", None),
        ({}, Job.next_run_at.set(TOMORROW), "next_run_at", TOMORROW),
    ],
)
def test_what_others_change_just_before_is_heeded(
    fields: dict[str, Any], change: Any, name: str, expected: Any
) -> None:
    job = a_job(**fields)
    run = a_run(job)
    assert while_others_write(run, FAILURE, lambda: Job(job.id).update([change])) == (True, None)
    assert getattr(stored_job(job), name) == expected
    assert stored(run).failures_in_a_row == stored_job(job).failures_in_a_row


@pytest.mark.parametrize(
    ("fields", "change", "alerts"),
    [
        ({}, Job.broken_slot.set(SLOT), ["came-late"]),
        ({"broken_slot": SLOT}, Job.description.set("Other words."), ["came-late"]),
        ({"broken_slot": SLOT}, Job.broken_slot.remove(), []),
        ({"broken_slot": SLOT}, Job.broken_slot.set(TOMORROW), []),
    ],
)
def test_a_broken_promise_that_is_noted_just_before_is_heeded(
    fields: dict[str, Any], change: Any, alerts: list[str]
) -> None:
    job = a_job(**fields)
    run = a_run(job, slot=SLOT)
    while_others_write(run, SUCCESS, lambda: Job(job.id).update([change]))
    assert stored(run).alerts == alerts
    assert stored_job(job).broken_slot in (None, TOMORROW)


@pytest.mark.parametrize("change", [Job.next_run_at.set(TOMORROW), Job.backfill_step.add(1)], ids=["slot", "backfill"])
def test_what_is_no_matter_of_this_run_is_no_reason_to_decide_again(change: Any) -> None:
    job = a_job()
    run = a_run(job)
    writes: list[str] = []

    def others() -> None:
        writes.append("one")
        Job(job.id).update([change])

    while_others_write(run, FAILURE, others, times=2)
    assert writes == ["one"]


def test_a_cancellation_that_comes_just_before_counts() -> None:
    run = a_run(a_job())
    while_others_write(run, FAILURE, lambda: Run(run.id).update([Run.cancelled_by.set("ada")]))
    assert attributes(stored(run), "status", "status_reason") == (RunStatus.CANCELLED, "Cancelled by ada.")


def test_an_outcome_heeds_the_latest_of_what_dynamodb_may_still_answer_as_it_was() -> None:
    """Reads that are not said to be consistent may miss the last writes."""
    job = a_job()
    run = a_run(job)
    others = [lambda: Run(run.id).update([Run.cancelled_by.set("ada")])]

    def answer(call: Call, really: Really) -> Any:
        if call.operation == "TransactWriteItems" and others:
            others.pop()()
        if call.operation == "GetItem" and not call.params.get("ConsistentRead"):
            return before[str(call.params["Key"])]
        return really()

    before: dict[str, Any] = {}

    def look(call: Call, really: Really) -> Any:
        before[str(call.params["Key"])] = result = really()
        return result

    with tapped(look, this_thread=True):
        stored(run)
        stored_job(job)
    with tapped(answer, this_thread=True):
        outcomes.finish(run, FAILURE)
    assert attributes(run, "status", "status_reason") == (RunStatus.CANCELLED, "Cancelled by ada.")


def test_a_job_that_is_deleted_just_before_stays_deleted() -> None:
    job = a_job()
    run = a_run(job)
    while_others_write(run, FAILURE, lambda: Job(job.id).delete())
    assert stored(run).status == RunStatus.FAILED
    assert find(Job, job.id) is None


def test_after_ten_writes_of_others_the_machine_must_come_again() -> None:
    job = a_job()
    run = a_run(job)

    def others() -> None:
        Job(job.id).update([Job.failures_in_a_row.add(1)])

    with pytest.raises(Unavailable, match="Others keep changing this run's records"):
        while_others_write(run, FAILURE, others, times=10)
    assert stored(run).status == "RUNNING"
    assert while_others_write(run, FAILURE, others, times=9) == (True, None)
    assert stored_job(job).failures_in_a_row == 20


def test_what_dynamodb_fails_with_is_not_tried_again_here() -> None:
    run, calls = a_run(a_job()), []

    def answer(call: Call, really: Really) -> Any:
        if call.operation != "TransactWriteItems":
            return really()
        calls.append(call)
        raise ClientError({"Error": {"Code": "ValidationException", "Message": "no"}}, call.operation)

    with pytest.raises(TransactWriteError), tapped(answer, this_thread=True):
        outcomes.finish(run, FAILURE)
    assert len(calls) == 1
    assert stored(run).status == "RUNNING"


def test_the_log_has_what_became_of_the_run(caplog: pytest.LogCaptureFixture) -> None:
    run = a_run(a_job())
    with caplog.at_level(logging.INFO):
        outcomes.finish(run, FAILURE)
    said = [record for record in caplog.records if record.getMessage() == "run_moved"]
    assert [(line.__dict__["run"], line.__dict__["status"]) for line in said] == [(run.id, RunStatus.FAILED)]
