"""The operators' commands that take any id: find what it is, and tell its whole story."""

from __future__ import annotations

from typing import Any

from chalicelib.clusters.models import Cluster
from chalicelib.clusters.schemas import cluster_record
from chalicelib.entrypoints.operator import forms
from chalicelib.entrypoints.operator.registry import Call, command
from chalicelib.job_changes.schemas import job_record
from chalicelib.runs.schemas import run_record
from chalicelib.story import service as story
from chalicelib.story import subjects


@command("story", "story.view", form="OneId")
def tell(call: Call, form: forms.OneId) -> dict[str, Any]:
    """Tell all that is known of one id, in order: trail, record, execution, EMR, mails, webhooks and logs."""
    return story.tell(form.id, call.now).as_json()


@command("find", "story.view", form="OneId")
def find(call: Call, form: forms.OneId) -> dict[str, Any]:
    """Find the clusters, jobs and runs that an id leads to, such as the id of a jobflow in EMR."""
    subject = subjects.of(form.id)
    return {
        "clusters": [cluster_record(one) for one in subject.records if isinstance(one, Cluster)],
        "jobs": [job_record(call.person, job) for job in subject.jobs],
        "runs": [run_record(one) for one in subject.records if not isinstance(one, Cluster)],
    }
