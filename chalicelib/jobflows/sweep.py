"""What a sweep does alike for clusters and runs: compare every live record with EMR's listing, and the listing with the records."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

from chalicelib.aws import emr
from chalicelib.aws.jobflows import Jobflow, JobflowState
from chalicelib.core import correlation
from chalicelib.jobflows import lost_launches
from chalicelib.jobflows.models import JobflowRecord
from chalicelib.jobflows.reconciliation import termination
from chalicelib.jobflows.reconciliation.findings import Report
from chalicelib.jobflows.reconciliation.listing import (
    EVENTS_WITHIN,
    TAKEOVER_AFTER,
    Listing,
    is_going,
    is_named_as_ours,
)

RecordT = TypeVar("RecordT", bound=JobflowRecord)


class Sweep(ABC, Generic[RecordT]):
    """The sweep over one kind of record. What is abstract is what clusters and runs do each in their own way."""

    component: ClassVar[str]
    """What names of this kind's jobflows have after the stage: "cluster" or "job"."""

    @abstractmethod
    def live(self) -> list[RecordT]:
        """Every record that a sweep looks after."""

    @abstractmethod
    def has_ended(self, record: RecordT) -> bool:
        """Whether the record's jobflow has ended, as far as the record knows."""

    @abstractmethod
    def machine_is_due(self, record: RecordT, now: datetime) -> bool:
        """Whether the state machine should be doing something about this record, rather than wait, and has had time to."""

    @abstractmethod
    def overdue(self, record: RecordT, now: datetime) -> str:
        """Why the record's jobflow should have been ended long ago, or ""."""

    @abstractmethod
    def why_unclaimed(self, jobflow: Jobflow) -> str:
        """Why no live record stands for this jobflow, by the record that its tags name; "" when one does."""

    @abstractmethod
    def record_launch(self, record: RecordT, at: datetime, jobflow_id: str) -> object:
        """Put on record which jobflow EMR made for it."""

    @abstractmethod
    def apply_state(self, record: RecordT, jobflow: Jobflow, now: datetime) -> str:
        """Update the record with what EMR says; returns in a sentence what an event should have told before, or ""."""

    @abstractmethod
    def resume(self, record: RecordT, before: Callable[[str], None]) -> str:
        """Make sure that a state machine runs for it; returns the execution's name when one had to be started. `before` is called
        with its name where it takes the place of one that has closed."""

    def mark_ending(self, record: RecordT, reason: str) -> str:
        """Put on record that its jobflow is being ended; returns the reason to report."""
        return reason

    def sweep(self, records: Iterable[RecordT], listing: Listing, report: Report, now: datetime) -> None:
        """Update every live record with what EMR says, restart stalled state machines, and end what is overdue."""
        for record in records:
            with correlation.within(record.correlation), report.serving(record.id):
                if is_named_as_ours(record.name, self.component):
                    self.serve(record, listing, report, now)
                else:
                    self._add(report, "foreign", "Left alone.", record)

    def serve(self, record: RecordT, listing: Listing, report: Report, now: datetime) -> None:
        """Do what events and the state machine may have missed for one record."""
        if not record.jobflow_id and now - record.created_at > EVENTS_WITHIN:
            self._adopt(record, listing, report)
        jobflow = None if self.has_ended(record) else self._refresh(record, listing, report, now)
        if self.machine_is_due(record, now):
            self._make_up(record, jobflow, report, now)

    def claimed(self, records: Iterable[RecordT]) -> set[str]:
        """The jobflows that these records stand for."""
        return {record.jobflow_id for record in records if record.jobflow_id and not self.has_ended(record)}

    def _adopt(self, record: RecordT, listing: Listing, report: Report) -> None:
        """A record without a jobflow of whose name EMR has one: its launch was never put on record."""
        if jobflow := lost_launches.unrecorded(record, listing):
            self._record(report, "adopted", f"Adds {jobflow.id} to its record.", record)
            self.record_launch(record, jobflow.created_at or record.created_at, jobflow.id)
            self._add(report, "adopted", "Added to its record.", record)

    def _refresh(self, record: RecordT, listing: Listing, report: Report, now: datetime) -> Jobflow | None:
        """The record's jobflow, which the record is brought up to; None where there is none any more."""
        if not record.jobflow_id:
            return None
        jobflow = listing.get(record.jobflow_id) or emr.find(record.jobflow_id)
        if jobflow is None and now - (record.started_at or record.created_at) <= TAKEOVER_AFTER:
            return None
        if jobflow is None:
            reason = "EMR no longer knows the cluster."
            self._record(report, "forgotten", "Ends the record.", record)
            self.apply_state(
                record,
                Jobflow(record.jobflow_id, record.name, JobflowState.TERMINATED, reason=reason, ended_at=now),
                now,
            )
            self._add(report, "forgotten", "The record has ended.", record)
            return None
        if news := self.apply_state(record, jobflow, now):
            self._add(report, "event-lost", news, record)
        return jobflow

    def _make_up(self, record: RecordT, jobflow: Jobflow | None, report: Report, now: datetime) -> None:
        """The state machine should have acted: see to it that there is one, and do what is overdue in its place.

        Either ends the jobflow, if there is one; so it must be ours by its tags.
        """
        going = jobflow if jobflow and is_going(jobflow) else None
        if going and not termination.ours(going, report, record.id):
            return
        record.refresh(consistent_read=True)

        def restarted(name: str) -> None:
            self._record(report, "stalled", f"Starts its state machine as {name}.", record)

        if record.live and (name := self.resume(record, restarted)):
            self._add(report, "stalled", f"Its state machine was started as {name}.", record)
        if going and (reason := self.overdue(record, now)):
            termination.end(going, "overdue", self.mark_ending(record, reason), report, record.id)

    @staticmethod
    def _record(report: Report, kind: Any, what: str, record: JobflowRecord) -> None:
        report.record_repair(kind, what, name=record.name, record=record.id, jobflow=record.jobflow_id)

    @staticmethod
    def _add(report: Report, kind: Any, done: str, record: JobflowRecord) -> None:
        report.add(kind, done, name=record.name, record=record.id, jobflow=record.jobflow_id)
