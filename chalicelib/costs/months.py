"""A month's receipts, read and summed up."""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.costs import sums
from chalicelib.costs.models import ReceiptLine
from chalicelib.costs.sums import Month
from chalicelib.identity.models import User


def of_month(month: str, owner: str | None = None) -> tuple[Month, list[ReceiptLine]]:
    """A month of one person, or of everybody; with the lines that it is the sum of, the latest first."""
    lines = list(ReceiptLine.by_owner.query(f"{owner}#{month}") if owner else ReceiptLine.query(month))
    lines.sort(key=lambda line: line.ended_at, reverse=True)
    return sums.summed(month, lines, None if owner else _groups({line.owner for line in lines})), lines


def _groups(owners: Iterable[str]) -> dict[str, frozenset[str]]:
    """The groups that people are in now."""
    return {user.username: user.all_groups for user in User.batch_get(sorted(owners))}
