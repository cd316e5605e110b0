"""How long an invocation may still wait for AWS.

Lambda ends a function at its limit, in the middle of whatever it does, and API Gateway then answers with a bare text of its own.
So no call to AWS, nor another try of one, is begun that might not be over before that.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError

RESERVE = 4.0
"""Seconds that are left after the last call: for a page that says what is wrong, for API Gateway, whose limit counts from the
request on, and for botocore's pause before a try that is then not made."""

_ends: ContextVar[float | None] = ContextVar("ends", default=None)
"""When this invocation has to be over, by time.monotonic(); None outside of Lambda."""


class OutOfTime(BotoCoreError):
    """A call was not made, as there was no time left to wait for its answer."""

    fmt = "There are not {seconds} seconds left to wait for an answer of AWS"


@contextmanager
def within(context: Any) -> Iterator[None]:
    """Meanwhile calls end before the invocation with this context of Lambda's has to; without one they take what they take."""
    left = context.get_remaining_time_in_millis() / 1000 if context else None
    token = _ends.set(None if left is None else time.monotonic() + left)
    try:
        yield
    finally:
        _ends.reset(token)


def current() -> float | None:
    """The deadline, to be handed to another thread."""
    return _ends.get()


def take_over(ends: float | None) -> None:
    """Let this thread have the deadline of the one that it works for."""
    _ends.set(ends)


def heed(client: Any) -> Any:
    """The client, which from now on begins nothing that it might have to wait for beyond the deadline."""
    check = partial(_check, longest_try(client))
    client.meta.events.register("before-send", check, unique_id="deadline")
    return client


def longest_try(client: Any) -> float:
    """Seconds that one try of a call takes at most: the connection, and the wait for the answer."""
    return float(client.meta.config.connect_timeout + client.meta.config.read_timeout)


def _check(seconds: float, **event: Any) -> None:
    """botocore calls this before each try.

    Raises:
        OutOfTime: its answer might come too late.
    """
    ends = _ends.get()
    if ends is not None and time.monotonic() + seconds + RESERVE > ends:
        raise OutOfTime(seconds=seconds)
