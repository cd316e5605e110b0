"""Fixtures that several layers share: the embedded cloud, and people who use it through the front door.

What they start is imported where it is started: unit tests load none of it.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from itertools import count
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Chromium

    from localaws.cloud import LocalCloud
    from tests.support.http import Api
    from tests.support.sign_in import Provider
    from tests.support.visitor import Visitor

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
DEMO = {"maintainer": ("cluster-maintainers", "job-maintainers"), "admin": ("admins",)}
_numbers = count(1)


@pytest.fixture(scope="session")
def cloud() -> Iterator[LocalCloud]:
    """AWS with atmo deployed to it. Scheduled rules do not tick by themselves: tests fire them."""
    from tests.support.clouds import one_cloud

    with one_cloud() as running:
        yield running


@pytest.fixture(autouse=True)
def nothing_refused() -> Iterator[None]:
    """Every function may what it does, also where a refusal would be swallowed."""
    yield
    if clouds := sys.modules.get("tests.support.clouds"):
        assert clouds.refused() == []


@pytest.fixture
def api(cloud: LocalCloud) -> Callable[[str], Api]:
    """The API as a person uses it: `api("alice")`."""
    from tests.support import people
    from tests.support.http import Api

    def as_person(name: str) -> Api:
        people.join(name, *DEMO.get(name, ()))
        return Api(cloud.portal_url, people.api_token(name))

    return as_person


@pytest.fixture
def somebody(api: Callable[[str], Api]) -> Api:
    """A plain user that no other test knows."""
    return api(f"user{next(_numbers)}-{uuid4().hex[:6]}")


@pytest.fixture
def signed_in(cloud: LocalCloud) -> Callable[..., Visitor]:
    """A visitor with a session of their own: `signed_in("ada", "admins")`, somebody fresh without a name."""
    from tests.support import people

    def make(username: str = "", *groups: str) -> Visitor:
        return people.signed_in(cloud, username or people.fresh("visitor"), *groups)

    return make


@pytest.fixture
def stranger(cloud: LocalCloud) -> Visitor:
    """Somebody who has not signed in."""
    from tests.support.visitor import Visitor

    return Visitor(cloud.portal_url)


@pytest.fixture
def visitor(signed_in: Callable[..., Visitor]) -> Visitor:
    """A fresh person who has signed in and done nothing yet."""
    return signed_in()


@pytest.fixture
def keyed(signed_in: Callable[..., Visitor], somebody: Api) -> tuple[Visitor, Api]:
    """A fresh person with an SSH key, at the portal and over the API."""
    somebody.add_key()
    return signed_in(somebody("GET", "/me").body["username"]), somebody


@pytest.fixture(scope="module")
def alice(cloud: LocalCloud) -> Visitor:
    """Somebody with jobs of her own."""
    from tests.support import people

    return people.signed_in(cloud, people.fresh("alice"))


@pytest.fixture(scope="module")
def bob(cloud: LocalCloud) -> Visitor:
    """Somebody else."""
    from tests.support import people

    return people.signed_in(cloud, people.fresh("bob"))


@pytest.fixture
def provider(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """The provider, which a test may spoil. It is itself again afterwards."""
    from tests.support.sign_in import Provider

    spoilt = Provider(cloud, monkeypatch)
    yield spoilt
    spoilt.forget()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """The machine's own Chromium, or the browser that ATMO_BROWSER names. Without one these tests are skipped, saying so;
    with ATMO_REQUIRE_BROWSER=1 they fail."""
    from playwright.sync_api import sync_playwright

    program = os.environ.get("ATMO_BROWSER") or next(filter(None, map(shutil.which, BROWSERS)), "")
    if not program:
        message = f"no browser: none of {', '.join(BROWSERS)} is installed, and ATMO_BROWSER does not name one"
        if os.environ.get("ATMO_REQUIRE_BROWSER") == "1":
            pytest.fail(message)
        pytest.skip(message)
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=arguments)
        yield running
        running.close()
