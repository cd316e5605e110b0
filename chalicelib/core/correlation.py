"""The correlation id: what everything that comes of one click has in common, from the request to the mail.

It is the id that Lambda gave the invocation with the click. What is recorded then keeps it (clusters, runs, entries of the audit
trail, mails), and whoever goes on with such a record later follows it. A run that nobody asked for bears its own id.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_current: ContextVar[str] = ContextVar("correlation", default="")


def current() -> str:
    """The id that what is done here belongs to; "" outside of an invocation."""
    return _current.get()


def follow(correlation: str | None) -> None:
    """For the rest of this invocation all is done for a record with this id; one from before there were such ids has none."""
    if correlation:
        _current.set(correlation)


@contextmanager
def within(correlation: str | None) -> Iterator[None]:
    """In here all is done for a record with this id, or for whom it was done before if it has none."""
    token = _current.set(correlation or current())
    try:
        yield
    finally:
        _current.reset(token)
