"""What becomes of a job's slots. Pure decisions of (record, now): nothing here reads a clock or calls AWS.

Every slot gets exactly one decision, in order: a run, a place in the queue, or a skip with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from chalicelib.core.limits import LIMITS
from chalicelib.core.text import plural, utc, wall_clock_with_zone
from chalicelib.schedules import concurrency
from chalicelib.schedules.job import ScheduledJob
from chalicelib.schedules.policies import Misfire, Overlap
from chalicelib.schedules.schedule import Schedule

MISSED = timedelta(minutes=10)
"""A slot that nothing has become of for so long was missed, and its job's owner is told."""
MAX_DECISIONS = 90
"""How many slots one plan decides at the most: each is a record, and DynamoDB writes a hundred in one transaction."""

Action = Literal["run", "queue", "skip", "expire", "wait"]


@dataclass(frozen=True)
class SlotDecision:
    """What becomes of a due slot, and why in words. `wait` leaves the slot undecided until a run is over. `after` is the run whose
    end it is, for a job that starts after another one; `overlaps` marks a skip for no other reason than runs that are going."""

    action: Action
    slot: datetime
    reason: str
    after: str = ""
    overlaps: bool = False


@dataclass(frozen=True)
class Plan:
    """Decisions about due slots in their order, of which only the last may be something else than a skip, and when
    dispatch looks at the job next: not later than now when more slots are due."""

    decisions: tuple[SlotDecision, ...]
    next_look: datetime | None


def plan(job: ScheduledJob, now: datetime, frozen: str = "") -> Plan:
    """What to do about the slots from the one on at which the job stands; that one is due.

    `frozen` is why nothing may be started on the whole site, or "".
    """
    slot = job.next_run_at
    if slot is None:
        raise ValueError(f"job {job.id} has no slot")
    decisions: list[SlotDecision] = []
    while len(decisions) < MAX_DECISIONS:
        decision = decide_slot(job, slot, now, frozen)
        if decision.action == "wait":
            return Plan(tuple(decisions), slot)
        decisions.append(decision)
        next_slot = None if decision.action == "expire" else next_look(job, slot)
        if decision.action != "skip" or next_slot is None or next_slot > now:
            return Plan(tuple(decisions), next_slot if job.is_enabled else None)
        slot = next_slot
    return Plan(tuple(decisions), slot)


def decide_slot(job: ScheduledJob, slot: datetime, now: datetime, frozen: str = "") -> SlotDecision:
    """What to do about one slot, which is due."""
    if job.end_date and slot >= job.end_date:
        return SlotDecision("expire", slot, f"Its end date {utc(job.end_date)} has passed.")
    return decide(job, slot, job.timing.next_slot(slot), now, frozen)


def decide(job: ScheduledJob, slot: datetime, later: datetime | None, now: datetime, frozen: str = "") -> SlotDecision:
    """What to do about a due slot before the job's end; `later` is the one after it, if any."""
    if reason := _skip_reason(job, slot, later, now, frozen):
        return SlotDecision("skip", slot, reason)
    if not job.active_run:
        return SlotDecision("run", slot, "It was due.")
    return _decide_while_running(job, slot, now)


def _skip_reason(job: ScheduledJob, slot: datetime, later: datetime | None, now: datetime, frozen: str) -> str:
    """Why a slot is skipped, whether or not a run of the job is going; "" when it is not."""
    if frozen:
        return frozen
    if not job.is_enabled:
        return "The job was paused before this run was started."
    if job.snoozed_until and slot < job.snoozed_until:
        return f"The job was snoozed until {wall_clock_with_zone(job.snoozed_until, job.timezone)}."
    due = wall_clock_with_zone(slot, job.timezone)
    if now - slot > timedelta(hours=int(job.lateness_limit)):
        limit = plural(int(job.lateness_limit), "hour")
        return f"Too late: it was due on {due} and could not be started within {limit}."
    overtaken = bool(later and later <= now)
    if later and overtaken and job.misfire == Misfire.LATEST:
        return f"It was missed, and the run of {wall_clock_with_zone(later, job.timezone)} was already due."
    if job.misfire == Misfire.SKIP and (overtaken or is_missed(slot, now)):
        return f"It was missed: it was due on {due} but not started by {wall_clock_with_zone(now, job.timezone)}."
    return ""


def _decide_while_running(job: ScheduledJob, slot: datetime, now: datetime) -> SlotDecision:
    """What to do about a slot while a run of the job is going. Missed ones that are all made up for wait their turn."""
    if concurrency.may_run_concurrently(job):
        return SlotDecision("run", slot, "It was due.")
    if job.misfire == Misfire.ALL and is_missed(slot, now):
        return SlotDecision("wait", slot, "A missed run waits until the previous run ends.")
    if job.overlap == Overlap.ALLOW:
        return _overlapping(slot, f"{LIMITS.concurrent_runs} runs of the job were already running.")
    if concurrency.may_wait(job):
        return SlotDecision("queue", slot, concurrency.queue_reason(job))
    if job.overlap == Overlap.QUEUE:
        return _overlapping(slot, f"{LIMITS.queued_runs} runs of the job were already waiting.")
    return _overlapping(slot, "The previous run was still running.")


def _overlapping(slot: datetime, reason: str) -> SlotDecision:
    return SlotDecision("skip", slot, reason, overlaps=True)


def late_since(job: ScheduledJob, plan: Plan, now: datetime, frozen: str = "") -> datetime | None:
    """The first slot that was missed against its owner's will, until one is served in time again; None when all is well.

    It names the incident: however many slots an outage costs, the owner is told once.
    """
    if frozen or not job.is_enabled:
        return None
    missed = [
        decision.slot for decision in plan.decisions if decision.action != "expire" and is_missed(decision.slot, now)
    ]
    awake = [slot for slot in missed if not (job.snoozed_until and slot < job.snoozed_until)]
    return (job.late_since or awake[0]) if awake else None


def is_missed(slot: datetime, now: datetime) -> bool:
    """Whether nothing has become of a slot for minutes."""
    return now - slot > MISSED


def is_awaited(job: ScheduledJob, now: datetime) -> bool:
    """Whether dispatch looks at the job next for a slot that is to come, and will run or queue it as things are."""
    slot = job.next_run_at
    if slot is None or slot <= now or (job.end_date and slot >= job.end_date):
        return False
    return job.is_enabled and not (job.snoozed_until and slot < job.snoozed_until)


def next_look(job: ScheduledJob, after: datetime) -> datetime | None:
    """When dispatch looks at the job next after a moment: at its next slot, or else at its end date."""
    return job.timing.next_slot(after) or job.end_date


def first_look(job: ScheduledJob, now: datetime) -> datetime | None:
    """When dispatch looks at a new or changed job first: slots that passed before are not made up for."""
    return next_look(job, before_first(job.timing, now))


def before_first(timing: Schedule, now: datetime) -> datetime:
    """The moment after which a new or changed schedule has its first slot: now, or just before a start that is to come."""
    return now if timing.start < now else timing.start - timedelta(microseconds=1)


def slot_id(job: ScheduledJob, slot: datetime) -> str:
    """The id of the run of a slot: made of job and slot, so a slot cannot have two."""
    return f"r-{job.id.removeprefix('j-')}-{slot:%Y%m%dT%H%M%SZ}"
