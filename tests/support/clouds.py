"""Which embedded cloud runs in this process: there can be one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from localaws.cloud import LocalCloud

_running: list[LocalCloud] = []


@contextmanager
def one_cloud() -> Iterator[LocalCloud]:
    """A fresh cloud in the place of the one that runs, which is ended for good."""
    while _running:
        _running.pop().__exit__(None, None, None)
    with LocalCloud(phase_seconds=0.1, ticking=False) as cloud:
        _running.append(cloud)
        yield cloud
