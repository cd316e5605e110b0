"""Clouds that follow one another in a process: nothing of one goes on in the next."""

from __future__ import annotations

import threading

from tests.support import people
from tests.support.clouds import one_cloud
from tests.support.executions import awaits_expiry
from tests.support.http import Api, reaches, until

OF_EXECUTIONS = ("_execution_logic", "_exec_and_notify", "eval")


def executing() -> set[threading.Thread]:
    """The threads of state machines' executions."""
    targets = tuple(f"({target})" for target in OF_EXECUTIONS)
    return {thread for thread in threading.enumerate() if thread.name.endswith(targets)}


def test_executions_end_with_their_cloud() -> None:
    before = executing()
    with one_cloud() as cloud:
        people.join("executes")
        api = Api(cloud.portal_url, people.api_token("executes"))
        cluster = api.launch()
        reaches(api, f"/clusters/{cluster['id']}", "WAITING")
        awaits_expiry(cloud, cluster["id"])
        assert executing() - before
    until(lambda: not executing() - before)
