"""What has been drawn on each budget in each month."""

from __future__ import annotations

from enum import StrEnum

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.core.tables import TableModel, TableName, TimeAttribute


class BudgetScope(StrEnum):
    """What a budget is for, by the names that the API has for it."""

    SITE = "site"
    GROUP = "group"
    PERSON = "person"
    JOB = "job"


class BudgetEvent(StrEnum):
    """What people are told of a budget by mail."""

    TOLD = "told"
    """It is nearly used up."""
    USED = "used"
    """New work is refused."""
    ENDED = "ended"
    """It is spent, and what runs on it is ended."""


class Spending(TableModel):
    """What a month's budget has been drawn on, in millionths of a US dollar, which are whole numbers: `committed` is what has ended
    has cost, and what is there may cost at most. It changes in the transaction of what it counts, and by the sweep's recount.

    `ended` is what the receipts of a person or a job come to in the month, whether or not there is a budget.

    The id is the month and the budget, such as "2026-11/person/alice". `version` counts the changes.
    """

    class Meta:
        table_name = TableName("budgets")

    id = UnicodeAttribute(hash_key=True)
    committed = NumberAttribute(default=0)
    ended = NumberAttribute(default=0)
    version = NumberAttribute(default=0)
    changed_at = TimeAttribute(null=True)
    notices = JSONAttribute(null=True)
    """What was told by mail: once each, see `rules.notice`."""
