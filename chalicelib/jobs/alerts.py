"""What is told of a run's outcome, to whom it may concern. What is worth telling stands on the run's record."""

from __future__ import annotations

from datetime import datetime

from chalicelib.jobs import attempts, mails
from chalicelib.jobs.models import Run
from chalicelib.tables import find


def tell(run: Run, now: datetime) -> None:
    """Tell of a final run what its outcome made worth telling. However often this is repeated, it is told once."""
    if {attempts.FAILED_ALERT, attempts.TIMED_OUT_ALERT} & set(run.alerts):
        mails.post_bad_news(run, earlier(run), now)
    if attempts.RECOVERED in run.alerts:
        mails.post_recovered(run, now)


def earlier(run: Run) -> list[Run]:
    """The attempts before this one, the first one first."""
    found = (find(Run, attempts.attempt_id(run, number)) for number in range(1, int(run.attempt)))
    return [attempt for attempt in found if attempt]
