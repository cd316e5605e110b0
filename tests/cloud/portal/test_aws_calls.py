"""What every page asks of AWS: a handful of calls, and none of them twice."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
import urllib3
from botocore.client import BaseClient

from chalicelib.runs.models import Trigger
from localaws.cloud import LocalCloud
from localaws.gateway import THREAD
from tests.support.http import HTTP_TIMEOUT, RELEASE, TINY, Api, fresh_key

MAX_CALLS = 6
WHO = "counted"
Call = tuple[str, str]


@contextmanager
def calls(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Call]]:
    """The AWS calls that requests to the portal make meanwhile: each operation with its parameters as JSON."""
    made: list[Call] = []
    really = BaseClient._make_api_call  # type: ignore[attr-defined]

    def call(client: BaseClient, operation: str, params: dict[str, Any]) -> Any:
        # Each request is answered in a thread of that name; what the cloud does by itself meanwhile has others.
        if threading.current_thread().name == THREAD:
            made.append((operation, json.dumps(params, sort_keys=True, default=str)))
        return really(client, operation, params)

    with monkeypatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", call)
        yield made


def pages() -> list[str]:
    """The portal's own list of what can be looked at."""
    from chalicelib.entrypoints import addresses

    routes = [addresses.routes_of(module) for module in addresses.PORTAL]
    actions = [action for one in routes for action in getattr(one, "actions", [])]
    return sorted({path for path, method, _ in actions if method == "GET"})


@pytest.fixture(scope="module")
def ids(cloud: LocalCloud) -> dict[str, str]:
    """Things of a person who is an admin too, by the names that paths have for them; nothing happens to them by itself."""
    from chalicelib.core import clock
    from chalicelib.identity import tokens, users
    from chalicelib.identity.person import Person

    now, secret = clock.now(), tokens.new_secret()
    users.remember(Person(WHO, f"{WHO}@example.org", frozenset({"admins"})), now)
    tokens.issue(WHO, "test", now + timedelta(days=365), now, "write", secret)
    api = Api(cloud.portal_url, secret)
    key = api("POST", "/keys", {"title": "a", "key": fresh_key()}).body["id"]
    job = api("POST", "/jobs", {
        "identifier": WHO, "description": "Counted.", "notebook": {"name": "n.ipynb", "content": TINY},
        "result_visibility": "private", "size": 1, "schedule": "0 0 1 1 *", "timezone": "UTC", "job_timeout": 2,
        "start_date": f"{now:%FT%TZ}", "emr_release": RELEASE,
    }).body["id"]  # fmt: skip
    runs = [_run(job, number, now) for number in range(12)]
    changed = {"name": "n.ipynb", "content": TINY | {"metadata": {"title": "another"}}}
    assert api("PATCH", f"/jobs/{job}", {"notebook": changed}).status == 200
    runs.append(_run(job, len(runs), now))
    for run in runs[-2:]:
        _leave_results(cloud, run)
    return {
        "key_id": key, "cluster_id": _cluster(key, now), "job_id": job, "run_id": runs[-1], "other_id": runs[-2],
        "version": RELEASE, "text": "no-link", "number": "1", "other": "2", "username": WHO, "name": "run.log",
    }  # fmt: skip


def _cluster(key: str, now: datetime) -> str:
    from chalicelib.clusters.models import Cluster

    Cluster(
        f"c-{WHO}", identifier=WHO, name=WHO, owner=WHO, owner_email=f"{WHO}@example.org", owner_state=f"{WHO}#active", lifetime=2,
        ssh_key=key, public_key=fresh_key(), status="WAITING", expires_at=now + timedelta(days=365), size=1,
        emr_release=RELEASE, created_at=now, started_at=now, ready_at=now,
    ).save()  # fmt: skip
    return f"c-{WHO}"


def _run(job_id: str, number: int, now: datetime) -> str:
    from chalicelib.jobs.models import Job
    from chalicelib.runs import factory

    run = factory.of_job(
        Job.get(job_id), f"r-{WHO}{number:08}", Trigger.MANUAL, now, now - timedelta(hours=24 - number)
    )
    run.status, run.live, run.cluster_state, run.jobflow_id = "SUCCEEDED", None, "TERMINATED", "j-1"
    run.started_at = run.ready_at = now - timedelta(hours=24 - number)
    run.finished_at = run.started_at + timedelta(minutes=20)
    run.save()
    return str(run.id)


def _leave_results(cloud: LocalCloud, run_id: str) -> None:
    from chalicelib.core.config import settings
    from chalicelib.runs.models import Run

    outcome = {"status": "FAILED", "cell": 1, "error": "ValueError", "message": "no", "traceback": "ValueError: no"}
    for name, body in (("outcome.json", json.dumps(outcome)), ("run.log", "no"), ("notebook.html", "<p>")):
        key = Run.get(run_id).results_prefix + name
        cloud.client("s3").put_object(Bucket=settings().results_bucket, Key=key, Body=body.encode())


@pytest.fixture
def failed(ids: dict[str, str]) -> Iterator[None]:
    """The run that paths name failed, in a cell."""
    from chalicelib.runs.models import Run

    run = Run.get(ids["run_id"])
    run.update([Run.status.set("FAILED"), Run.failed_cell.set(1)])
    yield
    run.update([Run.status.set("SUCCEEDED"), Run.failed_cell.remove()])


@pytest.fixture(scope="module")
def cookie(cloud: LocalCloud, ids: dict[str, str]) -> str:
    from chalicelib.core import clock
    from chalicelib.identity import sessions
    from chalicelib.web import auth

    return f"{auth.cookie_name()}={sessions.begin(WHO, clock.now())}"


@pytest.mark.parametrize("path", pages())
def test_a_page_makes_a_handful_of_calls_and_none_twice(
    cloud: LocalCloud, cookie: str, ids: dict[str, str], path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(cloud, cookie, ids, path, monkeypatch)


@pytest.mark.usefixtures("failed")
@pytest.mark.parametrize("path", [path for path in pages() if "{run_id}" in path])
def test_so_do_the_pages_of_a_failed_run(
    cloud: LocalCloud, cookie: str, ids: dict[str, str], path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(cloud, cookie, ids, path, monkeypatch)


def check(cloud: LocalCloud, cookie: str, ids: dict[str, str], path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place = re.sub(r"{(\w+)}", lambda name: ids[name[1]], path)
    with calls(monkeypatch) as made:
        answer = urllib3.request(
            "GET",
            cloud.portal_url + place,
            headers={"Cookie": cookie},
            redirect=False,
            retries=False,
            timeout=HTTP_TIMEOUT,
        )
    assert answer.status < 500
    assert [call for call, times in Counter(made).items() if times > 1] == []
    assert len([call for call in made if not once_a_minute(call)]) <= MAX_CALLS, made


@pytest.fixture(scope="module")
def in_order(ids: dict[str, str]) -> str:
    """The job in the middle of a long chain with many branches, some of them somebody else's, all shared with one more person."""
    from chalicelib.core import clock
    from chalicelib.identity import users
    from chalicelib.identity.person import Person
    from chalicelib.identity.share_models import Share
    from chalicelib.jobs.models import Job

    users.remember(Person("reader", "reader@example.org", frozenset({"a", "b"})), clock.now())
    number, before = 0, ids["job_id"]
    for width in (1, 1, 1, 5, 3, 3):
        for name in range(width):
            number += 1
            job = Job.get(ids["job_id"])
            job.id, job.owner, job.schedule, job.after_job = (
                f"j-order{number}",
                ("other", WHO)[name % 2],
                "after",
                before,
            )
            job.identifier, job.after, job.followers, job.last_run = job.id, before, None, ids["run_id"]
            job.save()
            Job(before).update([Job.followers.add({job.id})])
            Share(job.id, "group:a", level="view", shared_by=WHO, created_at=clock.now()).save()
        before = job.id
    return "j-order3"


@pytest.mark.parametrize("username", [WHO, "reader"])
@pytest.mark.parametrize("tab", ["results", "notebook", "logs", "runs", "order", "audit"])
def test_so_do_the_tabs_of_a_job_among_many_that_wait_for_one_another(
    cloud: LocalCloud, ids: dict[str, str], in_order: str, username: str, tab: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.core import clock
    from chalicelib.identity import sessions
    from chalicelib.web import auth

    cookie = f"{auth.cookie_name()}={sessions.begin(username, clock.now())}"
    check(cloud, cookie, {"job_id": in_order}, f"/jobs/{{job_id}}?tab={tab}", monkeypatch)


def test_calls_are_counted(cloud: LocalCloud, cookie: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with calls(monkeypatch) as made:
        urllib3.request("GET", f"{cloud.portal_url}/keys", headers={"Cookie": cookie}, timeout=HTTP_TIMEOUT)
    assert made


def once_a_minute(call: Call) -> bool:
    """Whether a process reads this once a minute, for whichever page comes first."""
    return call[0] == "GetItem" and json.loads(call[1])["TableName"].endswith("-settings")
