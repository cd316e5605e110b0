"""One embedded cloud for all tests that need one, and people who use it through the front door."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, sync_playwright

from localaws.cloud import LocalCloud
from tests.clouds import one_cloud
from tests.http import Api
from tests.portal.visitor import Visitor

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
DEMO = {
    "maintainer": frozenset({"cluster-maintainers", "job-maintainers"}),
    "admin": frozenset({"admins"}),
}


# The same examples each time, however busy the machine is: a test that fails now and then is broken. New examples are
# looked for with --hypothesis-profile=explore.
settings.register_profile("atmo", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("explore", deadline=None)
settings.load_profile("atmo")

OWN_AWS = ("emr", "localaws", "packaging", "simulated")
"""Folders of tests that make an AWS of their own. moto keeps one AWS for a whole process, so these come last."""
OWN_CLOUD = "simulated"
"""The folder of tests that have an embedded cloud to themselves. They come last of all."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything that uses the session's cloud comes before anything that replaces it, or that ends it."""

    def place(item: pytest.Item) -> int:
        folder = item.path.relative_to(Path(__file__).parent).parts[0]
        return 2 if folder == OWN_CLOUD else int(folder in OWN_AWS)

    items.sort(key=place)


@pytest.fixture(scope="session")
def cloud() -> Iterator[LocalCloud]:
    """AWS with atmo deployed to it. Scheduled rules do not tick by themselves: tests fire them."""
    with one_cloud() as running:
        yield running


@pytest.fixture
def api(cloud: LocalCloud) -> Callable[[str], Api]:
    """The API as a person uses it: `api("alice")`."""
    from chalicelib.core import clock
    from chalicelib.identity import tokens, users
    from chalicelib.identity.person import Person

    def as_person(name: str) -> Api:
        now = clock.now()
        users.remember(Person(name, f"{name}@example.org", DEMO.get(name, frozenset())), now)
        secret = tokens.new_secret()
        tokens.issue(name, "test", now + timedelta(days=365), now, "write", secret)
        return Api(cloud.portal_url, secret)

    return as_person


@pytest.fixture
def signed_in(cloud: LocalCloud) -> Callable[..., Visitor]:
    """A visitor with a session of their own: `signed_in("ada", "admins")`. The sign-in itself has its own tests."""
    from chalicelib.core import clock
    from chalicelib.identity import sessions, users
    from chalicelib.identity.person import Person
    from chalicelib.web import auth

    def make(username: str = "", *groups: str) -> Visitor:
        username = username or f"visitor-{uuid4().hex[:8]}"
        visitor, now = Visitor(cloud.portal_url), clock.now()
        users.remember(Person(username, f"{username}@example.org", frozenset(groups)), now)
        visitor.give_cookie(auth.cookie_name(), sessions.begin(username, now))
        return visitor

    return make


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The machine's own Chromium, or the browser that ATMO_BROWSER names. Without one these tests are skipped, saying so;
    with ATMO_REQUIRE_BROWSER=1 they fail."""
    found = os.environ.get("ATMO_BROWSER") or next(filter(None, map(shutil.which, BROWSERS)), "")
    if not found:
        message = f"no browser: none of {', '.join(BROWSERS)} is installed, and ATMO_BROWSER does not name one"
        if os.environ.get("ATMO_REQUIRE_BROWSER") == "1":
            pytest.fail(message)
        pytest.skip(message)
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=arguments)
        yield running
        running.close()


_numbers = count(1)


@pytest.fixture
def somebody(api: Callable[[str], Api]) -> Api:
    """A plain user that no other test knows."""
    return api(f"user{next(_numbers)}-{uuid4().hex[:6]}")
