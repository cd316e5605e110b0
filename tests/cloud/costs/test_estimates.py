"""Estimates over the API and beside the forms, with and without JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.core import clock
from localaws.cloud import LocalCloud
from tests.support.http import RELEASE, TINY, Api
from tests.support.prices import forget_prices
from tests.support.settings import site_settings
from tests.support.sweeps import sweep
from tests.support.visitor import Visitor

pytestmark = pytest.mark.usefixtures("priced")

HOUR = Decimal("0.24")
"""An m5.xlarge on demand with EMR's charge; its storage comes on top, and depends on the month's length."""


def estimate(somebody: Api, status: int = 200, **body: Any) -> Any:
    answer = somebody("POST", "/estimates", body)
    assert answer.status == status, answer.body
    return answer.body


def test_a_cluster(somebody: Api) -> None:
    one = estimate(somebody, cluster={"size": 4, "lifetime": 10})
    per_hour = Decimal(one["per_hour"])
    assert 5 * HOUR < per_hour < 5 * (HOUR + Decimal("0.01"))
    assert Decimal(one["total"]) == pytest.approx(per_hour * 10, abs=Decimal("0.00001"))
    assert (one["currency"], set(one)) == ("USD", {"per_hour", "total", "currency", "priced_at", "basis"})
    assert one["basis"].startswith("1 m5.xlarge on demand and 4 m5.xlarge on demand")
    alone = estimate(
        somebody, cluster={"size": 1, "lifetime": 10, "ssh_key": "k-1", "emr_release": RELEASE, "identifier": "x"}
    )
    assert Decimal(alone["per_hour"]) == pytest.approx(per_hour / 5, abs=Decimal("0.00001"))


def test_spot_is_held_against_on_demand(cloud: LocalCloud, somebody: Api) -> None:
    with site_settings(spot=True):
        sweep(cloud)
        one = estimate(somebody, cluster={"size": 4, "lifetime": 10})
    assert Decimal(one["total"]) < Decimal(one["on_demand"])
    assert "4 m5.xlarge on spot" in one["basis"]


def test_a_job_and_its_month(somebody: Api) -> None:
    body = {
        "identifier": "x", "description": "x", "notebook": {"name": "tiny.ipynb", "content": TINY}, "size": 1,
        "schedule": "daily", "job_timeout": 2, "emr_release": RELEASE,
    }  # fmt: skip
    one = estimate(somebody, job=body)
    assert (one["runs"], "usual" in one) == (30, False)
    assert Decimal(one["per_month"]) == pytest.approx(Decimal(one["total"]) * 30, abs=Decimal("0.0001"))


def test_a_job_that_has_run_says_what_is_usual(cloud: LocalCloud, somebody: Api) -> None:
    from datetime import timedelta

    from chalicelib.core import clock
    from chalicelib.jobs.models import Job
    from chalicelib.runs import factory
    from chalicelib.runs.models import RunStatus, Trigger

    made = somebody.schedule(f"job-{uuid4().hex[:8]}", job_timeout=10)
    job, now = Job.get(made["id"]), clock.now()
    for number, minutes in enumerate((20, 30, 240)):
        run = factory.of_job(job, f"r-{uuid4().hex[:16]}", Trigger.MANUAL, now, now + timedelta(seconds=number))
        run.status, run.live, run.started_at, run.finished_at = (
            RunStatus.SUCCEEDED,
            None,
            now,
            now + timedelta(minutes=minutes),
        )
        run.save()
    one = estimate(somebody, job={"id": made["id"]})
    assert Decimal(one["usual"]) == pytest.approx(Decimal(one["per_hour"]) / 2, abs=Decimal("0.00001"))
    assert Decimal(one["total"]) == pytest.approx(Decimal(one["per_hour"]) * 10, abs=Decimal("0.0001"))
    assert "usual" not in estimate(somebody, job={"id": made["id"], "size": 5})


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "cluster"),
        ({"cluster": {"size": 1}, "job": {"size": 1, "schedule": "daily"}}, "cluster"),
        ({"cluster": {}}, "cluster.size"),
        ({"cluster": {"size": 500}}, "cluster.size"),
        ({"cluster": {"size": 1, "colour": "red"}}, "cluster.colour"),
        ({"job": {"schedule": "daily"}}, "job.size"),
        ({"job": {"size": 1}}, "job.schedule"),
        ({"job": {"size": 1, "schedule": "sometimes"}}, "job.schedule"),
        ({"job": {"id": "j-none"}}, "job.id"),
    ],
)
def test_what_cannot_be_estimated(somebody: Api, body: dict[str, Any], field: str) -> None:
    assert estimate(somebody, 422, **body)["errors"][0]["field"] == field


def test_without_a_price_there_is_no_estimate(keyed: tuple[Visitor, Api]) -> None:
    visitor, somebody = keyed
    forget_prices()
    one = estimate(somebody, cluster={"size": 1})
    assert (one["per_hour"], one["total"], one["priced_at"]) == (None, None, None)
    assert one["basis"] == "There is no estimate: no current price is known for EBS gp3, m5.xlarge on demand."
    assert "There is no estimate" in visitor.get("/clusters/new").text


def test_the_launch_form(keyed: tuple[Visitor, Api]) -> None:
    visitor, somebody = keyed
    total = Decimal(estimate(somebody, cluster={"size": 7, "lifetime": 20})["total"])
    shown = f"In all ${total:,.2f}"
    page = visitor.get("/clusters/new")
    assert "What it will cost" in page.text
    assert shown in visitor.get("/clusters/estimate?size=7&lifetime=20").text
    assert "once the fields are complete" in visitor.get("/clusters/estimate?size=x&lifetime=20").text
    again = visitor.send(page, "/clusters/new", size="7", lifetime="20", identifier="mine", estimate="yes")
    assert (again.status, shown in again.text) == (200, True)
    assert again.fields("/clusters/new")["identifier"] == "mine"
    assert somebody("GET", "/clusters").body["items"] == []


def test_the_job_form(signed_in: Callable[..., Visitor], somebody: Api) -> None:
    visitor = signed_in(somebody("GET", "/me").body["username"])
    page = visitor.get("/jobs/new")
    assert "30 runs in 30 days at most" in page.text
    fragment = visitor.get("/jobs/estimate?size=2&job_timeout=3&schedule=weekly&timezone=UTC").text
    assert "5 runs in 30 days" in fragment
    again = visitor.send(page, "/jobs/new", size="9", schedule="weekly", estimate="yes")
    assert (again.status, "5 runs in 30 days" in again.text) == (200, True)
    assert again.fields("/jobs/new")["size"] == "9"
    job = somebody.schedule(f"job-{uuid4().hex[:8]}", start_date=clock.text(clock.now() + timedelta(days=1)))
    assert "30 days" in visitor.get(f"/jobs/{job['id']}/edit").text
    assert visitor.get(f"/jobs/estimate?job={job['id']}&size=1&job_timeout=1&schedule=daily").status == 200


def test_no_fragment_tells_of_somebody_elses_job(visitor: Visitor, somebody: Api) -> None:
    job = somebody.schedule(f"job-{uuid4().hex[:8]}")
    said = visitor.get(f"/jobs/estimate?job={job['id']}&size=1&job_timeout=1&schedule=daily").text
    assert "There is no such job" in said
