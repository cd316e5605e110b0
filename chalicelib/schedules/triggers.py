"""Jobs that start after another one. Pure: nothing here reads a clock or calls AWS.

The end of a run of the job before is an arrival at each job that starts after it: noted in the transaction that ends the run, and
decided on like a slot of that moment.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.core import clock
from chalicelib.core.limits import LIMITS
from chalicelib.schedules import slots
from chalicelib.schedules.job import ScheduledJob
from chalicelib.schedules.policies import AfterOutcome
from chalicelib.schedules.schedule import AFTER
from chalicelib.schedules.slots import MAX_DECISIONS, Plan, SlotDecision

SUCCESS = "SUCCEEDED"
ENDS = frozenset({SUCCESS, "FAILED", "TIMED_OUT", "CANCELLED"})
"""The final statuses of a run that ran, or was to: a skipped slot is none."""


@dataclass(frozen=True, order=True)
class Arrival:
    """The end of a run: when, of which run, and of which slot ("" and None for none)."""

    ended_at: datetime
    run: str
    slot: datetime | None = None

    def as_text(self) -> str:
        """As it is stored."""
        return " ".join([clock.text(self.ended_at), self.run, *([clock.text(self.slot)] if self.slot else [])])


def arrivals(stored: Collection[str] | None) -> list[Arrival]:
    """What `Arrival.as_text` stored, the earliest first."""
    return [_arrival(text) for text in sorted(stored or ())]


def _arrival(text: str) -> Arrival:
    ended_at, run, *slot = text.split(" ")
    return Arrival(clock.parse(ended_at), run, clock.parse(slot[0]) if slot else None)


def counts(outcome: str, status: str) -> bool:
    """Whether a run that ended so is one after which a job with this `after_outcome` starts."""
    return status == SUCCESS or (outcome == AfterOutcome.END and status in ENDS)


def takes(job: ScheduledJob, ended_at: datetime) -> bool:
    """Whether the job takes an arrival at this moment: not when it is paused, nor before its start or after its end."""
    timing = job.timing
    is_over = timing.end is not None and ended_at >= timing.end
    return bool(job.schedule == AFTER and job.is_enabled and timing.start <= ended_at and not is_over)


def run_id(job_id: str, arrival: Arrival) -> str:
    """The id of the run that an arrival makes: of job, moment and the run that ended, so there cannot be two."""
    digest = hashlib.sha256(arrival.run.encode()).hexdigest()[:6]
    return f"r-{job_id.removeprefix('j-')}-{arrival.ended_at:%Y%m%dT%H%M%SZ}-{digest}"


def plan(job: ScheduledJob, waiting: Sequence[Arrival], now: datetime, frozen: str = "") -> Plan:
    """What to do about arrivals, in their order: each runs, is queued, or is skipped with its reason, by the rules of slots.

    One that was missed counts as overtaken by the next; others do not: each run that ends starts one.
    """
    decisions: list[SlotDecision] = []
    for place, arrival in enumerate(waiting):
        if len(decisions) == MAX_DECISIONS:
            return Plan(tuple(decisions), arrival.ended_at)
        next_end = waiting[place + 1].ended_at if place + 1 < len(waiting) else None
        later = next_end if slots.is_missed(arrival.ended_at, now) else None
        decision = slots.decide(job, arrival.ended_at, later, now, frozen)
        if decision.action == "wait":
            return Plan(tuple(decisions), arrival.ended_at)
        decisions.append(replace(decision, after=arrival.run))
        if decision.action != "skip" and next_end:
            return Plan(tuple(decisions), next_end)
    if not decisions and job.end_date and job.end_date <= now:
        return Plan((SlotDecision("expire", job.end_date, "Its end date has passed."),), None)
    return Plan(tuple(decisions), job.end_date if job.is_enabled else None)


def refusal(schedule: str, after: str | None) -> tuple[str, str] | None:
    """The field that is wrong, and why, unless a job has either a schedule of its own or a job that it starts after."""
    if schedule == AFTER and not after:
        return "after", "Name the job after which this one starts, or choose another schedule."
    if after and schedule != AFTER:
        return "schedule", f"A job that starts after {after} has no times of its own: choose “{AFTER}” as its schedule."
    return None


def chain_refusal(identifier: str, before: Sequence[str]) -> str:
    """Why a job may not start after these, of which each starts after the next, or ""."""
    if identifier in before:
        ring = [identifier, *before[: before.index(identifier) + 1]]
        return f"These jobs would wait for one another: {' → '.join(ring)}. Choose another job."
    if len(before) >= LIMITS.chain:
        return f"At most {LIMITS.chain} jobs can start one after the other."
    return ""
