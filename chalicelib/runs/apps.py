"""Spark's and YARN's own pages of a run: while its cluster works, and for some weeks after."""

from __future__ import annotations

from datetime import datetime

from chalicelib.audit import service as audit
from chalicelib.audit.context import Channel, Effect
from chalicelib.identity.person import Person
from chalicelib.jobflows import apps
from chalicelib.jobflows.apps import App
from chalicelib.runs import service as runs
from chalicelib.runs.models import Run, RunStatus

ACTION = "run.connect"


def available(run: Run, now: datetime) -> list[App]:
    """The pages that can be opened now, in the order in which people want them."""
    return [] if refuse(run, now) else list(App)


def refuse(run: Run, now: datetime) -> str:
    """Why no page of this run's cluster can be opened now, or ""."""
    if not run.jobflow_id:
        return "EMR has not launched a cluster for this run, so there are no pages."
    if run.status == RunStatus.RUNNING:
        return ""
    if not run.is_final:
        return "The run's cluster is not ready. Its pages are there once it is."
    return apps.refuse_ended(run.ready_at, run.finished_at, now)


def link(person: Person, channel: Channel, run_id: str, name: str, now: datetime) -> str:
    """A fresh link to one of the pages of a run's cluster; that it was handed out is recorded.

    Raises:
        NotFound: there is no such run or page, or this person may not see it.
        Forbidden: this person may see the run, but not open its cluster's pages.
        Conflict: there is no such page now, or EMR does not open it.
        Unavailable: EMR does not answer.
    """
    run = runs.get(person, run_id, ACTION)

    def record(summary: str) -> None:
        audit.record_first(person.username, channel, ACTION, Effect("run", run.id, run.job_identifier, summary), now)

    return apps.link(run.jobflow_id, name, refuse(run, now), record, is_running=run.status == RunStatus.RUNNING)
