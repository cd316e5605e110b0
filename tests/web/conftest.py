"""A provider that a test may spoil."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from localaws.cloud import LocalCloud
from tests.web.flow import Provider


@pytest.fixture
def provider(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """The provider, which is itself again afterwards."""
    spoilt = Provider(cloud, monkeypatch)
    yield spoilt
    spoilt.forget()


@pytest.fixture(autouse=True)
def no_failures_yet(cloud: LocalCloud) -> None:
    """Nobody has failed to sign in within this minute: all tests come from one address."""
    from chalicelib.identity.rate_limit import service as rate_limit
    from chalicelib.identity.rate_limit.models import Failures

    rate_limit._over.clear()
    for record in Failures.scan():
        record.delete()
