"""Transfer a job: from then on it is the new owner's, with its runs, their results and its history."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.audit import changes
from chalicelib.audit.context import Effect
from chalicelib.core.errors import Invalid
from chalicelib.core.tables import MAX_ITEMS, as_read, delete_all, find, was_overtaken
from chalicelib.identity import shares, standing_offers
from chalicelib.identity.person import Person
from chalicelib.identity.share_models import Share
from chalicelib.jobs import service as jobs
from chalicelib.jobs.models import Job
from chalicelib.runs import reassignment, run_queue
from chalicelib.runs.models import ORDER, Run
from chalicelib.schedules import concurrency
from chalicelib.usage_limits import accounts
from chalicelib.usage_limits.rules import Demand


def transfer(person: Person, job_id: str, to: Person, now: datetime, action: str = "job.transfer") -> Job:
    """Make the job somebody else's. Its name is unique among all jobs and stays; runs in progress continue, and their
    notifications go to the new owner. What the old owner set up for others ends: shares and the webhook.

    `action` is what this person does: "job.transfer", or "job.accept" for what they were offered.

    Raises:
        NotFound, Forbidden: as `jobs.get` has it.
        Invalid: naming `to`: it is theirs already.
        LimitReached: who accepts it may not have one more job. What others decide does not depend on that, nor do runs that
            have begun.
        Conflict: others keep changing the job.
    """
    for _ in range(run_queue.MAX_ATTEMPTS):
        job = jobs.get(person, job_id, action)
        if job.owner == to.username:
            raise Invalid.field("to", f"{job.identifier} already belongs to {to.username}.")
        unfinished = [
            run for run in map(partial(find, Run), concurrency.unfinished_runs(job)) if run and not run.is_final
        ]
        held = shares.of(job.id)
        room = MAX_ITEMS - len(unfinished) - 3 - standing_offers.ITEMS - changes.ROOM  # the job and two accounts
        delete_all(held[room:])
        fits = accounts.room(to.username, accounts.ONE_JOB, now) if action == "job.accept" else None
        if _try_transfer(job, unfinished, held[:room], to, action, fits, now):
            job.refresh(consistent_read=True)
            reassignment.reassign(job)
            return job
    raise jobs.changed_meanwhile(job)


def _try_transfer(
    job: Job, unfinished: list[Run], held: list[Share], to: Person, action: str, fits: Condition | None, now: datetime
) -> bool:
    """Whether job and runs could be changed together: not when one of them was changed meanwhile."""
    try:
        summary = f"Transferred it from {job.owner} to {to.username}."
        with changes.transaction(Effect("job", job.id, job.identifier, summary, ("owner",))) as write:
            new: list[Action] = [
                Job.owner.set(to.username), Job.owner_email.set(to.email), Job.modified_at.set(now),
                Job.transfer_to.remove(), Job.webhook_url.remove(), Job.webhook_secret.remove(),
            ]  # fmt: skip
            new.append(Job.received_from.set(job.owner) if action == "job.accept" else Job.received_from.remove())
            new += [Job.attention_of.set(to.username)] if job.attention_of else []
            unchanged = (
                run_queue.unchanged_since_read(job)
                & (Job.owner == job.owner)
                & as_read(Job.transfer_to, job.transfer_to)
            )
            write.update(Job(job.id), actions=new, condition=unchanged)
            for run in unfinished:
                theirs = [Run.owner.set(to.username), Run.owner_email.set(to.email)]
                as_before = Run.status.is_in(*ORDER) & as_read(Run.counted, run.counted)
                write.update(Run(run.id), actions=[*theirs], condition=as_before)
            accounts.move(write, _demand(unfinished), job.owner, to.username, now, fits)
            for share in held:
                write.delete(share)
            standing_offers.strike_off(write, job)
    except TransactWriteError as error:
        if not was_overtaken(error):
            raise
        return False
    return True


def _demand(unfinished: list[Run]) -> Demand:
    """What the owner has with the job of what is limited."""
    begun = [run for run in unfinished if run.counted]
    return Demand(jobs=1, runs=len(begun), workers=sum(int(run.size) for run in begun))
