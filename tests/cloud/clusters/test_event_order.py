"""EMR's events out of order, repeated and lost: the record ends right, and never goes back on the way."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.clusters import emr_sync, rules
from chalicelib.clusters.models import FINAL, ORDER, Cluster
from chalicelib.core.tables import find
from chalicelib.entrypoints import events as emr_events
from chalicelib.runs import emr_sync as runs
from chalicelib.runs.models import Run
from localaws.cloud import LocalCloud
from localaws.emr import EmrError
from tests.support.faults import Params, emr_answers

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)
_numbers = count(1)


@dataclass(frozen=True)
class Change:
    """A state that EMR's cluster reaches so many minutes after the launch."""

    state: str
    minute: int

    @property
    def at(self) -> datetime:
        return BEGAN + timedelta(minutes=self.minute)


@st.composite
def lives(draw: st.DrawFn) -> list[Change]:
    """What a cluster goes through: perhaps ready, perhaps at work several times, and its end."""
    between = draw(st.lists(st.sampled_from(["RUNNING", "WAITING"]), max_size=3))
    states = ["STARTING", *between, draw(st.sampled_from(["TERMINATED", "TERMINATED_WITH_ERRORS"]))]
    return [Change(state, minute) for minute, state in enumerate(states, 1)]


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[Change], list[Change], int | None]:
    """A life, its events as they arrive, and before which of them the owner terminates the cluster."""
    life = draw(lives())
    arriving = draw(st.lists(st.sampled_from(life), max_size=8))
    return life, arriving, draw(st.one_of(st.none(), st.integers(0, 8)))


class EmrAnswers:
    """EMR's answers about one jobflow as it stands at its life's end."""

    def __init__(self) -> None:
        self.jobflow_id, self.life = "", [Change("STARTING", 1)]

    def __call__(self, operation: str, params: Params, really: Callable[[], Params]) -> Params:
        if params.get("ClusterId") != self.jobflow_id:
            return really()
        if operation != "DescribeCluster":
            raise EmrError("InternalFailure", "not asked here", 500)
        ready = next((change.at for change in self.life if change.state in ("RUNNING", "WAITING")), None)
        timeline = {"CreationDateTime": BEGAN, "ReadyDateTime": ready, "EndDateTime": self.life[-1].at}
        status = {"State": self.life[-1].state, "StateChangeReason": {"Message": "as EMR says"}}
        status["Timeline"] = {name: at.timestamp() for name, at in timeline.items() if at}
        return {"Cluster": {"Id": self.jobflow_id, "Name": "a test", "Status": status, "NormalizedInstanceHours": 8}}


@pytest.fixture(scope="module")
def emr_says(cloud: LocalCloud) -> Iterator[EmrAnswers]:
    answers = EmrAnswers()
    with emr_answers(cloud, answers):
        yield answers


def event(jobflow_id: str, change: Change) -> dict[str, Any]:
    detail = {"clusterId": jobflow_id, "name": "a test", "state": change.state, "stateChangeReason": json.dumps({})}
    return {"detail-type": "EMR Cluster State Change", "time": f"{change.at:%Y-%m-%dT%H:%M:%SZ}", "detail": detail}


def step_event(jobflow_id: str, state: str) -> dict[str, Any]:
    detail = {"clusterId": jobflow_id, "stepId": "s-1", "name": "a step", "state": state}
    return {"detail-type": "EMR Step Status Change", "time": "2026-03-01T12:30:00Z", "detail": detail}


def new_cluster(jobflow_id: str) -> Cluster:
    record = Cluster(
        f"c-{jobflow_id}", identifier="a-test", name="a test", owner="ada", owner_email="ada@example.org",
        owner_state="ada#active", live="yes", size=1, lifetime=8, emr_release="7.10.0", ssh_key="k",
        public_key="", status="STARTING", jobflow_id=jobflow_id, created_at=BEGAN, started_at=BEGAN,
        expires_at=BEGAN + timedelta(hours=8),
    )  # fmt: skip
    record.save()
    return record


def rank(status: str) -> int:
    """RUNNING and WAITING alternate; all else only comes later."""
    return len(ORDER) if status in FINAL else ORDER.index("RUNNING" if status == "WAITING" else status)


FAST = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@FAST
@given(delivery=deliveries())
def test_a_cluster(emr_says: EmrAnswers, delivery: tuple[list[Change], list[Change], int | None]) -> None:
    life, arriving, terminated_before = delivery
    jobflow_id = f"j-ORDER{next(_numbers):08}"
    emr_says.jobflow_id, emr_says.life = jobflow_id, life
    record = new_cluster(jobflow_id)
    seen: list[Cluster] = [record]
    for number, change in enumerate(arriving):
        if number == terminated_before:
            emr_sync.set_status(seen[-1], "TERMINATING", "Terminated by ada.")
        emr_events.apply_event(event(jobflow_id, change), change.at)
        seen.append(_read(record))
        _only_forward(seen[-2], seen[-1])

    end = life[-1]
    if end not in arriving:
        emr_sync.refresh(_read(record), end.at)  # what the sweep does for a record whose jobflow is not listed as live
    ended = _read(record)
    _only_forward(seen[-1], ended)
    assert (ended.status, ended.finished_at) == (end.state, end.at)
    if terminated_before is not None and any(one.status == "TERMINATING" for one in seen):
        assert ended.status_reason == "Terminated by ada."
    assert rules.wake_reason(ended) == "ended"
    for change in reversed(life):
        emr_events.apply_event(event(jobflow_id, change), change.at)
        again = _read(record)
        _only_forward(ended, again)
        assert (again.status, again.status_reason, again.finished_at) == (end.state, ended.status_reason, end.at)
    ended.delete()


def _read(record: Cluster) -> Cluster:
    stored = find(Cluster, record.id)
    assert stored
    return stored


def _only_forward(before: Cluster, after: Cluster) -> None:
    """Neither the status goes back nor does a time, once set, change."""
    assert rank(after.status) >= rank(before.status), f"from {before.status} to {after.status}"
    for name in ("started_at", "ready_at", "finished_at"):
        if getattr(before, name) is not None:
            assert getattr(after, name) == getattr(before, name), name


RUN_ORDER = ("QUEUED", "STARTING", "RUNNING")


@FAST
@given(
    life=lives(),
    steps=st.sampled_from(
        [["PENDING", "RUNNING", "COMPLETED"], ["PENDING", "RUNNING", "FAILED"], ["PENDING", "CANCELLED"]]
    ),
    choices=st.lists(st.integers(0, 30), max_size=10),
)
def test_a_run(emr_says: EmrAnswers, life: list[Change], steps: list[str], choices: list[int]) -> None:
    jobflow_id = f"j-RUN{next(_numbers):010}"
    emr_says.jobflow_id, emr_says.life = jobflow_id, life
    run = Run(
        f"r-{jobflow_id}", job_id="none", job_identifier="a-test", owner="ada", owner_email="ada@example.org", live="yes",
        trigger="manual", size=1, emr_release="7.10.0", timeout=8, notebook_name="n", notebook_key="n", notebook_version="1",
        result_visibility="private", name="a test", status="STARTING", created_at=BEGAN, scheduled_at=BEGAN,
        started_at=BEGAN, jobflow_id=jobflow_id, cluster_state="STARTING",
    )  # fmt: skip
    run.save()
    events = [*(event(jobflow_id, change) for change in life), *(step_event(jobflow_id, state) for state in steps)]
    arriving = [events[number % len(events)] for number in choices]
    before = run
    for each in arriving:
        emr_events.apply_event(each, BEGAN)
        after = _run(run)
        assert RUN_ORDER.index(after.status) >= RUN_ORDER.index(before.status)
        assert rank(after.cluster_state) >= rank(before.cluster_state)
        assert before.step_state not in ("COMPLETED", "FAILED", "CANCELLED") or after.step_state == before.step_state
        assert before.ready_at in (None, after.ready_at)
        before = after
    if events[len(life) - 1] not in arriving:
        runs.refresh(_run(run), life[-1].at)
    ended = _run(run)
    assert ended.cluster_state == life[-1].state
    assert ended.cluster_ended
    ended.delete()


def _run(run: Run) -> Run:
    stored = find(Run, run.id)
    assert stored
    return stored
