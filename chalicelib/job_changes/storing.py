"""Writing a changed job, unless somebody else changed it meanwhile."""

from __future__ import annotations

from typing import Any

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.update import Action

from chalicelib.audit import changes
from chalicelib.audit.context import Effect
from chalicelib.core.tables import was_overtaken
from chalicelib.jobs import predecessors
from chalicelib.jobs import service as jobs
from chalicelib.jobs.models import Job
from chalicelib.notebooks import files as notebooks
from chalicelib.notebooks.models import NotebookVersion


def store(
    job: Job,
    actions: list[Action],
    condition: Any,
    new_version: NotebookVersion | None,
    effect: Effect,
    order: predecessors.Change | None = None,
) -> None:
    """Change the job as `update` does; with its new notebook, and the job that it starts after, if they change: all or nothing."""
    if new_version or order:
        _store_together(job, actions, condition, new_version, effect, order)
    else:
        update(job, actions, condition, effect)


def _store_together(
    job: Job,
    actions: list[Action],
    condition: Any,
    new_version: NotebookVersion | None,
    effect: Effect,
    order: predecessors.Change | None,
) -> None:
    try:
        with changes.transaction(effect) as write:
            write.update(Job(job.id), actions=actions, condition=condition)
            if new_version:
                write.save(new_version, condition=NotebookVersion.job_id.does_not_exist())
            if order:
                order.put(write, job.id)
    except TransactWriteError as error:
        if not was_overtaken(error):
            raise
        if new_version:
            notebooks.delete(new_version.key, new_version.version)
        raise jobs.changed_meanwhile(job) from None
    job.refresh(consistent_read=True)


def update(job: Job, actions: list[Action], condition: Any, effect: Effect) -> None:
    """Change the job, together with the trail's entry.

    Raises:
        Conflict: somebody else changed it meanwhile.
    """
    if not changes.update_if(job, condition, actions, effect):
        raise jobs.changed_meanwhile(job)
