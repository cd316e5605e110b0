"""People at the portal: those who came through the provider, and fresh ones whom no other test knows."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest

from localaws.cloud import LocalCloud
from tests.http import Api
from tests.portal.visitor import Visitor


@pytest.fixture
def stranger(cloud: LocalCloud) -> Visitor:
    """Somebody who has not signed in."""
    return Visitor(cloud.portal_url)


@pytest.fixture
def signed_in(cloud: LocalCloud) -> Callable[..., Visitor]:
    """A visitor with a session of their own: `signed_in("ada", "admins")`. The sign-in itself has its own tests."""
    from chalicelib import clock
    from chalicelib.users import service as users
    from chalicelib.users.person import Person
    from chalicelib.web import auth

    def make(username: str = "", *groups: str) -> Visitor:
        username = username or f"visitor-{uuid4().hex[:8]}"
        visitor, now = Visitor(cloud.portal_url), clock.now()
        users.remember(Person(username, f"{username}@example.org", frozenset(groups)), now)
        visitor.give_cookie(auth.cookie_name(), users.open_session(now, users.SESSION_LASTS, username))
        return visitor

    return make


@pytest.fixture
def visitor(signed_in: Callable[..., Visitor]) -> Visitor:
    """A fresh person who has signed in and done nothing yet."""
    return signed_in()


@pytest.fixture
def keyed(signed_in: Callable[..., Visitor], somebody: Api) -> tuple[Visitor, Api]:
    """A fresh person with an SSH key, at the portal and over the API."""
    somebody.add_key()
    return signed_in(somebody("GET", "/me").body["username"]), somebody
