"""What a sweep costs, what it does when AWS does not answer, and what it leaves behind for admins to read."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.aws.jobflows import LIVE, Jobflow, JobflowState
from chalicelib.clusters.models import Cluster
from chalicelib.clusters.sweep import SWEEP, event_was_lost
from chalicelib.core import clock
from chalicelib.core.tables import find
from chalicelib.jobflows.reconciliation import service as reconciliations
from chalicelib.jobflows.reconciliation.findings import LABELS, Report
from chalicelib.jobflows.reconciliation.listing import EVENTS_WITHIN, TAKEOVER_AFTER
from localaws.cloud import LocalCloud
from localaws.emr import EmrError
from tests.support.faults import Params, emr_answers
from tests.support.http import Api, until
from tests.support.mailbox import mails_about
from tests.support.reconciliation import OURS, findings, ghost, launch, state
from tests.support.sweeps import sweep
from tests.support.visitor import Visitor

NOW = datetime(2026, 11, 22, 9, 5, tzinfo=UTC)


@contextmanager
def ready_clusters(cloud: LocalCloud, number: int) -> Iterator[list[str]]:
    """So many clusters that have been ready for a while, with their records."""
    who, now = ghost(), clock.now()
    ids = [f"c-{uuid4().hex[:16]}" for _ in range(number)]
    made = []
    for count, cluster_id in enumerate(ids):
        name = f"atmo-local-cluster-{who}-{count}"
        jobflow = launch(cloud, name, **OURS, Record=cluster_id)
        cluster = Cluster(
            cluster_id, identifier=name, name=name, owner=who, owner_email=f"{who}@example.org", owner_state=f"{who}#active",
            live="yes", size=1, lifetime=24, emr_release="7.10.0", ssh_key="k", public_key="ssh-ed25519 A",
            status="WAITING", jobflow_id=jobflow, master_address="ec2-203-0-113-1", created_at=now - timedelta(hours=1),
            started_at=now - timedelta(hours=1), ready_at=now, expires_at=now + timedelta(hours=20),
        )  # fmt: skip
        cluster.save()
        made.append(cluster)
    until(lambda: all(state(cloud, str(cluster.jobflow_id)) == "WAITING" for cluster in made))
    yield [str(cluster.jobflow_id) for cluster in made]
    for cluster in made:
        cloud.emr.clusters[str(cluster.jobflow_id)].halt()
        cluster.update([Cluster.live.remove()])


@pytest.mark.parametrize("number", [1, 120])
def test_one_listing_whatever_the_number_of_clusters(cloud: LocalCloud, number: int) -> None:
    calls: list[tuple[str, Params]] = []

    def counted(operation: str, params: Params, really: Callable[[], Params]) -> Params:
        calls.append((operation, params))
        return really()

    with ready_clusters(cloud, number) as jobflows:
        cloud.clock.advance(minutes=11)
        sweep(cloud)  # what other tests left behind is dealt with
        with emr_answers(cloud, counted):
            sweep(cloud)
        alive = [cluster for cluster in cloud.emr.clusters.values() if cluster.state in LIVE]
        assert len(alive) >= number
        listings = [params for operation, params in calls if operation == "ListClusters"]
        assert sum("Marker" not in params for params in listings) == 1
        assert len(listings) == math.ceil(len(alive) / 50)
        assert not any(params.get("ClusterId") in jobflows for _, params in calls)


def test_a_busy_emr_is_not_made_busier(cloud: LocalCloud, api: Callable[[str], Api]) -> None:
    orphan = launch(cloud, f"atmo-local-cluster-{ghost()}", **OURS, Record="c-nothing")
    cloud.clock.advance(minutes=11)
    calls: Counter[str] = Counter()

    def busy(operation: str, params: Params, really: Callable[[], Params]) -> Params:
        calls[operation] += 1
        raise EmrError("ThrottlingException", "Rate exceeded")

    with emr_answers(cloud, busy):
        sweep(cloud)
    assert set(calls) == {"ListClusters"}
    assert findings(api, orphan) == []
    sweep(cloud)
    until(lambda: state(cloud, orphan) == "TERMINATED")


def test_warnings_go_out_although_emr_is_busy(cloud: LocalCloud) -> None:
    def busy(operation: str, params: Params, really: Callable[[], Params]) -> Params:
        raise EmrError("ThrottlingException", "Rate exceeded")

    with ready_clusters(cloud, 1) as (jobflow,):
        name = cloud.emr.clusters[jobflow].name
        cluster = next(iter(Cluster.by_jobflow.query(jobflow)))
        cluster.update([Cluster.expires_at.set(clock.now() + timedelta(minutes=30))])
        with emr_answers(cloud, busy):
            sweep(cloud)
        assert len(mails_about(cloud, name)) == 1


def test_one_record_that_cannot_be_served_does_not_keep_the_others_waiting(
    cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.clusters import emr_sync

    with ready_clusters(cloud, 3) as jobflows:
        original, served = emr_sync.apply_state, []

        def follow(cluster: Cluster, jobflow: Jobflow, now: datetime) -> None:
            if jobflow.id == jobflows[0]:
                raise RuntimeError("this one is broken")
            served.append(jobflow.id)
            original(cluster, jobflow, now)

        monkeypatch.setattr(emr_sync, "apply_state", follow)
        sweep(cloud)
        assert set(jobflows[1:]) <= set(served)


# What is left behind


def test_a_sweep_that_finds_nothing_leaves_only_its_time(cloud: LocalCloud, api: Callable[[str], Api]) -> None:
    sweep(cloud)
    before = api("admin")("GET", "/reconciliations").body
    cloud.clock.advance(minutes=5)
    sweep(cloud)
    after = api("admin")("GET", "/reconciliations").body
    assert after["last_sweep_at"] > before["last_sweep_at"]
    assert clock.now() - clock.parse(after["last_sweep_at"]) < timedelta(minutes=1)
    known = [item["at"] for item in before["items"]]
    assert [item["at"] for item in after["items"]] == known


def test_the_list_is_for_admins_and_comes_in_pages(cloud: LocalCloud, api: Callable[[str], Api]) -> None:
    for _ in range(3):
        launch(cloud, f"atmo-local-cluster-{ghost()}", **OURS, Record="c-nothing")
        cloud.clock.advance(minutes=11)
        sweep(cloud)
    admin = api("admin")
    first = admin("GET", "/reconciliations?limit=2").body
    second = admin("GET", f"/reconciliations?limit=2&cursor={first['next']}").body
    at = [item["at"] for item in first["items"] + second["items"]]
    assert len(first["items"]) == 2
    assert at == sorted(set(at), reverse=True)
    (orphan,) = first["items"][0]["findings"]
    assert set(orphan) == {"kind", "cluster", "record", "jobflow", "done"}
    assert admin("GET", "/reconciliations?cursor=nonsense").status == 400
    assert admin("GET", "/reconciliations?limit=0").status == 422
    for person in ("alice", "maintainer"):
        assert api(person)("GET", "/reconciliations").status == 404


def test_admins_read_it_in_the_portal(
    cloud: LocalCloud, api: Callable[[str], Api], signed_in: Callable[..., Visitor]
) -> None:
    name = f"atmo-local-cluster-{ghost()}"
    jobflow = launch(cloud, name, **OURS, Record="c-nothing")
    cloud.clock.advance(minutes=11)
    sweep(cloud)
    admin = signed_in("", "admins")
    page = admin.get("/admin/reconciliation")
    assert page.status == 200
    for words in (LABELS["orphan"], name, jobflow, "Ended: there is no record of it."):
        assert words in page.text
    assert "/admin/reconciliation" in admin.get("/admin").html
    assert signed_in().get("/admin/reconciliation").status == 404


def test_what_was_found_is_forgotten_after_three_months(cloud: LocalCloud) -> None:
    report, now = Report(), clock.now() + timedelta(days=1)
    report.add("stalled", "Its state machine was started.", name=ghost(), record=ghost())
    reconciliations.store(report, now)
    (stored,) = reconciliations.newest(1).items
    assert stored.ttl == int((now + timedelta(days=90)).timestamp())  # DynamoDB's TTL is in seconds
    stored.delete()


def test_the_same_found_again_is_one_item(cloud: LocalCloud) -> None:
    def report(about: str) -> Report:
        made = Report()
        made.add("refused", "EMR did not end it: protected", name=about, record=about, jobflow="j-1")
        return made

    now = clock.now() + timedelta(days=1)
    first, second = ghost(), ghost()
    for minute, about in enumerate([first, first, first, second, first]):
        reconciliations.store(report(about), now + timedelta(minutes=minute))
    listed = [
        item for item in reconciliations.newest(5).items if first in str(item.findings) or second in str(item.findings)
    ]
    assert [(item.findings[0]["record"], int(item.times)) for item in listed] == [(first, 1), (second, 1), (first, 3)]
    assert listed[2].last_at - listed[2].at == timedelta(minutes=2)
    for item in listed:
        item.delete()


# Decisions


def cluster(status: str, **more: object) -> Cluster:
    known: Params = {
        "status": status, "jobflow_id": "j-1", "lifetime": 8, "lifetime_extension_count": 0, "created_at": NOW - timedelta(hours=3),
        "started_at": NOW - timedelta(hours=3), "expires_at": NOW + timedelta(hours=5),
    }  # fmt: skip
    return Cluster("c-1", **(known | more))


AGO, LONG_AGO = NOW - EVENTS_WITHIN, NOW - TAKEOVER_AFTER - timedelta(seconds=1)


@pytest.mark.parametrize(
    ("record", "due", "late"),
    [
        (cluster("WAITING"), False, False),
        (cluster("RUNNING"), False, False),
        (cluster("WAITING", expires_at=NOW), True, False),
        (cluster("WAITING", expires_at=NOW - TAKEOVER_AFTER), True, True),
        (cluster("STARTING", started_at=NOW - timedelta(minutes=59)), False, False),
        (cluster("STARTING", started_at=NOW - timedelta(minutes=61)), True, False),
        (cluster("BOOTSTRAPPING", started_at=NOW - timedelta(minutes=71)), True, True),
        (cluster("TERMINATING", ending_at=AGO), False, False),
        (cluster("TERMINATING", ending_at=AGO - timedelta(seconds=1)), True, False),
        (cluster("TERMINATING", ending_at=LONG_AGO), True, True),
        (cluster("REQUESTED", jobflow_id=None, created_at=AGO), False, False),
        (cluster("REQUESTED", jobflow_id=None, created_at=LONG_AGO), True, False),
        (cluster("TERMINATED", finished_at=AGO), False, False),
        (cluster("TERMINATED", finished_at=LONG_AGO), True, False),
    ],
)
def test_when_the_sweep_acts_in_the_machines_place(record: Cluster, due: bool, late: bool) -> None:
    assert (SWEEP.machine_is_due(record, NOW), bool(SWEEP.overdue(record, NOW))) == (due, late)


@given(
    st.sampled_from(["REQUESTED", *JobflowState]),
    st.booleans(),
    st.timedeltas(timedelta(0), timedelta(hours=30)),
    st.timedeltas(timedelta(0), timedelta(hours=30)),
)
def test_whatever_is_overdue_was_due_before(status: str, launched: bool, age: timedelta, lifetime: timedelta) -> None:
    """The sweep never ends a cluster before the state machine had its time to, nor one that may still be used."""
    created = NOW - age
    times = {"created_at": created, "started_at": created, "expires_at": created + lifetime, "finished_at": created}
    record = cluster(status, jobflow_id="j-1" if launched else None, **times)
    if SWEEP.overdue(record, NOW):
        assert SWEEP.machine_is_due(record, NOW)
        assert launched
        assert status == "TERMINATING" or age > TAKEOVER_AFTER
        assert status not in ("RUNNING", "WAITING") or age - lifetime >= TAKEOVER_AFTER


@pytest.mark.parametrize(
    ("before", "status", "ready_ago", "ended_ago", "lost"),
    [
        ("STARTING", "STARTING", None, None, False),
        ("STARTING", "BOOTSTRAPPING", None, None, False),
        ("STARTING", "WAITING", 1, None, False),
        ("STARTING", "WAITING", 3, None, True),
        ("RUNNING", "WAITING", 60, None, False),
        ("WAITING", "TERMINATING", 60, None, False),
        ("TERMINATING", "TERMINATED", 60, 1, False),
        ("WAITING", "TERMINATED", 60, 3, True),
    ],
)
def test_which_changes_an_event_should_have_brought(
    before: str, status: str, ready_ago: int | None, ended_ago: int | None, lost: bool
) -> None:
    said = Jobflow(
        "j-1", "name", status,
        ready_at=NOW - timedelta(minutes=ready_ago) if ready_ago else None,
        ended_at=NOW - timedelta(minutes=ended_ago) if ended_ago else None,
    )  # fmt: skip
    assert event_was_lost(before, status, said, NOW) is lost


def test_there_are_words_for_every_kind() -> None:
    from typing import get_args

    from chalicelib.jobflows.reconciliation.findings import Kind

    assert set(LABELS) == set(get_args(Kind))
    assert find(Cluster, "c-nothing") is None
