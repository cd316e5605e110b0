"""Clouds that follow one another in a process: nothing of one goes on in the next."""

from __future__ import annotations

import threading

from tests.support import people
from tests.support.clouds import one_cloud
from tests.support.executions import awaits_expiry
from tests.support.http import Api, reaches, until

OF_EXECUTIONS = ("_execution_logic", "_exec_and_notify", "eval")


def executing() -> list[str]:
    """The threads of state machines' executions."""
    names = [thread.name for thread in threading.enumerate()]
    return [name for name in names if name.endswith(tuple(f"({target})" for target in OF_EXECUTIONS))]


def test_executions_end_with_their_cloud() -> None:
    with one_cloud() as cloud:
        people.join("executes")
        api = Api(cloud.portal_url, people.api_token("executes"))
        cluster = api.launch()
        reaches(api, f"/clusters/{cluster['id']}", "WAITING")
        awaits_expiry(cloud, cluster["id"])
        assert executing()
    until(lambda: not executing())
