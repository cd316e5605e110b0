"""A week of 200 jobs with random faults and outages, against an oracle that knows only the documentation.

Dispatch, records, mails and the sweep are atmo's on the embedded cloud; the run's machine is the production ASL, and it and EMR
go by a timeline (machine.py, emr.py). Minutes in which nothing is due are passed over, and the sweep comes while something
is live. The week has a change of the clocks in Europe. The suite makes do with 40 jobs and the same week each time; with
ATMO_LONG=1 (make test-long) all 200 live, another week each time. Its seed is printed, and ATMO_SEED repeats it.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chalicelib.core import clock
from chalicelib.dispatch import service as dispatch
from chalicelib.jobs.models import DUE_SHARDS, Job
from chalicelib.mail.models import Mail
from chalicelib.runs.models import Run
from localaws.cloud import LocalCloud
from localaws.emr import EmrError
from tests.simulated.emr import Notebook
from tests.simulated.life import LONG, Life
from tests.support.calls import FAULTS, MACHINE, OF_CALLS, Place
from tests.support.http import Api

BEGINS = datetime(2027, 3, 24, tzinfo=UTC)
"""A Wednesday. On Sunday the clocks go forward in Berlin."""
ENDS = BEGINS + timedelta(days=7)
JOBS, OF_A_CALL = (200 if LONG else 40), 0.004
"""How many jobs, and how probable it is that a call fails."""
EVERY = {"six hours": max(1, JOBS // 60), "day": JOBS // 20, "workday": JOBS // 12}
"""The jobs below these numbers run more often than once a week."""
ZONES = ("UTC", "Europe/Berlin", "Asia/Kolkata", "America/New_York")
MISSED = timedelta(minutes=10)
OWNER = "weekly@example.org"


@dataclass(frozen=True)
class Plan:
    """A job as its owner asked for it: every day, on workdays, once a week or every six hours, at this wall time."""

    every: str
    weekday: int
    hour: int
    zone: str
    misfire: str
    lateness_limit: int
    overlap: str
    retries: int

    @property
    def rule(self) -> str:
        return {
            "day": f"0 {self.hour} * * *",
            "workday": f"0 {self.hour} * * 1-5",
            "week": f"0 {self.hour} * * {(self.weekday + 1) % 7}",
            "six hours": "0 */6 * * *",
        }[self.every]

    def slots(self) -> list[datetime]:
        """Every slot of the week, by the calendar on the wall."""
        first = BEGINS.date() - timedelta(days=1)
        hours = (0, 6, 12, 18) if self.every == "six hours" else (self.hour,)
        slots = []
        for day in (first + timedelta(days=number) for number in range(10)):
            if {"week": day.weekday() == self.weekday, "workday": day.weekday() < 5}.get(self.every, True):
                walls = [datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(self.zone)) for hour in hours]
                slots += [wall.astimezone(UTC) for wall in walls]
        return [slot for slot in slots if BEGINS + timedelta(hours=1) <= slot < ENDS]


@dataclass(frozen=True)
class Outage:
    """What does not work, from when to when: `ours` (dispatch and sweep), `emr`, `ses` or `events`."""

    of: str
    start: datetime
    end: datetime


class Chance:
    """Everything random, by one seed; what a notebook does depends on the seed and its attempt alone."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.dice = random.Random(seed)

    def plan(self, number: int) -> Plan:
        dice = self.dice
        zone = dice.choice(ZONES)
        offset = BEGINS.astimezone(ZoneInfo(zone)).utcoffset() or timedelta(0)
        hour = (dice.choice((5, 6, 17)) + int(offset.total_seconds() // 3600)) % 24
        every = next((every for every, below in EVERY.items() if number < below), "week")
        misfire = dice.choice(("latest", "all", "skip"))
        limit = 168 if misfire == "all" else dice.choice((3, 12, 48))
        overlap = dice.choice(("skip", "queue", "allow"))
        retries = 0 if every == "six hours" else dice.choice((0, 0, 1, 2))
        return Plan(every, dice.randrange(7), hour, zone, misfire, limit, overlap, retries)

    def outages(self) -> Iterator[Outage]:
        """Ours end at a quarter past, so that no slot is just in time or just too late."""
        for day, hours in enumerate(self.dice.sample((1, 2, 3, 14, 5, 8), 3)):
            start = BEGINS + timedelta(days=day * 2, hours=self.dice.choice((4, 5, 16)), minutes=40)
            yield Outage("ours", start, start + timedelta(hours=hours, minutes=-25))
        for of, minutes in (("emr", 15), ("ses", 240), ("events", 180)) * 2:
            start = BEGINS + timedelta(days=self.dice.randrange(7), hours=self.dice.choice((5, 6, 17)))
            yield Outage(of, start, start + timedelta(minutes=minutes))

    def notebook(self, run_id: str) -> Notebook:
        dice = random.Random(f"{self.seed} {run_id}")
        drawn = dice.random()
        if drawn < 0.03:
            return Notebook(10_000)
        return Notebook(dice.randrange(3, 12), "FAILED" if drawn < 0.3 else "COMPLETED")


class Week(Life):
    """A life of many jobs, whose calls fail by chance and during outages."""

    def __init__(self, cloud: LocalCloud, chance: Chance) -> None:
        self.names: dict[str, str] = {}
        super().__init__(cloud, lambda record: chance.notebook(self.known(record)))
        self.chance, self.outages = chance, list(chance.outages())
        self.timeline.now = BEGINS
        self.faults: Counter[str] = Counter()

    def known(self, run_id: str) -> str:
        """The run's id with its job's number in place of the job's id, which is another one each time."""
        _, job, rest = run_id.split("-", 2)
        return f"{self.names[job]} {rest}"

    def is_over(self) -> bool:
        """Nor is there a run whose machine is still to be started, by the sweep."""
        return super().is_over() and not any(Run.by_live.query("yes", limit=1))

    def is_out(self, what: str) -> bool:
        return any(outage.of == what and outage.start <= self.timeline.now < outage.end for outage in self.outages)

    def _answer(self, who: str, operation: str, really: Any) -> Any:
        if self.is_out("emr") and operation == "RunJobFlow":
            raise EmrError("ThrottlingException", "Rate exceeded")
        place = Place("", who, operation, 0)
        if self.is_out("ses") and operation == "SendEmail":
            return FAULTS["throttled"](place, really)
        if self.chance.dice.random() > OF_A_CALL:
            return really()
        # Whether a mail whose answer was lost was sent, nobody can know.
        safe = list(FAULTS)[:2] if operation == "SendEmail" else list(OF_CALLS) if who == MACHINE else list(FAULTS)
        fault = self.chance.dice.choice(safe)
        self.faults[fault] += 1
        return FAULTS[fault](place, really)

    def _event(self, event: Any) -> None:
        if not self.is_out("events"):
            super()._event(event)

    def live(self) -> None:
        """From minute to minute in which there is something to do."""
        swept = self.timeline.now
        while self.timeline.now < ENDS + timedelta(hours=12):
            self.timeline.run(self.next_minute())
            if self.is_out("ours"):
                continue
            if self.timeline.now + dispatch.LOOK_AHEAD < ENDS:
                self.dispatch()
            if self.timeline.now - swept >= timedelta(minutes=20):
                self.sweep()
                swept = self.timeline.now
            if self.timeline.now >= ENDS and self.is_over():
                break

    def next_minute(self) -> datetime:
        due = [job.next_run_at for shard in DUE_SHARDS for job in Job.by_due.query(shard, limit=1)]
        due += [moment - timedelta(minutes=1) for moment in due if moment - timedelta(minutes=1) > self.timeline.now]
        ticks = [moment for moment in due if moment and moment < ENDS]
        if not self.is_over():
            ticks.append(self.timeline.now + timedelta(minutes=20))
        moment = max(min(ticks, default=ENDS), self.timeline.now + timedelta(minutes=1))
        return moment.replace(second=0, microsecond=0) + timedelta(minutes=bool(moment.second or moment.microsecond))


class OneByOne:
    """Dispatch serves jobs side by side; here in an order that repeats."""

    def __init__(self, _threads: int, **_initializer: object) -> None:
        self.map = map

    def __enter__(self) -> OneByOne:
        return self

    def __exit__(self, *_: object) -> None:
        return None


def is_bad(statuses: tuple[str, ...]) -> bool:
    """Whether the owner must hear of a slot whose attempts ended so."""
    return statuses[-1] in ("FAILED", "TIMED_OUT")


def expected(plan: Plan, number: int, week: Week) -> dict[datetime, tuple[str, ...]]:
    """The oracle: the statuses of each slot's attempts.

    Each slot is served at the first minute in which dispatch works, by the job's policies.
    """
    slots, ours = plan.slots(), [outage for outage in week.outages if outage.of == "ours"]
    changes: dict[datetime, tuple[str, ...]] = {}
    for slot, next_slot in zip(slots, [*slots[1:], None], strict=True):
        served = next((outage.end for outage in ours if outage.start <= slot < outage.end), slot)
        overtaken = next_slot is not None and next_slot <= served
        too_late = served - slot > timedelta(hours=plan.lateness_limit)
        missed = overtaken or served - slot > MISSED
        if too_late or (plan.misfire == "latest" and overtaken) or (plan.misfire == "skip" and missed):
            changes[slot] = ("SKIPPED",)
        else:
            changes[slot] = tuple(attempts(plan, number, slot, week))
    return changes


def attempts(plan: Plan, number: int, slot: datetime, week: Week) -> Iterator[str]:
    for attempt in range(1, plan.retries + 2):
        name = f"{number} {slot:%Y%m%dT%H%M%SZ}" + (f"-{attempt}" if attempt > 1 else "")
        notebook = week.chance.notebook(name)
        status = "TIMED_OUT" if notebook.minutes > 60 else {"COMPLETED": "SUCCEEDED"}.get(notebook.state, "FAILED")
        yield status
        if status != "FAILED":
            return


@pytest.fixture
def api(cloud: LocalCloud) -> Api:
    from chalicelib.identity import tokens, users
    from chalicelib.identity.person import Person

    now = clock.now()
    users.remember(Person("weekly", OWNER, frozenset()), now)
    secret = tokens.new_secret()
    tokens.issue("weekly", "test", now + timedelta(days=3650), now, "write", secret)
    return Api(cloud.portal_url, secret)


def test_a_week(cloud: LocalCloud, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    seed = int(os.environ.get("ATMO_SEED", random.SystemRandom().randrange(1, 10**6) if LONG else 7))
    print(f"ATMO_SEED={seed}")
    monkeypatch.setattr(dispatch, "ThreadPoolExecutor", OneByOne)
    week = Week(cloud, Chance(seed))
    plans = {schedule(api, number, plan, week): (number, plan) for number, plan in all_plans(week.chance)}
    with week.lived():
        week.live()
    wrong: list[str] = []
    bad: set[str] = set()
    statuses: Counter[str] = Counter()
    for job_id, (number, plan) in plans.items():
        seen = seen_of(job_id)
        oracle = expected(plan, number, week)
        statuses.update(status for attempts_of in seen.values() for status in attempts_of)
        bad |= {f"run-failed#r-{job_id[2:]}-{slot:%Y%m%dT%H%M%SZ}" for slot, end in oracle.items() if is_bad(end)}
        unlike = [slot for slot in sorted(oracle.keys() | seen.keys()) if seen.get(slot) != oracle.get(slot)]
        wrong += [f"{number} {plan} {slot}: {seen.get(slot)}, not {oracle.get(slot)}" for slot in unlike]
        job = Job.get(job_id)
        wrong += [f"{number} {plan}: {run} is still on it" for run in (job.active_run, job.further_runs) if run]
    mails = [mail for mail in Mail.scan() if mail.to == OWNER]
    print(f"{JOBS} jobs, {statuses.total()} runs {dict(statuses)}, {len(bad)} failed incidents, {len(mails)} mails")
    print(
        f"{week.faults.total()} faults {dict(week.faults)}, {[f'{out.of} {out.end - out.start}' for out in week.outages]}"
    )
    assert wrong == []
    assert {mail.id for mail in mails if mail.id.startswith("run-failed#")} == bad
    assert all(mail.sent_at and not mail.pending for mail in mails)
    assert len(cloud.mails.to(OWNER)) == len(mails)
    assert not list(Run.by_live.query("yes"))
    assert not week.machine.running
    assert not week.emr.alive()


def seen_of(job_id: str) -> dict[datetime, tuple[str, ...]]:
    """The statuses of each slot's attempts."""
    seen: dict[datetime, tuple[str, ...]] = {}
    for run in sorted(Run.by_job.query(job_id), key=lambda run: (run.scheduled_at, run.attempt)):
        seen[run.scheduled_at] = (*seen.get(run.scheduled_at, ()), run.status)
    return seen


def all_plans(chance: Chance) -> Iterator[tuple[int, Plan]]:
    for number in range(JOBS):
        yield number, chance.plan(number)


def schedule(api: Api, number: int, plan: Plan, week: Week) -> str:
    """Through the front door; returns the job's id."""
    body = {"misfire": plan.misfire, "lateness_limit": plan.lateness_limit, "overlap": plan.overlap}
    body |= {"retries": plan.retries, "retry_delay": 5, "pause_after": 0, "job_timeout": 1, "timezone": plan.zone}
    start = clock.text(BEGINS + timedelta(hours=1))
    job = api.schedule(f"job-{number}", schedule=plan.rule, start_date=start, **body)
    week.names[job["id"].removeprefix("j-")] = str(number)
    return str(job["id"])
