"""Differences that sweeps found between EMR and the records, and what they did about them."""

from __future__ import annotations

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.core.tables import TableModel, TableName, TimeAttribute

FINDINGS, HEARTBEAT = "findings", "heartbeat"
"""The table's two scopes: one item for each sweep that found something, and a single item that says when one ended last."""


class Reconciliation(TableModel):
    """What one sweep found. Sweeps after it that found the very same only move `last_at` and add to `times`."""

    class Meta:
        table_name = TableName("reconciliations")

    scope = UnicodeAttribute(hash_key=True)
    at = TimeAttribute(range_key=True)
    findings = JSONAttribute(default=list)
    times = NumberAttribute(default=1)
    last_at = TimeAttribute()
    ttl = NumberAttribute(null=True)
