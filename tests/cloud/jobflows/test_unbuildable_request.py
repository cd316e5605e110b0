"""A launch that cannot be decided on or put together is an outcome that its owner is told of, not a wait without an end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.clusters import lifecycle as clusters
from chalicelib.core import clock
from chalicelib.core.errors import Unavailable
from chalicelib.jobflows import instances
from chalicelib.runs import lifecycle as runs
from chalicelib.site_settings import service as site
from chalicelib.site_settings.models import Setting
from localaws.cloud import LocalCloud
from tests.cloud.jobflows.test_state_machines import alive, execution, moving_on
from tests.support.executions import visited
from tests.support.http import Api, reaches, until
from tests.support.mailbox import mails_about
from tests.support.settings import forget
from tests.support.visitor import Visitor
from tests.support.webhook_receiver import receiver

SENTENCE = "atmo could not put together its request to EMR"


@pytest.fixture
def unusable_settings(cloud: LocalCloud) -> Iterator[None]:
    """Site settings such as no form stores: somebody put them into the table."""
    value = {"task_size": "many", "spot": True, "worker_types": "m5.xlarge"}
    Setting(site.SITE, value=value, changed_by="admin", changed_at=clock.now()).save()
    site._in_minute.cache_clear()
    yield
    forget()


@pytest.mark.usefixtures("unusable_settings")
def test_a_cluster_s_owner_is_told_on_every_channel(cloud: LocalCloud, keyed: tuple[Visitor, Api]) -> None:
    visitor, somebody = keyed
    cluster = somebody.launch(size=3)
    failed = reaches(somebody, f"/clusters/{cluster['id']}", "FAILED_TO_LAUNCH")
    assert SENTENCE in failed["status_reason"]
    assert failed["jobflow_id"] is None
    until(lambda: execution(cloud, "cluster", cluster["id"]) == "SUCCEEDED")
    assert SENTENCE in visitor.get(f"/clusters/{cluster['id']}").text
    listed = somebody("GET", "/clusters").body["items"]
    assert [one["status"] for one in listed if one["id"] == cluster["id"]] == ["FAILED_TO_LAUNCH"]
    until(lambda: SENTENCE in str([vars(mail) for mail in mails_about(cloud, cluster["identifier"])]))


@pytest.mark.usefixtures("unusable_settings")
def test_a_run_s_owner_is_told_on_every_channel(cloud: LocalCloud, keyed: tuple[Visitor, Api]) -> None:
    visitor, somebody = keyed
    with receiver() as hook:
        job = somebody.schedule(f"job-{uuid4().hex[:8]}", size=3, webhook_url=hook.url)
        run = somebody("POST", f"/jobs/{job['id']}/run", {}).body
        failed = reaches(somebody, f"/runs/{run['id']}", "FAILED")
        until(lambda: hook.received)
        assert SENTENCE in hook.body(0)["reason"]
    assert SENTENCE in failed["status_reason"]
    assert SENTENCE in visitor.get(f"/runs/{run['id']}").text
    assert somebody("GET", f"/jobs/{job['id']}/runs").body["items"][0]["status"] == "FAILED"
    assert somebody("GET", f"/jobs/{job['id']}").body["active_run"] is None
    until(lambda: SENTENCE in str([vars(mail) for mail in mails_about(cloud, job["identifier"])]))


def test_a_service_that_is_silent_is_asked_again(
    cloud: LocalCloud, somebody: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [3]
    original = instances.instances

    def silent_at_first(*args: Any) -> Any:
        left[0] -= 1
        if left[0] >= 0:
            raise Unavailable("AWS could not read the file just now.")
        return original(*args)

    monkeypatch.setattr(instances, "instances", silent_at_first)
    cluster = somebody.launch()
    moving_on(cloud, lambda: somebody("GET", f"/clusters/{cluster['id']}").body["status"] == "WAITING")


def never(*args: Any, **named: Any) -> Any:
    raise RuntimeError("nothing can be decided")


def test_a_cluster_that_cannot_be_decided_on_fails_to_launch(
    cloud: LocalCloud, somebody: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(clusters.TASKS, "decide", never)
    cluster = somebody.launch(lifetime=24)
    moving_on(cloud, is_over(somebody, f"/clusters/{cluster['id']}"))
    failed = somebody("GET", f"/clusters/{cluster['id']}").body
    assert failed["status"] == "FAILED_TO_LAUNCH"
    assert "nothing can be decided" in failed["status_reason"]
    moving_on(cloud, lambda: execution(cloud, "cluster", cluster["id"]) == "SUCCEEDED")
    assert visited(cloud, "cluster", cluster["id"])[-4:] == ["GiveUp", "WhatNext", "RecordEnd", "Ended"]


def test_a_run_that_cannot_be_decided_on_fails(
    cloud: LocalCloud, somebody: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(runs.TASKS, "decide", never)
    job = somebody.schedule(f"job-{uuid4().hex[:8]}", job_timeout=24)
    run = somebody("POST", f"/jobs/{job['id']}/run", {}).body
    moving_on(cloud, is_over(somebody, f"/runs/{run['id']}"))
    failed = somebody("GET", f"/runs/{run['id']}").body
    assert failed["status"] == "FAILED"
    assert "nothing can be decided" in failed["status_reason"]
    moving_on(cloud, lambda: execution(cloud, "job-run", run["id"]) == "SUCCEEDED")


def test_a_cluster_that_nobody_can_decide_on_any_more_ends_when_it_expires(
    cloud: LocalCloud, somebody: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = somebody.launch(lifetime=2)
    path = f"/clusters/{cluster['id']}"
    reaches(somebody, path, "WAITING")
    until(lambda: visited(cloud, "cluster", cluster["id"])[-1] == "AwaitExpiry")
    monkeypatch.setitem(clusters.TASKS, "decide", never)
    somebody("POST", f"{path}/extend", {"hours": 1})  # wakes the machine, which then fails
    until(lambda: visited(cloud, "cluster", cluster["id"])[-1] != "AwaitExpiry")
    moving_on(cloud, is_over(somebody, path), 180)
    ended = somebody("GET", path).body
    assert ended["finished_at"] >= ended["expires_at"]
    until(lambda: alive(cloud, cluster["identifier"]) == [])
    moving_on(cloud, lambda: execution(cloud, "cluster", cluster["id"]) == "SUCCEEDED")


def is_over(api: Api, path: str) -> Callable[[], bool]:
    return lambda: bool(api("GET", path).body["finished_at"])
