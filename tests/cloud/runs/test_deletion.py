"""What is left of a job after it was deleted: its runs and what is on record of it, and nothing that gives anybody access."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

from pynamodb.models import Model

from chalicelib.core import clock
from chalicelib.mail.webhooks.models import Delivery
from localaws.cloud import LocalCloud
from tests.packaging.test_tables import models
from tests.support.http import RELEASE, TINY, Api, reaches

TABLES_THAT_STAY = {"runs", "audit", "mails", "receipts", "budgets", "used-keys", "arrived-objects"}
"""Tables that go on naming a deleted job: its history, what it has cost, and a used key, so that it is refused, not used again."""


def tables_that_name(object_id: str) -> set[str]:
    """The tables in which an item has this id anywhere."""

    def names(model: type[Model]) -> bool:
        return any(object_id in json.dumps(item.to_dynamodb_dict()) for item in model.scan())

    return {table for table, model in models().items() if names(model)}


def a_job(api: Api) -> str:
    body = {
        "identifier": f"deleted-{uuid4().hex[:8]}", "description": "a test", "size": 1, "schedule": "daily",
        "notebook": {"name": "tiny.ipynb", "content": TINY}, "job_timeout": 1, "start_date": "2040-01-01T06:00:00Z",
        "emr_release": RELEASE, "webhook_url": "https://hooks.example.org/x",
    }  # fmt: skip
    return str(api("POST", "/jobs", body).body["id"])


def hang(api: Api, bob: str, job_id: str) -> None:
    """Give the job whatever hangs on one."""
    shared = api("POST", f"/jobs/{job_id}/shares", {"kind": "person", "name": bob, "level": "delete"})
    assert shared.status in (200, 201)
    changed = {"notebook": {"name": "tiny.ipynb", "content": TINY | {"metadata": {"title": "another"}}}}
    assert api("PATCH", f"/jobs/{job_id}", changed).status == 200
    deliver(job_id, 1)


def deliver(job_id: str, times: int) -> None:
    now = clock.now()
    for number in range(times):
        Delivery(
            f"{job_id}-{number}-{uuid4().hex}", job_id=job_id, event="run.failed", body="{}", due_at=now,
            created_at=now + timedelta(seconds=number),
        ).save()  # fmt: skip


def test_what_hangs_on_a_job_goes_with_it(cloud: LocalCloud, somebody: Api, api: Callable[[str], Api]) -> None:
    bob = f"bob-{uuid4().hex[:8]}"
    reader, job_id = api(bob), a_job(somebody)
    hang(somebody, bob, job_id)
    run = somebody("POST", f"/jobs/{job_id}/run").body["id"]
    reaches(somebody, f"/runs/{run}", "SUCCEEDED")
    assert reader("GET", f"/runs/{run}").status == 200
    assert tables_that_name(job_id) - TABLES_THAT_STAY == {"jobs", "names", "shares", "notebook-versions", "deliveries"}
    assert somebody("DELETE", f"/jobs/{job_id}").status == 204
    assert tables_that_name(job_id) <= TABLES_THAT_STAY
    assert (somebody("GET", f"/runs/{run}").status, reader("GET", f"/runs/{run}").status) == (200, 404)
    assert reader("GET", "/jobs?scope=shared").body["items"] == []


def test_more_than_one_transaction_takes(somebody: Api) -> None:
    job_id = a_job(somebody)
    deliver(job_id, 130)
    assert somebody("DELETE", f"/jobs/{job_id}").status == 204
    assert tables_that_name(job_id) <= TABLES_THAT_STAY
