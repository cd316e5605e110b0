"""An AWS of its own, whose records no other test's sweep or dispatch sees."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from localaws.cloud import LocalCloud


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud(phase_seconds=0.1, ticking=False) as running:
        yield running
