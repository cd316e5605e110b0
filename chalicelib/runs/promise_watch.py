"""Every five minutes: jobs whose promised moment has come, and whether the result is there.

A slot's broken promise is noted on the job before it is told, on condition that no run of the job has ended since it was read: so
the transaction that ends the run knows whether to tell that the result came late (runs/attempts.py). Only then does the job go on
to its next promised moment, so what a sweep that died has not told, the next one tells; each occasion is told once.
"""

from __future__ import annotations

from datetime import datetime

from pynamodb.expressions.update import Action

from chalicelib.core.tables import as_read, find, update_if
from chalicelib.jobflows.reconciliation.findings import Report
from chalicelib.jobs import chain, due
from chalicelib.jobs.models import PROMISING, Job
from chalicelib.runs import history, lateness, latest_runs, run_queue, slot_history
from chalicelib.runs.models import Run
from chalicelib.schedules import promises

LOOKED_AT = 30
"""Latest runs of a job that starts after another one, among which those for a slot are looked for."""


def watch(report: Report, now: datetime) -> None:
    """Look at every job whose promised moment has come; usually there are none."""
    for row in Job.by_promise.query(PROMISING, Job.next_promise_at <= now):
        with report.serving(row.id):
            look(row.id, now)


def look(job_id: str, now: datetime) -> None:
    """Look whether the job has kept its promise, tell where it has not, and turn to its next promised moment."""
    job = find(Job, job_id)
    if job is None or not job.promised_by or not job.next_promise_at or job.next_promise_at > now:
        return
    moment, (standing, broken) = job.next_promise_at, _standing(job, job.next_promise_at, now)
    if broken:
        if not _note(job, broken, moment):
            return  # a run of it has just ended: the next sweep looks again
        from chalicelib.runs import alerts  # mails and webhooks, for the few promises that are broken

        alerts.tell_broken(job, broken, moment, now)
    done: list[Action] = [Job.broken_slot.remove()] if standing == "fulfilled" and job.broken_slot else []
    update_if(job, as_read(Job.next_promise_at, moment), [*due.promise_changes(job, moment), *done])


def _note(job: Job, broken: lateness.Broken, moment: datetime) -> bool:
    unchanged = run_queue.unchanged_since_read(job) & as_read(Job.next_promise_at, moment)
    return update_if(job, unchanged, [Job.broken_slot.set(broken.slot)])


def _standing(job: Job, moment: datetime, now: datetime) -> tuple[lateness.Standing, lateness.Broken | None]:
    before = chain.before(job)
    first = before[-1] if before else job
    slot = promises.slot_of(first.timing, str(job.promised_by), job.timezone, moment)
    if slot is None:
        return "void", None
    runs = _after(job, slot) if before else _of_slot(job, slot)
    standing = lateness.standing(job, slot, runs, (first, _of_slot(first, slot)) if before else None)
    return standing, _broken(job, slot, runs, before, now) if standing == "broken" else None


def _of_slot(job: Job, slot: datetime) -> list[Run]:
    """The runs of a slot, the earliest first, each as it is now."""
    rows = slot_history.by_slot(job.id, slot, slot).get(slot, [])
    return [run for row in rows if (run := find(Run, row.id))]


def _after(job: Job, slot: datetime) -> list[Run]:
    """The same of a job that starts after another one: those for the slot that started the chain."""
    rows = latest_runs.newest(job, LOOKED_AT, (*history.SHOWN, "after_slot"))
    return [run for row in reversed(rows) if row.after_slot == slot and (run := find(Run, row.id))]


def _broken(job: Job, slot: datetime, runs: list[Run], before: list[Job], now: datetime) -> lateness.Broken:
    latest = runs[-1] if runs else None
    usual = history.usual(latest_runs.of_size(job, int(job.size)))
    if before and not latest:
        return lateness.Broken(slot, lateness.not_started_after(before[0]))
    return lateness.Broken(
        slot, lateness.known(latest, job.timezone), latest, lateness.expected_at(latest, usual, now), usual
    )
