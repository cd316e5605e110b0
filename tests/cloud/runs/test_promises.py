"""Promised results through the front door: one alert for a slot whatever has kept it, and one when its result is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.core import clock
from chalicelib.dispatch import service as dispatch
from chalicelib.jobflows.reconciliation.findings import Report
from chalicelib.jobs.models import Job
from chalicelib.runs import conclusion, factory, lateness, long_runs, promise_watch, webhooks
from chalicelib.runs.models import FINAL, Run, RunStatus, Trigger
from chalicelib.schedules import slots
from localaws.cloud import LocalCloud
from tests.cloud.runs.test_alerts import FAILING
from tests.support.at_once import at_once
from tests.support.http import TINY, Api, reaches, until
from tests.support.mailbox import mails_about, subject_of
from tests.support.sweeps import sweep
from tests.support.visitor import Visitor
from tests.support.webhook_receiver import Receiver, receiver

ZONE = "Asia/Kolkata"
WITHIN = timedelta(minutes=30)
OVER = tuple(sorted(FINAL))
numbers = count(1)


@pytest.fixture(scope="module")
def hook() -> Iterator[Receiver]:
    with receiver() as listening:
        yield listening


def promising(api: Api, **changes: Any) -> tuple[Job, datetime]:
    """A job that promises the result of its slot in a few minutes half an hour later; and the slot."""
    slot = (clock.now() + timedelta(minutes=5)).replace(second=0, microsecond=0)
    usual = {"start_date": clock.text(slot), "timezone": ZONE, "promised_by": time_of_day(slot + WITHIN)}
    made = api.schedule(f"promise-{uuid4().hex[:8]}", **usual | changes)
    return record(made["id"]), slot


def time_of_day(moment: datetime) -> str:
    return (moment + timedelta(hours=5, minutes=30)).strftime("%H:%M")


def record(job_id: str) -> Job:
    return Job.get(job_id, consistent_read=True)


def subjects(cloud: LocalCloud, job: Job) -> list[str]:
    return [subject_of(mail).removeprefix(f"{job.identifier} ") for mail in mails_about(cloud, job.identifier)]


def events(api: Api, job: Job) -> list[str]:
    """The events for the job's webhook, the first one first."""
    return [item["event"] for item in reversed(api("GET", f"/jobs/{job.id}/deliveries").body["items"])]


def a_run(job: Job, slot: datetime | None, trigger: Trigger, status: str, **fields: Any) -> Run:
    """A run of the job which no state machine looks after."""
    run_id = (
        slots.slot_id(job, slot) if slot and trigger == Trigger.SCHEDULE else f"r-{next(numbers)}x{uuid4().hex[:8]}"
    )
    run = factory.of_job(job, run_id, trigger, slot or clock.now(), clock.now())
    run.slot, run.live, run.status, run.status_reason = slot, None, status, "For a reason."
    for name, value in fields.items():
        setattr(run, name, value)
    run.save()
    Job(job.id).update([Job.active_run.set(run.id) if status not in FINAL else Job.active_run.remove()])
    return run


def succeeds(job: Job, slot: datetime | None, trigger: Trigger) -> None:
    run = a_run(record(job.id), slot, trigger, "RUNNING", started_at=clock.now())
    for _ in range(2):
        conclusion.finish(run, "SUCCEEDED", "", clock.now())


@pytest.mark.parametrize("status", [None, *sorted(RunStatus)])
def test_one_alert_for_a_slot_whatever_became_of_its_run_and_one_when_it_is_there(
    cloud: LocalCloud, somebody: Api, hook: Receiver, status: str | None
) -> None:
    job, slot = promising(somebody, webhook_url=hook.url)
    run = a_run(job, slot, Trigger.SCHEDULE, status) if status else None
    if run:
        Job(job.id).update([Job.next_run_at.set(slot + timedelta(days=1))])
    promise_watch.look(job.id, slot + WITHIN - timedelta(seconds=1))
    assert (subjects(cloud, job), record(job.id).next_promise_at) == ([], slot + WITHIN)
    at_once(lambda _: promise_watch.look(job.id, slot + WITHIN), 3)
    promise_watch.look(job.id, slot + WITHIN)
    assert record(job.id).next_promise_at == slot + WITHIN + timedelta(days=1)
    if status == RunStatus.SUCCEEDED:
        assert subjects(cloud, job) == events(somebody, job) == []
        assert not record(job.id).broken_slot
        return
    assert subjects(cloud, job) == ["is later than promised"]
    assert events(somebody, job) == ["promise.broken"]
    assert record(job.id).broken_slot == slot
    (mail,) = mails_about(cloud, job.identifier)
    assert lateness.known(run, ZONE) in str(vars(mail))
    cloud.clock.advance(seconds=(slot + WITHIN - clock.now()).total_seconds())
    webhooks.flush(clock.now())
    body = next(body for body in map(hook.body, range(len(hook.received))) if body["job"]["id"] == job.id)
    assert (body["slot"], body["promised_at"]) == (clock.text(slot), clock.text(slot + WITHIN))
    assert (body["reason"], body["run"] and body["run"]["id"]) == (lateness.known(run, ZONE), run and run.id)
    succeeds(job, None, Trigger.MANUAL)
    assert record(job.id).broken_slot == slot
    succeeds(job, slot, Trigger.REPAIR)
    succeeds(job, slot, Trigger.REPAIR)
    assert subjects(cloud, job) == ["is later than promised", f"The result of {job.identifier} is there now"]
    assert events(somebody, job) == ["promise.broken", "promise.kept_late"]
    assert record(job.id).broken_slot is None


def test_a_failure_is_told_as_it_happens_and_again_when_its_result_was_promised(
    cloud: LocalCloud, somebody: Api, signed_in: Callable[..., Visitor]
) -> None:
    job, slot = promising(somebody, notebook=FAILING)
    cloud.clock.advance(seconds=(slot - clock.now()).total_seconds())
    dispatch.dispatch(clock.now())
    failed = until(lambda: somebody("GET", f"/jobs/{job.id}/runs").body["items"])[0]
    failed = reaches(somebody, f"/runs/{failed['id']}", *OVER, seconds=90)
    assert (failed["status"], failed["promised_at"]) == ("FAILED", clock.text(slot + WITHIN))
    until(lambda: subjects(cloud, job) == ["failed"])
    cloud.clock.advance(seconds=(slot + WITHIN - clock.now()).total_seconds())
    sweep(cloud)
    sweep(cloud)
    assert subjects(cloud, job) == ["failed", "is later than promised"]
    assert somebody("GET", f"/jobs/{job.id}").body["broken_slot"] == clock.text(slot)
    owner = signed_in(job.owner)
    assert "Later than promised" in owner.get(f"/jobs/{job.id}").text
    good = {"name": "good.ipynb", "content": TINY}
    assert somebody("PATCH", f"/jobs/{job.id}", {"notebook": good}).status == 200
    by_hand = somebody("POST", f"/jobs/{job.id}/run", {}).body
    assert reaches(somebody, f"/runs/{by_hand['id']}", *OVER, seconds=90)["status"] == "SUCCEEDED"
    assert somebody("GET", f"/jobs/{job.id}").body["broken_slot"] == clock.text(slot)
    again = somebody("POST", f"/runs/{failed['id']}/repair", {}).body
    assert reaches(somebody, f"/runs/{again['id']}", *OVER, seconds=90)["status"] == "SUCCEEDED"
    until(lambda: f"The result of {job.identifier} is there now" in subjects(cloud, job))
    assert len([subject for subject in subjects(cloud, job) if "is there now" in subject]) == 1
    assert somebody("GET", f"/jobs/{job.id}").body["broken_slot"] is None
    assert "Later than promised" not in owner.get(f"/jobs/{job.id}").text
    marks = [
        owner.get(path).html.count(">late</span>") for path in (f"/jobs/{job.id}?tab=runs", f"/runs/{again['id']}")
    ]
    assert marks[0] >= marks[1] == 1


def test_a_promise_that_is_kept_ends_what_was_broken_before(cloud: LocalCloud, somebody: Api) -> None:
    job, slot = promising(somebody)
    a_run(job, slot, Trigger.SCHEDULE, "FAILED")
    promise_watch.look(job.id, slot + WITHIN)
    assert record(job.id).broken_slot == slot
    day = timedelta(days=1)
    a_run(job, slot + day, Trigger.SCHEDULE, "SUCCEEDED")
    promise_watch.look(job.id, slot + WITHIN + day)
    assert record(job.id).broken_slot is None
    assert subjects(cloud, job) == ["is later than promised"]


def test_who_pauses_or_snoozes_a_job_is_not_told_that_it_did_not_run(cloud: LocalCloud, somebody: Api) -> None:
    job, slot = promising(somebody)
    snoozed, _ = promising(somebody)
    somebody("POST", f"/jobs/{job.id}/pause")
    somebody("POST", f"/jobs/{snoozed.id}/snooze", {"until": clock.text(slot + timedelta(hours=3))})
    for each in (job, snoozed):
        promise_watch.look(each.id, slot + WITHIN + timedelta(minutes=5))
        assert subjects(cloud, each) == []
        assert not record(each.id).broken_slot
        assert record(each.id).next_promise_at > slot + timedelta(hours=23)


def test_a_job_that_starts_after_another_promises_by_the_slots_of_that(cloud: LocalCloud, somebody: Api) -> None:
    first, slot = promising(somebody)
    changes = {"schedule": "after", "after": first.identifier, "start_date": clock.text(clock.now())}
    job, _ = promising(somebody, promised_by=time_of_day(slot + WITHIN), **changes)
    a_run(first, slot, Trigger.SCHEDULE, "FAILED")
    Job(first.id).update([Job.next_run_at.set(slot + timedelta(days=1)), Job.last_run_status.set("FAILED")])
    promise_watch.look(job.id, slot + WITHIN)
    (mail,) = mails_about(cloud, job.identifier)
    assert f"it starts after {first.identifier}, whose last run failed" in str(vars(mail))
    run = a_run(record(job.id), None, Trigger.AFTER, "RUNNING", after_slot=slot)
    conclusion.finish(run, "SUCCEEDED", "", clock.now())
    assert subjects(cloud, job)[1:] == [f"The result of {job.identifier} is there now"]
    Job(first.id).update([Job.next_run_at.set(slot + timedelta(days=2))])
    promise_watch.look(job.id, slot + WITHIN + timedelta(days=1))
    assert len(subjects(cloud, job)) == 2, "its first job has no run of that day, nor is one due"


def test_the_alert_says_when_to_expect_it(cloud: LocalCloud, somebody: Api) -> None:
    job, slot = promising(somebody)
    for day, minutes in enumerate((10, 20, 60), 1):
        begun = clock.now() - timedelta(days=day)
        ended = begun + timedelta(minutes=minutes)
        a_run(job, begun, Trigger.SCHEDULE, "SUCCEEDED", started_at=begun, finished_at=ended, created_at=begun)
    started = slot + WITHIN - timedelta(minutes=5)
    a_run(job, slot, Trigger.SCHEDULE, "RUNNING", started_at=started)
    promise_watch.look(job.id, slot + WITHIN)
    (mail,) = mails_about(cloud, job.identifier)
    expected = f"{started + timedelta(hours=5, minutes=50):%H:%M} ({ZONE})"
    assert f"{expected}, if it takes as long as usual (20 min" in str(vars(mail))


def test_a_promise_is_edited_like_every_field(somebody: Api) -> None:
    job, slot = promising(somebody)
    path = f"/jobs/{job.id}"
    assert somebody("GET", path).body["promised_by"] == time_of_day(slot + WITHIN)
    assert somebody("PATCH", path, {"description": "Other words."}).status == 200
    assert record(job.id).next_promise_at == slot + WITHIN
    later = slot + 2 * WITHIN
    assert somebody("PATCH", path, {"promised_by": time_of_day(later)}).body["promised_by"] == time_of_day(later)
    assert record(job.id).next_promise_at == later
    refused = somebody("PATCH", path, {"promised_by": "9 o'clock"})
    assert (refused.status, refused.body["errors"][0]["field"]) == (422, "promised_by")
    assert somebody("PATCH", path, {"timezone": "UTC"}).status == 200
    assert record(job.id).next_promise_at != later
    assert somebody("PATCH", path, {"promised_by": None}).body["promised_by"] is None
    after = record(job.id)
    assert [after.promising, after.next_promise_at] == [None, None]


def test_a_run_that_takes_unusually_long_is_told_once_while_it_goes_on(
    cloud: LocalCloud, somebody: Api, signed_in: Callable[..., Visitor], hook: Receiver
) -> None:
    job, _ = promising(somebody, webhook_url=hook.url)
    now = clock.now()
    for day in (1, 2, 3):
        begun = now - timedelta(days=day)
        ended = begun + timedelta(minutes=15)
        a_run(job, begun, Trigger.SCHEDULE, "SUCCEEDED", started_at=begun, finished_at=ended, created_at=begun)
    run = a_run(job, now, Trigger.SCHEDULE, "RUNNING", started_at=now)
    for minutes, mails in ((9, 0), (15, 0), (29, 0), (30, 1), (35, 1)):
        run.refresh(consistent_read=True)
        long_runs.watch([run], Report(), now + timedelta(minutes=minutes))
        assert len(subjects(cloud, job)) == mails, minutes
    assert subjects(cloud, job) == ["takes unusually long"]
    assert events(somebody, job) == ["run.unusually_long"]
    (mail,) = mails_about(cloud, job.identifier)
    assert "It has been running for 30 min" in str(vars(mail))
    cloud.clock.advance(minutes=31)
    assert "unusually long" in signed_in(job.owner).get(f"/jobs/{job.id}?tab=runs").text


def test_a_run_of_which_nothing_is_known_is_not_unusual(cloud: LocalCloud, somebody: Api) -> None:
    job, _ = promising(somebody)
    now = clock.now()
    run = a_run(job, now, Trigger.SCHEDULE, "RUNNING", started_at=now)
    for minutes in (11, 59, 61, 90):
        long_runs.watch([run], Report(), now + timedelta(minutes=minutes))
    assert (subjects(cloud, job), run.unusual_from) == ([], now + timedelta(hours=1))


def test_skipping_as_runs_overlap_is_told_once_a_day(cloud: LocalCloud, somebody: Api, hook: Receiver) -> None:
    job, _ = promising(somebody, schedule="*/10 * * * *", promised_by=None, webhook_url=hook.url, timezone="UTC")
    a_run(job, None, Trigger.MANUAL, "RUNNING", started_at=clock.now())
    for _ in range(2):
        dispatch.dispatch(record(job.id).next_run_at)
    skipped = [run["scheduled_at"] for run in somebody("GET", f"/jobs/{job.id}/runs").body["items"][:2]]
    days = {moment[:10] for moment in skipped}
    assert subjects(cloud, job) == ["skips runs"] * len(days)
    assert events(somebody, job) == ["job.skipping"] * len(days)
    assert "The previous run was still running." in str(vars(mails_about(cloud, job.identifier)[0]))
