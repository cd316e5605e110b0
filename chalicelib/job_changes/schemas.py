"""How the API represents a job, the status of its last run included."""

from __future__ import annotations

from typing import Any

from chalicelib.core import clock
from chalicelib.core.schemas import OBJECT, TEXT, TIME, WHOLE, Record, many, maybe, one_of
from chalicelib.identity.person import Person
from chalicelib.jobs import display as job_display
from chalicelib.jobs.models import FIELDS, Job
from chalicelib.jobs.order import Beyond, Order
from chalicelib.runs import webhooks
from chalicelib.runs.models import RunStatus

JOB_NOTEBOOK = Record("JobNotebook", name=TEXT, version=TEXT, number=WHOLE)
JOB = Record(
    "Job", Job, "id", "owner", "transfer_to", *(name for name in FIELDS if name != "webhook_url"),
    "commit", "is_enabled", "paused_by", "pause_reason", "snoozed_until", "expired_at", "late_since", "broken_slot", "active_run",
    "last_run", "last_run_status", "last_run_at", "failures_in_a_row", "after_is_gone", "burst_since", "burst_objects",
    "created_at", "modified_at",
    parameters=OBJECT, webhook_url=maybe(TEXT),
    last_run_status=maybe(one_of(RunStatus)), further_runs=many(TEXT), notebook=JOB_NOTEBOOK, next_run_at=maybe(TIME),
)  # fmt: skip
NEW_JOB = JOB.with_optional("NewlyMadeJob", webhook_secret=TEXT)
EDITED_JOB = JOB.with_optional("EditedJob", unaffected_runs=many(TEXT))
JOB_IN_GRAPH = Record(
    "JobInGraph", Job, "id", "identifier", "owner", "schedule", "after_outcome", "is_enabled", "last_run", "last_run_status",
    last_run_status=maybe(one_of(RunStatus)), starts_after=maybe(TEXT), step=WHOLE, not_shared=WHOLE, further=WHOLE,
)  # fmt: skip
JOB_GRAPH = Record("JobGraph", waits_for=one_of(Beyond), jobs=many(JOB_IN_GRAPH))
SECRET = Record("WebhookSecret").with_optional("WebhookSecret", webhook_secret=TEXT)


def job_record(person: Person, job: Job) -> dict[str, Any]:
    """A job as the API gives it to this person."""
    notebook = {"name": job.notebook_name, "version": job.notebook_version, "number": int(job.notebook_number)}
    webhook, further = webhooks.shown(person, job), list(job.further_runs or [])
    slot = job_display.next_slot(job)
    return JOB.of(
        job,
        webhook_url=webhook,
        further_runs=further,
        notebook=JOB_NOTEBOOK.of(**notebook),
        next_run_at=clock.text(slot) if slot else None,
    )


def graph_record(order: Order) -> dict[str, Any]:
    """The jobs before and after one, `step` steps after it; `starts_after` is the id of the one that each of them starts after."""
    rows = [
        JOB_IN_GRAPH.of(
            place.job,
            starts_after=before.id if before else None,
            step=place.step,
            not_shared=place.not_shared,
            further=place.further,
        )
        for place, before in order.places()
    ]
    return JOB_GRAPH.of(waits_for=str(order.beyond), jobs=rows)
