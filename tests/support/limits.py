"""Limits for the length of a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib.core import clock
from chalicelib.identity.person import Person
from chalicelib.usage_limits import policy
from chalicelib.usage_limits.rules import Policy
from tests.support.clouds import allow_much

ADMIN = Person("admin", "admin@example.org", frozenset({"admins"}))


@contextmanager
def limited(people: dict[str, dict[str, int]] | None = None, **default: int) -> Iterator[None]:
    """These limits, saved as an admin does; what is not named is unlimited for all that a test does."""
    policy.change(ADMIN, lambda before: Policy({**before.default, **default}, {}, people or {}), clock.now())
    try:
        yield
    finally:
        allow_much()
