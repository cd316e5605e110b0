"""Budgets through the front door: reserved at launch, settled at the end, refused when used up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.budgets.rules import Budget
from chalicelib.core import clock
from localaws.cloud import LocalCloud
from tests.cloud.runs.test_alerts import FAILING, OVER, alerting, subjects
from tests.support.at_once import at_once
from tests.support.budgets import budgeted
from tests.support.http import RELEASE, Api, reaches, until

TIMES, ROOM = 100, 7
pytestmark = pytest.mark.usefixtures("priced")


def name_of(somebody: Api) -> str:
    return str(somebody("GET", "/me").body["username"])


def body_of(somebody: Api) -> dict[str, Any]:
    return {"size": 1, "lifetime": 2, "ssh_key": somebody.add_key(), "emr_release": RELEASE}


def cost_of(somebody: Api, body: dict[str, Any]) -> Decimal:
    return Decimal(somebody("POST", "/estimates", {"cluster": body}).body["total"])


def own(somebody: Api) -> dict[str, Any]:
    return next(one for one in somebody("GET", "/budgets").body["own"] if one["scope"] == "person")


def room_for(cost: Decimal, launches: int) -> Budget:
    return Budget(str((cost * launches).quantize(Decimal("0.01")) + Decimal("0.01")))


def test_a_hundred_launches_pass_together_only_as_far_as_the_money_goes(somebody: Api) -> None:
    body = body_of(somebody)
    budget = room_for(cost_of(somebody, body), ROOM)
    with budgeted(people={name_of(somebody): budget}):
        answers = at_once(lambda number: somebody("POST", "/clusters", body), TIMES)
        passed = Counter((one.status, (one.body or {}).get("budget", "")) for one in answers)
        assert passed == {(201, ""): ROOM, (409, f"person/{name_of(somebody)}"): TIMES - ROOM}
        assert Decimal(own(somebody)["used"]) <= Decimal(budget.amount)


def test_what_ends_before_it_was_launched_costs_nothing_and_else_its_receipt(somebody: Api) -> None:
    body = body_of(somebody)
    with budgeted(people={name_of(somebody): Budget("100.00")}):
        made = somebody("POST", "/clusters", body).body["id"]
        assert Decimal(own(somebody)["used"]) >= cost_of(somebody, body) > 0
        reaches(somebody, f"/clusters/{made}", "WAITING")
        before = Decimal(own(somebody)["used"])
        assert somebody("POST", f"/clusters/{made}/extend", {"hours": 2}).status == 200
        assert Decimal(own(somebody)["used"]) > before
        somebody("POST", f"/clusters/{made}/terminate")
        cost = until(lambda: (one := somebody("GET", f"/clusters/{made}").body["cost"])["final"] and one, 60)
        until(lambda: abs(Decimal(own(somebody)["used"]) - Decimal(cost["amount"])) <= Decimal("0.000001"), 30)


def test_an_extension_is_refused_too(somebody: Api) -> None:
    body = body_of(somebody)
    with budgeted(people={name_of(somebody): room_for(cost_of(somebody, body), 1)}):
        made = somebody("POST", "/clusters", body).body["id"]
        reaches(somebody, f"/clusters/{made}", "WAITING")
        refused = somebody("POST", f"/clusters/{made}/extend", {"hours": 2})
        assert (refused.status, refused.body["budget"]) == (409, f"person/{name_of(somebody)}")


def test_a_run_that_somebody_wants_now_is_refused(somebody: Api) -> None:
    job = somebody.schedule(f"job-{uuid4().hex[:8]}")["id"]
    with budgeted(jobs={job: Budget("0.01")}):
        refused = somebody("POST", f"/jobs/{job}/run", {})
        assert (refused.status, refused.body["title"]) == (409, "A budget is used up")
        assert refused.body["budget"] == f"job/{job}"
        assert "An administrator can raise it." in refused.body["detail"]
    with budgeted(jobs={job: Budget("100.00")}):
        run = somebody("POST", f"/jobs/{job}/run", {}).body
        reaches(somebody, f"/runs/{run['id']}", "SUCCEEDED")


def test_a_run_on_schedule_is_skipped(cloud: LocalCloud, somebody: Api) -> None:
    from chalicelib.jobs.models import Job
    from chalicelib.runs import factory, machine, run_queue
    from chalicelib.runs.models import Trigger

    job_id = somebody.schedule(f"job-{uuid4().hex[:8]}")["id"]
    with budgeted(site=Budget("0.01")):
        job, now = Job.get(job_id), clock.now()
        run = factory.of_job(job, f"r-{uuid4().hex[:16]}", Trigger.SCHEDULE, now, now)
        run.save()
        job.update(run_queue.enqueue(job, run))
        machine.MACHINE.start(run)
        ended = reaches(somebody, f"/runs/{run.id}", "SKIPPED")
    assert ended["status_reason"].startswith("The month's budget of the whole site is $0.01")
    until(lambda: somebody("GET", f"/jobs/{job_id}").body["last_run_status"] == "SKIPPED", 10)


def test_a_failure_is_told_although_the_money_for_its_retry_is_spent(cloud: LocalCloud, somebody: Api) -> None:
    job = alerting(somebody, notebook=FAILING, retries=1, retry_delay=240)
    first = somebody("POST", f"/jobs/{job['id']}/run", {}).body["id"]
    assert reaches(somebody, f"/runs/{first}", *OVER, seconds=60)["status"] == "FAILED"
    retry = somebody("GET", f"/runs/{first}").body["retry"]
    with budgeted(jobs={job["id"]: Budget("0.01")}):
        cloud.clock.advance(hours=4, minutes=1)
        ended = reaches(somebody, f"/runs/{retry}", *OVER, "SKIPPED", seconds=60)
    assert ended["status"] == "FAILED"
    assert ended["status_reason"].startswith(f"The month's budget of job {job['id']} is $0.01")
    until(lambda: subjects(cloud, job))
    assert subjects(cloud, job) == [f"{job['identifier']} failed (attempt 2 of 2)"]
    assert somebody("GET", f"/jobs/{job['id']}").body["failures_in_a_row"] == 1


def test_only_admins_see_and_decide(somebody: Api, api: Callable[[str], Api]) -> None:
    admin, name = api("admin"), name_of(somebody)
    assert somebody("PUT", "/budgets", {}).status == 404
    assert somebody("GET", "/budgets").body["people"] is None
    try:
        decided = {"people": {name: {"amount": "5.00"}}}
        assert admin("PUT", "/budgets", decided).status == 200
        assert (own(somebody)["amount"], own(somebody)["percent"]) == ("5.000000", 0)
        more = {"people": {name: {"amount": "6.00"}}}
        refused = admin("PUT", "/budgets", more)
        assert (refused.status, refused.body["errors"][0]["field"]) == (422, "note")
        assert admin("PUT", "/budgets", more | {"note": "The quarter's end."}).status == 200
        entries = admin("GET", "/audit?kind=settings").body["items"]
        assert any("The quarter's end." in entry["summary"] for entry in entries)
    finally:
        admin("PUT", "/budgets", {"note": "a test"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": 5}, {"amount": "-1"}, {"amount": "1e5"}, {"amount": "5", "tell_at": 0}, {"amount": "5", "hard": "yes"},
        {"amount": "5", "why": "x"}, {"tell_at": 80}, "5",
    ],
)  # fmt: skip
def test_what_is_no_budget_is_refused(api: Callable[[str], Api], wrong: object) -> None:
    assert api("admin")("PUT", "/budgets", {"site": wrong}).status == 422
    assert api("admin")("PUT", "/budgets", {"people": {"bob": wrong}}).status == 422
