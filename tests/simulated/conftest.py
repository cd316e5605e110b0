"""An AWS of its own, whose records no other test's sweep or dispatch sees."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from localaws.cloud import LocalCloud
from tests.support.clouds import one_cloud


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with one_cloud() as running:
        yield running
