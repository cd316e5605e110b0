"""Launches that were never put on record: the jobflow is there, and its record does not know of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from chalicelib.aws import emr
from chalicelib.aws.jobflows import LIVE, Jobflow
from chalicelib.jobflows.models import JobflowRecord
from chalicelib.jobflows.reconciliation.listing import Listing, is_tagged_as_ours

LOOK_BACK = timedelta(minutes=5)
"""How much earlier than ours EMR's clock may say that a launch was."""


def find(record: JobflowRecord, listed: Iterable[Jobflow]) -> Jobflow | None:
    """The live jobflow among these that bears this record's name and, by its tags, is this record's and this deployment's.

    Tags, which only a full description carries, decide: names are for people.

    Raises:
        Unavailable: EMR does not answer.
    """
    for jobflow in listed:
        if jobflow.name == record.name and jobflow.state in LIVE:
            described = emr.find(jobflow.id)
            if described and is_tagged_as_ours(described) and described.tags.get("Record") == record.id:
                return described
    return None


def launched_since(record: JobflowRecord, since: datetime) -> Jobflow | None:
    """The same among all that EMR has launched since shortly before this moment.

    Raises:
        Unavailable: EMR does not answer.
    """
    return find(record, emr.list_since(since - LOOK_BACK))


def unrecorded(record: JobflowRecord, listing: Listing) -> Jobflow | None:
    """The same among what a sweep has listed; None once the record has a jobflow, or has ended.

    Raises:
        Unavailable: EMR does not answer.
    """
    namesakes = listing.named(record.name)
    if namesakes:
        record.refresh(consistent_read=True)
    return None if record.jobflow_id or record.is_final else find(record, namesakes)
