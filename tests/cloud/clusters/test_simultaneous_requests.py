"""Extending, terminating and warning by several people, clicks and sweeps at the same instant."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.clusters.models import Cluster
from chalicelib.core import clock
from localaws.cloud import LocalCloud
from tests.support.at_once import at_once
from tests.support.calls import Calls, Place
from tests.support.http import Api, reaches, until
from tests.support.mailbox import mails_about

TIMES = 6


@pytest.fixture
def running(somebody: Api) -> Any:
    return reaches(somebody, f"/clusters/{somebody.launch()['id']}", "WAITING")


@pytest.mark.parametrize(("key", "times"), [("the same", 1), ("one each", TIMES)])
def test_extensions_at_once(somebody: Api, running: Any, key: str, times: int) -> None:
    """A repeated click extends once; of different people's extensions none is lost."""
    path = f"/clusters/{running['id']}"
    keys = [key if times == 1 else f"{key} {number}" for number in range(TIMES)]
    answers = at_once(
        lambda number: somebody("POST", f"{path}/extend", {"hours": 2}, Idempotency_Key=keys[number]), TIMES
    )
    assert [answer.status for answer in answers] == [200] * TIMES
    after = somebody("GET", path).body
    assert after["lifetime_extension_count"] == times
    assert clock.parse(after["expires_at"]) - clock.parse(running["expires_at"]) == timedelta(hours=2 * times)


def test_an_extension_whose_write_is_made_twice_extends_once(cloud: LocalCloud, somebody: Api, running: Any) -> None:
    """Also without a key: the SDK repeats a write whose answer it lost, and finds it done."""
    from chalicelib.clusters import service
    from chalicelib.clusters.forms import ExtendCluster
    from chalicelib.identity.person import Person

    person = Person(running["owner"], "somebody@example.org", frozenset())
    with Calls(cloud).watching() as calls, calls.acting("it", "extend"):
        calls.planned["it", Place("", "extend", "TransactWriteItems", 1)] = "is made twice by the SDK"
        service.extend(person, running["id"], ExtendCluster(hours=2), "", clock.now())
        assert calls.struck
    assert somebody("GET", f"/clusters/{running['id']}").body["lifetime_extension_count"] == 1


def test_terminations_at_once(cloud: LocalCloud, somebody: Api, running: Any) -> None:
    path = f"/clusters/{running['id']}"
    before = cloud.emr.rates.answered["TerminateJobFlows"]
    answers = at_once(lambda number: somebody("POST", f"{path}/terminate"), TIMES)
    assert [answer.status for answer in answers] == [200] * TIMES
    ended = reaches(somebody, path, "TERMINATED")
    assert (ended["ended_by"], ended["status_reason"]) == (running["owner"], f"Terminated by {running['owner']}.")
    assert cloud.emr.rates.answered["TerminateJobFlows"] == before + 1


@pytest.mark.parametrize("lifetimes", [1, 2])
def test_warnings_at_once(cloud: LocalCloud, running: Any, lifetimes: int) -> None:
    """One for each lifetime, however many sweeps there are."""
    record, event = Cluster.get(running["id"]), cloud.events.event("aws.events", "Scheduled Event", {})
    for minutes in range(50, 50 + lifetimes):
        record.update([Cluster.expires_at.set(clock.now() + timedelta(minutes=minutes))])
        assert all(done.error is None for done in at_once(lambda number: cloud.functions.invoke("sweep", event), TIMES))
    until(lambda: len(mails_about(cloud, running["identifier"])) >= lifetimes)
    assert len(mails_about(cloud, running["identifier"])) == lifetimes
