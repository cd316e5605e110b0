"""Which embedded cloud runs in this process: there can be one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from localaws.cloud import LocalCloud
from tests.support import direct_calls

_running: list[LocalCloud] = []


@contextmanager
def one_cloud(phase_seconds: float = 0.1, **parameters: str) -> Iterator[LocalCloud]:
    """A fresh cloud in the place of the one that runs, which is ended for good. Its clusters stay so long in each state; its
    template has these parameters beside the local ones."""
    while _running:
        _running.pop().__exit__(None, None, None)
    with LocalCloud(phase_seconds=phase_seconds, ticking=False, parameters=parameters) as cloud:
        _running.append(cloud)
        direct_calls.install()
        allow_much()
        yield cloud


def allow_much() -> None:
    """Nobody's limits get into the way of tests that are about something else."""
    from chalicelib.core import clock
    from chalicelib.identity.person import Person
    from chalicelib.usage_limits import policy
    from chalicelib.usage_limits.models import UsageLimit
    from chalicelib.usage_limits.rules import Policy

    much = dict.fromkeys(map(str, UsageLimit), 10_000)
    admin = Person("admin", "admin@example.org", frozenset({"admins"}))
    policy.change(admin, lambda _: Policy(much, {}, {}), clock.now())


def refused() -> list[str]:
    """What IAM refused since this was asked last, in words. That a cluster may not be described says that it is not ours, and is
    no fault."""
    calls = [call for cloud in _running for call in cloud.authorization.refused if "DescribeCluster" not in call]
    for cloud in _running:
        cloud.authorization.refused.clear()
    return calls
