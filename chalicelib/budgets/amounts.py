"""US dollars in whole millionths, which DynamoDB adds without rounding. Pure."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

MILLION = 1_000_000


def micros(amount: Decimal) -> int:
    """An amount in millionths of a dollar; a begun one counts whole."""
    return int((amount * MILLION).to_integral_value(ROUND_CEILING))
