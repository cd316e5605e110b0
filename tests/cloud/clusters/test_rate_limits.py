"""A hundred launches at once against an EMR that throttles as the real one does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.clusters.models import Cluster
from localaws.cloud import LocalCloud
from tests.support.calls import Calls
from tests.support.faults import Params, emr_answers, events_go, without_bootstrap
from tests.support.http import Api, until
from tests.support.visitor import Visitor

MANY = 100


class Throng:
    """The clusters of one person, looked at while the clock goes on in steps, nobody being busy when it does."""

    def __init__(self, cloud: LocalCloud, calls: Calls, somebody: Api) -> None:
        self.cloud, self.calls, self.somebody = cloud, calls, somebody
        self.owner = somebody("GET", "/me").body["username"]
        self.events: list[Params] = []

    @property
    def records(self) -> list[Cluster]:
        return list(Cluster.by_owner.query(self.owner))

    def statuses(self) -> Counter[str]:
        return Counter(record.status for record in self.records)

    def settle(self) -> None:
        until(lambda: self.calls.quiet(0.1), 120)

    def keep(self, event: Params, deliver: Callable[[Params], None]) -> None:
        """EMR takes minutes to start a cluster; here its events come when whoever is busy now is done."""
        self.events.append(event)

    def hand_over(self) -> None:
        events, self.events = self.events, []
        for answer in self.at_once(lambda event: self.cloud.functions.invoke("on_emr_event", event), events):
            assert answer.error is None

    def goes_on_until(self, reached: Callable[[], bool], step: float = 4) -> float:
        """Cloud seconds until it is reached; the sweep comes every five minutes."""
        began = swept = self.cloud.clock.seconds()
        while not reached():
            assert self.cloud.clock.seconds() - began < 3600, self.statuses()
            self.cloud.clock.advance(seconds=step)
            self.settle()
            self.hand_over()
            if self.cloud.clock.seconds() - swept > 300:
                swept = self.cloud.clock.seconds()
                self.cloud.events.tick("sweep")
        return self.cloud.clock.seconds() - began

    def all_are(self, state: str) -> bool:
        """Whether EMR has so many in this state; if so, whether the records agree."""
        in_emr = sum(jobflow.state == state for jobflow in self.jobflows())
        return in_emr == MANY and not self.events and self.statuses()[state] == MANY

    def at_once(self, act: Callable[[Any], Any], things: list[Any]) -> list[Any]:
        with ThreadPoolExecutor(20) as people:
            return list(people.map(act, things))

    def jobflows(self) -> list[Any]:
        return [
            jobflow for jobflow in list(self.cloud.emr.clusters.values()) if f"cluster-{self.owner}-" in jobflow.name
        ]


@pytest.fixture
def throng(cloud: LocalCloud, somebody: Api, monkeypatch: pytest.MonkeyPatch) -> Iterator[Throng]:
    monkeypatch.setattr(cloud.emr.runtime, "phase_seconds", 0.02)
    cloud.clock.advance(minutes=5)  # the buckets are full
    with Calls(cloud).watching() as calls, emr_answers(cloud, without_bootstrap):
        cloud.emr.rates.answered.clear()
        cloud.emr.rates.throttled.clear()
        cloud.emr.rates.enforced = True
        throng = Throng(cloud, calls, somebody)
        with events_go(cloud, throng.keep):
            yield throng
        cloud.emr.rates.enforced = False


def test_a_hundred_launches_at_once(throng: Throng, signed_in: Callable[..., Visitor]) -> None:
    rates, somebody = throng.cloud.emr.rates, throng.somebody
    key = somebody.add_key()
    launched = throng.at_once(
        lambda number: somebody.launch(identifier=f"one-of-{number}", ssh_key=key), list(range(MANY))
    )
    assert len({record["id"] for record in launched}) == MANY

    throng.settle()
    waited = throng.goes_on_until(lambda: any("queued" in _reason(record) for record in throng.records))
    queued = [f"/clusters/{record.id}" for record in throng.records if "queued" in _reason(record)]
    visitor = signed_in(throng.owner)
    # One or the other may have its turn meanwhile.
    assert any("queued" in somebody("GET", path).body["status_reason"] for path in queued)
    assert any("queued" in visitor.get(path).text for path in queued)

    waited += throng.goes_on_until(lambda: throng.all_are("WAITING"))
    launches = rates.answered["RunJobFlow"], rates.throttled["RunJobFlow"]
    described = rates.answered["DescribeCluster"], rates.throttled["DescribeCluster"]
    print(f"{MANY} run after {waited:.0f} s; RunJobFlow {launches}, DescribeCluster {described} (answered, throttled)")
    jobflows = throng.jobflows()
    assert sorted(jobflow.id for jobflow in jobflows if jobflow.is_alive) == sorted(
        str(record.jobflow_id) for record in throng.records
    )
    assert len(jobflows) == MANY <= launches[0], "an earlier test's may be among those answered"
    assert launches[1] <= 4 * MANY
    assert sum(described) <= 2 * MANY
    assert waited < 15 * 60

    throng.at_once(lambda record: somebody("POST", f"/clusters/{record['id']}/terminate"), launched)
    waited = throng.goes_on_until(lambda: throng.all_are("TERMINATED"))
    throng.settle()
    ends = rates.answered["TerminateJobFlows"], rates.throttled["TerminateJobFlows"]
    described = rates.answered["DescribeCluster"], rates.throttled["DescribeCluster"]
    print(f"{MANY} ended after {waited:.0f} s; TerminateJobFlows {ends}, DescribeCluster {described} in all")
    assert not any(jobflow.is_alive for jobflow in jobflows)
    assert ends[1] <= 4 * MANY
    assert sum(described) <= 4 * MANY
    assert {record.status_reason for record in throng.records} == {f"Terminated by {throng.owner}."}


def _reason(cluster: Cluster) -> str:
    cluster.refresh(consistent_read=True)
    return str(cluster.status_reason)
