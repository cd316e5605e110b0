"""What the dashboard and a job's page say of the month so far."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest

from chalicelib.budgets import rules
from chalicelib.budgets.models import Spending
from chalicelib.budgets.rules import Budget
from chalicelib.core import clock
from tests.cloud.budgets.test_budgets import own
from tests.support.budgets import budgeted
from tests.support.http import Api, reaches, until
from tests.support.visitor import Visitor


def month() -> str:
    return rules.month_of(clock.now())


def test_the_dashboard_shows_the_month_and_the_budget(signed_in: Callable[..., Visitor]) -> None:
    name = f"somebody-{uuid4().hex[:8]}"
    visitor, key = signed_in(name), f"person/{name}"
    assert "so far" not in visitor.get("/").text
    Spending(f"{month()}/{key}", committed=7_000_000, ended=3_000_000).save()
    text = visitor.get("/").text
    assert f"Costs of {month()} so far $3.00 By its end" in text
    assert "At the pace of this month so far" in text
    assert "Budget of" not in text
    with budgeted(people={name: Budget("10.00")}):
        assert f"Budget of {month()} $10.00 Reserved $4.00 Left $3.00" in visitor.get("/").text


def test_the_page_of_a_job_shows_its_budget(somebody: Api, signed_in: Callable[..., Visitor]) -> None:
    visitor = signed_in(somebody("GET", "/me").body["username"])
    job = somebody.schedule(f"job-{uuid4().hex[:8]}")["id"]
    assert "Budget of" not in visitor.get(f"/jobs/{job}").text
    with budgeted(jobs={job: Budget("10.00")}):
        assert f"Budget of {month()} $10.00 Used $0.00 Reserved $0.00 Left $10.00" in visitor.get(f"/jobs/{job}").text
        Spending(f"{month()}/job/{job}", committed=7_000_000, ended=3_000_000).save()
        text = visitor.get(f"/jobs/{job}?tab=notebook").text
        assert f"Budget of {month()} $10.00 Used $3.00 Reserved $4.00 Left $3.00" in text


@pytest.mark.usefixtures("priced")
def test_a_run_that_ends_is_in_the_sums_of_its_owner_and_its_job(somebody: Api) -> None:
    job, name = somebody.schedule(f"job-{uuid4().hex[:8]}")["id"], somebody("GET", "/me").body["username"]
    with budgeted(people={name: Budget("100.00")}):
        run = somebody("POST", f"/jobs/{job}/run", {}).body["id"]
        reaches(somebody, f"/runs/{run}", "SUCCEEDED")
        cost = until(lambda: (one := somebody("GET", f"/runs/{run}").body["cost"])["final"] and one["amount"], 60)
        sums = [f"{month()}/person/{name}", f"{month()}/job/{job}"]
        until(lambda: [_ended(one) for one in sums] == [cost, cost], 30)
        assert own(somebody)["used"] == cost


def _ended(spending_id: str) -> str:
    spending = next(iter(Spending.query(spending_id)), None)
    return f"{rules.total([int(spending.ended)]):.6f}" if spending else ""
