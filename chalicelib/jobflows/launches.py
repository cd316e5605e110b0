"""What to do about a launch that failed. Pure, except for the jitter."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Literal

from chalicelib.core.text import hours

LAUNCH_WITHIN = timedelta(hours=1)
"""How long a launch is tried while EMR throttles or fails."""


def after_launch_error(error: str, cause: str, since: timedelta) -> tuple[Literal["retry", "look", "failed"], str]:
    """What an error of RunJobFlow means: known not to have launched (retry), perhaps launched (look), refused (failed).

    `error` and `cause` are Step Functions' words. Step Functions may report a throttled call under EMR's general error
    name, so the cause is read as well.
    """
    words = f"{error} {cause}"
    if since > LAUNCH_WITHIN:
        return (
            "failed",
            f"EMR did not accept the launch within {hours(LAUNCH_WITHIN)}: {cause or error}",
        )
    if any(word in words for word in ("Throttling", "Rate exceeded", "TooManyRequests")):
        return "retry", "EMR is busy; the launch is queued and will be retried."
    if any(
        word in words
        for word in ("ValidationException", "InvalidRequest", "AccessDenied", "Status Code: 400", "States.Runtime")
    ):
        return "failed", f"EMR refused the launch: {_sentence(cause or error)}"
    return "look", "EMR's answer to the launch was lost."


def _sentence(cause: str) -> str:
    """The first line of a cause, without the request id that AWS's SDK appends."""
    return cause.splitlines()[0].split(" (Service:")[0].strip()


def jittered(attempts: int) -> int:
    """Seconds to wait before the next launch: random up to a bound that doubles to two minutes (full jitter).

    EMR launches one cluster in two seconds, so of a hundred at once the last one waits for three minutes anyway.
    """
    return 2 + secrets.randbelow(min(120, 8 * 2**attempts))
