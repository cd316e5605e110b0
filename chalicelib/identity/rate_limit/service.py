"""Count failed attempts to show who one is, and refuse too many.

Only what failed is counted, and only after it failed: a valid token or sign-in never meets the counter, so nobody is locked
out by what others do behind the same address. It cannot be about guessing, as secrets of 256 bits are not guessed; it makes
sure that a program with a wrong token costs no more than a cheap refusal. API Gateway's throttling, in the
template, bounds everything else.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from botocore.exceptions import BotoCoreError
from pynamodb.exceptions import PynamoDBException

from chalicelib.core.errors import TooMany
from chalicelib.core.observability import report_failure
from chalicelib.identity.rate_limit import rules
from chalicelib.identity.rate_limit.models import Failures

_over: set[str] = set()
"""Windows that this process knows to be full: they cost no more writes."""


def note(kind: str, client_ip: str, now: datetime) -> None:
    """Count a failed attempt of this kind from this address. When DynamoDB does not answer, it is not counted.

    Raises:
        TooMany: there were too many within this minute.
    """
    window = rules.window(kind, client_ip, now)
    count = rules.ALLOWED + 1 if window in _over else _count(window, now)
    if wait := rules.wait(count, now):
        _remember(window)
        raise TooMany(
            f"There were too many failed attempts from your address. Please try again in {wait} seconds.", wait
        )


def _count(window: str, now: datetime) -> int:
    record = Failures(window)
    try:
        record.update([Failures.failed.add(1), Failures.ttl.set(int((now + timedelta(hours=1)).timestamp()))])
    except (PynamoDBException, BotoCoreError):
        report_failure("failure_not_counted")
        return 0
    return int(record.failed)


def _remember(window: str) -> None:
    if len(_over) > 1000:
        _over.clear()
    _over.add(window)
