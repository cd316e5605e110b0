"""What hangs on a job and is deleted with it: with whom it is shared, its notebook's versions, what its webhook was told."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from chalicelib.core.tables import TableModel, transaction
from chalicelib.identity import shares
from chalicelib.mail.webhooks.models import Delivery
from chalicelib.notebooks.models import NotebookVersion

MAX_DELIVERIES = 500
"""How many deliveries are deleted with their job; older ones, which nobody can list any more, expire by themselves."""
MAX_ITEMS = 100
"""What DynamoDB takes in one transaction.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"""


def of(job_id: str) -> list[TableModel]:
    """All of it, what gives others access first."""
    deliveries = Delivery.by_job.query(job_id, scan_index_forward=False)
    return [
        *shares.of(job_id),
        *NotebookVersion.query(job_id, consistent_read=True),
        *islice(deliveries, MAX_DELIVERIES),
    ]


def delete(items: Sequence[TableModel]) -> None:
    """Delete what does not fit into the transaction that deletes the job, or transfers it."""
    for start in range(0, len(items), MAX_ITEMS):
        with transaction() as write:
            for item in items[start : start + MAX_ITEMS]:
                write.delete(item)
