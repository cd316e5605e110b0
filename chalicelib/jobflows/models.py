"""What the records of clusters and runs have in common: each stands for one jobflow, EMR's word for a cluster."""

from __future__ import annotations

from typing import ClassVar

from pynamodb.attributes import BooleanAttribute, JSONAttribute, ListAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.core.tables import TableModel, TimeAttribute


class JobflowRecord(TableModel):
    """A record for which EMR is asked for a jobflow. Times are UTC.

    `live` is "yes" until nothing is left to do about it. `token`, `awaiting` and `awaiting_until` say which execution waits
    on the record, for what, and until when.
    """

    id = UnicodeAttribute(hash_key=True)
    name = UnicodeAttribute()
    owner = UnicodeAttribute()
    live = UnicodeAttribute(null=True)
    status = UnicodeAttribute()
    status_reason = UnicodeAttribute(default="")
    launch_attempts = NumberAttribute(default=0)
    jobflow_id = UnicodeAttribute(null=True)
    correlation = UnicodeAttribute(null=True)
    """What it has in common with the click that it came of (chalicelib/core/correlation.py); None before there were such ids."""
    created_at = TimeAttribute()
    started_at = TimeAttribute(null=True)

    per_hour = UnicodeAttribute(null=True)
    """What an hour of its machines was estimated to cost when it was launched, US dollars; None where a price was not known."""
    receipt = JSONAttribute(null=True)
    """What it has cost, once EMR has said when each of its machines was there (chalicelib/costs/receipts.py)."""

    reservation = JSONAttribute(null=True)
    """What is reserved of budgets until its end: `{"month", "micros", "budgets"}` (chalicelib/budgets/reservations.py)."""

    owner_groups: ListAttribute[str] = ListAttribute(null=True)
    """The groups that its owner was in when it was launched; None where no group had a budget then."""

    settled = BooleanAttribute(null=True)
    """Whether its receipt is in the sums of its months, and nothing is reserved any more (chalicelib/budgets/settling.py)."""

    token = UnicodeAttribute(null=True)
    awaiting = UnicodeAttribute(null=True)
    awaiting_until = TimeAttribute(null=True)

    final_statuses: ClassVar[frozenset[str]]
    """The statuses that a record keeps for good."""

    @property
    def is_final(self) -> bool:
        """Whether it is over."""
        return self.status in self.final_statuses
