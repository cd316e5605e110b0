"""What of a job reaches others: its public results, and its webhook, whose signatures have a secret."""

from __future__ import annotations

from datetime import datetime

from chalicelib.audit.context import Effect
from chalicelib.core.errors import Conflict
from chalicelib.identity.person import Person
from chalicelib.job_changes import storing
from chalicelib.jobs import service as jobs
from chalicelib.jobs.models import Job, Visibility
from chalicelib.mail.webhooks.secrets import new_secret


def make_private(person: Person, job_id: str, now: datetime) -> Job:
    """Take back what is public of the job's runs, all of them.

    Raises:
        NotFound, Forbidden: as `service.get` has it.
    """
    job = jobs.get(person, job_id, "job.publish")
    if job.result_visibility == Visibility.PRIVATE:
        return job
    effect = Effect("job", job.id, job.identifier, "Made its results private.", ("result_visibility",))
    storing.update(
        job, [Job.result_visibility.set(Visibility.PRIVATE), Job.modified_at.set(now)], Job.id.exists(), effect
    )
    return job


def renew_webhook_secret(person: Person, job_id: str) -> str:
    """A new secret for the signatures of the job's webhook; the old one is no longer used. It is shown only once.

    Raises:
        NotFound, Forbidden: as `service.get` has it.
        Conflict: the job has no webhook.
    """
    job = jobs.get(person, job_id, "job.publish")
    if not job.webhook_url:
        raise Conflict(f"{job.identifier} has no webhook. Edit the job and add one first.")
    secret = new_secret()
    effect = Effect("job", job.id, job.identifier, "Created a new secret for its webhook.")
    storing.update(job, [Job.webhook_secret.set(secret)], Job.webhook_url.exists(), effect)
    return secret
