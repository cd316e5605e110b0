"""People at the portal: those who came through the provider, and fresh ones whom no other test knows."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from localaws.cloud import LocalCloud
from tests.http import Api
from tests.portal.visitor import Visitor


@pytest.fixture
def stranger(cloud: LocalCloud) -> Visitor:
    """Somebody who has not signed in."""
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
