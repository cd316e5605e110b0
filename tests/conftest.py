"""One embedded cloud for all tests that need one, and people who use it through the front door."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from uuid import uuid4

import pytest

from localaws.cloud import LocalCloud
from tests.http import Api

DEMO = {
    "maintainer": frozenset({"cluster-maintainers", "job-maintainers"}),
    "admin": frozenset({"admins"}),
}


@pytest.fixture(scope="session")
def cloud() -> Iterator[LocalCloud]:
    """AWS with atmo deployed to it. Scheduled rules do not tick by themselves: tests fire them."""
    with LocalCloud(phase_seconds=0.1, ticking=False) as running:
        yield running


@pytest.fixture
def api(cloud: LocalCloud) -> Callable[[str], Api]:
    """The API as a person uses it: `api("alice")`."""
    from chalicelib import clock
    from chalicelib.users import service as users
    from chalicelib.users.person import Person

    def as_person(name: str) -> Api:
        now = clock.now()
        users.remember(Person(name, f"{name}@example.org", DEMO.get(name, frozenset())), now)
        return Api(cloud.portal_url, users.issue_token(name, "test", now))

    return as_person


_numbers = count(1)


@pytest.fixture
def somebody(api: Callable[[str], Api]) -> Api:
    """A plain user that no other test knows."""
    return api(f"user{next(_numbers)}-{uuid4().hex[:6]}")
