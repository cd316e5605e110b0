"""What follows from disabling an account: its jobs are paused, its clusters ended if so decided, and those whom it concerns are
told. Repeating it completes it."""

from __future__ import annotations

from datetime import datetime, timedelta

from pynamodb.expressions.update import Action

from chalicelib.clusters import emr_sync as cluster_sync
from chalicelib.clusters.models import Cluster, ClusterStatus, StateFilter
from chalicelib.core.observability import report_failure
from chalicelib.identity import users
from chalicelib.identity.models import User
from chalicelib.identity.person import ADMINS, JOB_MAINTAINERS
from chalicelib.job_changes import automatic_pause
from chalicelib.jobs.models import Job
from chalicelib.ownership import mails

SETTLES = timedelta(minutes=1)
"""How long requests that were admitted before the account was disabled may still take."""


def sweep(now: datetime) -> None:
    """Finish what follows from accounts that were disabled: again, because the first attempt may have died or missed something."""
    for user in users.unsettled():
        try:
            settle(user, now)
            if user.disabled_at and now - user.disabled_at > SETTLES:
                users.mark_settled(user)
        except Exception:
            report_failure("settling_failed", about=user.username, person=user.username)


def settle(user: User, now: datetime) -> None:
    """Pause the jobs of a disabled person and tell whom it concerns. Repeating it completes it."""
    reason = f"The account of {user.username} was disabled."
    if user.end_clusters:
        _end_clusters(user, reason)
    paused = [job for job in Job.by_owner.query(user.username) if _pause(job, reason, now)]
    mails.post_disabled(user, paused, now)
    if paused:
        for maintainer in users.members(JOB_MAINTAINERS) or users.members(ADMINS):
            mails.post_paused(user, paused, maintainer, now)


def _end_clusters(user: User, reason: str) -> None:
    by: list[Action] = [Cluster.ended_by.set(user.disabled_by)]
    for cluster in Cluster.by_owner_state.query(f"{user.username}#{StateFilter.ACTIVE}"):
        if cluster_sync.set_status(cluster, ClusterStatus.TERMINATING, reason, more=by):
            cluster_sync.wake_execution(cluster)


def _pause(job: Job, reason: str, now: datetime) -> bool:
    """Pause the job; returns whether it is paused for this reason, now or before."""
    if job.is_enabled and not job.expired_at:
        return automatic_pause.pause(job.id, reason, now)
    return bool(not job.is_enabled and job.pause_reason == reason)
