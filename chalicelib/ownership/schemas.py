"""How the API represents a transfer."""

from __future__ import annotations

from typing import Any

from chalicelib.clusters.schemas import CLUSTER, cluster_record
from chalicelib.core.schemas import OBJECT, Record, many
from chalicelib.identity.person import Person
from chalicelib.job_changes.schemas import JOB, job_record
from chalicelib.ownership import service as ownership

TRANSFER_RESULT = Record("TransferResult", jobs=many(JOB), clusters=many(CLUSTER), refused=OBJECT)


def transfer_record(person: Person, done: ownership.TransferResult) -> dict[str, Any]:
    """What was transferred, and what was not, with the reason, by id."""
    jobs = [job_record(person, job) for job in done.jobs]
    clusters = [cluster_record(cluster) for cluster in done.clusters]
    return TRANSFER_RESULT.of(jobs=jobs, clusters=clusters, refused=done.refused)
