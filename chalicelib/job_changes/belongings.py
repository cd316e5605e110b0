"""What hangs on a job and is deleted with it: with whom it is shared, its notebook's versions, what its webhook was told."""

from __future__ import annotations

from itertools import islice

from chalicelib.core.tables import TableModel
from chalicelib.identity import shares
from chalicelib.mail.webhooks.models import Delivery
from chalicelib.notebooks.models import NotebookVersion

MAX_DELIVERIES = 500
"""How many deliveries are deleted with their job; older ones, which nobody can list any more, expire by themselves."""


def of(job_id: str) -> list[TableModel]:
    """All of it, what gives others access first."""
    deliveries = Delivery.by_job.query(job_id, scan_index_forward=False)
    return [
        *shares.of(job_id),
        *NotebookVersion.query(job_id, consistent_read=True),
        *islice(deliveries, MAX_DELIVERIES),
    ]
