"""Whether prices are known."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from localaws.cloud import LocalCloud
from tests.support.prices import forget_prices
from tests.support.sweeps import sweep


@pytest.fixture
def priced(cloud: LocalCloud) -> Iterator[None]:
    """The sweep has asked for prices a moment ago."""
    forget_prices()
    sweep(cloud)
    yield
    forget_prices()
