"""Budgets for the length of a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib.budgets import policy
from chalicelib.budgets.rules import Budget, Policy
from chalicelib.core import clock
from tests.support.limits import ADMIN


@contextmanager
def budgeted(
    site: Budget | None = None,
    people: dict[str, Budget] | None = None,
    jobs: dict[str, Budget] | None = None,
    groups: dict[str, Budget] | None = None,
) -> Iterator[None]:
    """These budgets, saved as an admin does; nothing else has one."""
    policy.change(ADMIN, lambda _: Policy(site, None, people or {}, jobs or {}, groups or {}), "a test", clock.now())
    try:
        yield
    finally:
        policy.change(ADMIN, lambda _: Policy(), "a test", clock.now())
