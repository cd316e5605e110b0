"""Launches that were never put on record: the jobflow is there, and its record does not know of it."""

from __future__ import annotations

from typing import Protocol

from chalicelib.aws import emr
from chalicelib.aws.jobflows import Jobflow
from chalicelib.jobflows.reconciliation.listing import Listing, is_tagged_as_ours


class Launched(Protocol):
    """A cluster or a run, as far as its launch goes."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def jobflow_id(self) -> str | None: ...
    @property
    def is_final(self) -> bool: ...
    def refresh(self, consistent_read: bool = ...) -> None: ...


def lost(record: Launched, listing: Listing) -> Jobflow | None:
    """The jobflow that bears this record's name and, by its tags, is its own; None once the record has one, or is over.

    Raises:
        Unavailable: EMR does not answer.
    """
    for jobflow in listing.named(record.name):
        record.refresh(consistent_read=True)
        described = emr.find(jobflow.id)
        if record.jobflow_id or record.is_final or not described or not is_tagged_as_ours(described):
            return None
        if described.tags.get("Record") == record.id:
            return jobflow
    return None
