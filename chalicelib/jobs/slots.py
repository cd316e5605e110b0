"""What becomes of a job's slots. Pure decisions of (record, now): nothing here reads a clock or calls AWS."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from chalicelib import clock
from chalicelib.jobs.models import Job


@dataclass(frozen=True)
class SlotDecision:
    """What becomes of a due slot, why in words, and when dispatch looks at the job again."""

    action: Literal["run", "skip", "expire"]
    slot: datetime
    reason: str
    look_again: datetime | None


def at_slot(job: Job, now: datetime) -> SlotDecision:
    """What to do about the slot at which the job stands; it is due."""
    slot = job.next_run_at
    if slot is None:
        raise ValueError(f"job {job.id} has no slot")
    if job.end_date and slot >= job.end_date:
        return SlotDecision("expire", slot, f"Its end date {short(job.end_date)} has passed.", None)
    again = look_again(job, slot)
    if job.active_run:
        return SlotDecision("skip", slot, "The run before it was still going.", again)
    later = job.timing.next_slot(slot)
    if later and later <= now:
        return SlotDecision("skip", slot, f"It was missed, and the slot of {short(later)} was due as well.", again)
    return SlotDecision("run", slot, "Its slot was due.", again)


def look_again(job: Job, after: datetime) -> datetime | None:
    """When dispatch looks at the job next after a moment: at its next slot, or else at its end date."""
    return job.timing.next_slot(after) or job.end_date


def first_look(job: Job, now: datetime) -> datetime | None:
    """When dispatch looks at a new or changed job first: slots that passed before are not made up for."""
    return look_again(job, max(now, job.start_date) - timedelta(seconds=1))


def refuse_run(job: Job) -> str:
    """Why the job cannot be run right now, or ""."""
    if job.active_run:
        return f"A run of {job.identifier} is still going. Wait until it is over, or cancel it first."
    return ""


def slot_id(job: Job, slot: datetime) -> str:
    """The id of the run of a slot: made of job and slot, so a slot cannot have two."""
    return f"r-{job.id.removeprefix('j-')}-{slot:%Y%m%dT%H%M%SZ}"


def short(moment: datetime) -> str:
    return f"{clock.text(moment)[:16].replace('T', ' ')} UTC"
