"""What a cluster and a run have cost: on the record, on the page, in the mail, in sums, as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.core import clock
from chalicelib.costs.models import ReceiptLine
from localaws.cloud import LocalCloud
from localaws.emr import EmrError
from tests.cloud.clusters.test_lifecycle import moving_on
from tests.support.faults import emr_answers, launch_fails
from tests.support.http import Api, reaches, until
from tests.support.mailbox import mails_about
from tests.support.prices import forget_prices
from tests.support.settings import site_settings
from tests.support.sweeps import sweep
from tests.support.visitor import Visitor

pytestmark = pytest.mark.usefixtures("priced")

HOUR = Decimal("0.24")
"""An m5.xlarge on demand with EMR's charge; its storage comes on top."""


def settled(somebody: Api, path: str) -> Any:
    """The cost of what has ended, once its machine has made the receipt."""
    return until(lambda: (cost := somebody("GET", path).body["cost"])["final"] and cost)


def ended(cloud: LocalCloud, somebody: Api, hours: int, **changes: Any) -> str:
    """The path of a cluster that was there for so many hours, more or less."""
    path = f"/clusters/{somebody.launch(lifetime=24, **changes)['id']}"
    reaches(somebody, path, "WAITING")
    cloud.clock.advance(hours=hours)
    somebody("POST", f"{path}/terminate")
    reaches(somebody, path, "TERMINATED")
    return path


def test_a_cluster(cloud: LocalCloud, somebody: Api, signed_in: Callable[..., Visitor]) -> None:
    path = f"/clusters/{somebody.launch(size=3, lifetime=24)['id']}"
    running = reaches(somebody, path, "WAITING")
    assert running["cost"]["final"] is False
    cloud.clock.advance(hours=5)
    so_far = somebody("GET", path).body["cost"]
    assert 20 * HOUR < Decimal(so_far["amount"]) < 21 * HOUR
    visitor = signed_in(running["owner"])
    assert "about $" in visitor.get(path).text
    assert "so far" in visitor.get(path).text
    somebody("POST", f"{path}/terminate")
    cost = settled(somebody, path)
    assert 20 * HOUR < Decimal(cost["amount"]) < 21 * HOUR
    assert cost["currency"] == "USD"
    page = visitor.get(path).text
    assert f"Cost ${Decimal(cost['amount']):,.2f}" in page
    assert "Master, m5.xlarge on demand" in page
    assert "Core, m5.xlarge on demand" in page
    cloud.clock.advance(hours=5)
    assert somebody("GET", path).body["cost"] == cost


def test_the_receipt_adds_up(cloud: LocalCloud, somebody: Api) -> None:
    from chalicelib.clusters.models import Cluster

    with site_settings(spot=True, task_size=1):
        sweep(cloud)
        path = ended(cloud, somebody, 3, size=3)
    cost = settled(somebody, path)
    receipt = Cluster.get(path.rpartition("/")[2], consistent_read=True).receipt
    assert {(part["role"], part["market"]) for part in receipt["parts"]} == {
        ("MASTER", "ON_DEMAND"), ("CORE", "SPOT"), ("TASK", "SPOT"),
    }  # fmt: skip
    assert sum(Decimal(part["amount"]) for part in receipt["parts"]) == Decimal(cost["amount"])
    for part in receipt["parts"]:
        assert Decimal(part["ec2"]) + Decimal(part["emr"]) + Decimal(part["ebs"]) == Decimal(part["amount"])
    lines = [line for line in ReceiptLine.scan() if line.record_id == path.rpartition("/")[2]]
    assert sum(line.amount for line in lines) == Decimal(cost["amount"])


def test_a_run(cloud: LocalCloud, somebody: Api, signed_in: Callable[..., Visitor]) -> None:
    job = somebody.schedule(f"job-{uuid4().hex[:8]}")
    run = somebody("POST", f"/jobs/{job['id']}/run", {}).body
    assert run["cost"] == {"amount": "0.000000", "currency": "USD", "final": False}
    reaches(somebody, f"/runs/{run['id']}", "SUCCEEDED")
    cost = settled(somebody, f"/runs/{run['id']}")
    assert Decimal(cost["amount"]) >= HOUR / 60
    page = signed_in(run["owner"]).get(f"/runs/{run['id']}").text
    assert "Receipt" in page


def test_what_was_never_launched_costs_nothing(cloud: LocalCloud, somebody: Api) -> None:
    refusal = EmrError("ValidationException", "The subnet is not valid.")
    with emr_answers(cloud, launch_fails(10, lambda: refusal)):
        path = f"/clusters/{somebody.launch()['id']}"
        moving_on(cloud, lambda: somebody("GET", path).body["status"] == "FAILED_TO_LAUNCH", 0.2)
    assert somebody("GET", path).body["cost"] == {"amount": "0.000000", "currency": "USD", "final": True}


def test_without_a_price_the_cost_is_not_known(
    cloud: LocalCloud, somebody: Api, signed_in: Callable[..., Visitor]
) -> None:
    forget_prices()
    path = ended(cloud, somebody, 1)
    record = somebody("GET", path).body
    assert record["cost"] == {"amount": None, "currency": "USD", "final": False}
    assert "not known: a price is missing" in signed_in(record["owner"]).get(path).text


def test_an_emr_that_does_not_answer_leaves_the_estimate(
    cloud: LocalCloud, somebody: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.aws import machine_timelines
    from chalicelib.core.errors import Unavailable

    def silent(jobflow_id: str) -> Any:
        raise Unavailable("EMR is busy.")

    monkeypatch.setattr(machine_timelines, "of_jobflow", silent)
    path = ended(cloud, somebody, 2)
    cost = somebody("GET", path).body["cost"]
    assert cost["final"] is False
    assert 2 * HOUR < Decimal(cost["amount"]) < 3 * HOUR


def test_the_last_mail_says_it(cloud: LocalCloud, somebody: Api) -> None:
    cluster = somebody.launch()
    path = f"/clusters/{cluster['id']}"
    record = reaches(somebody, path, "WAITING")
    cloud.clock.advance(hours=1)
    cloud.emr.clusters[record["jobflow_id"]].fail("INTERNAL_ERROR", "An internal error occurred.")
    reaches(somebody, path, "TERMINATED_WITH_ERRORS")
    (mail,) = until(lambda: mails_about(cloud, cluster["identifier"]))
    assert "It has cost $0." in str(vars(mail))


def test_a_month(
    cloud: LocalCloud, somebody: Api, api: Callable[[str], Api], signed_in: Callable[..., Visitor]
) -> None:
    path = ended(cloud, somebody, 1)
    job = somebody.schedule(f"job-{uuid4().hex[:8]}")
    run = somebody("POST", f"/jobs/{job['id']}/run", {}).body
    reaches(somebody, f"/runs/{run['id']}", "SUCCEEDED")
    costs = [Decimal(settled(somebody, one)["amount"]) for one in (path, f"/runs/{run['id']}")]
    months = {line.month for line in ReceiptLine.scan() if line.record_id in (path.rpartition("/")[2], run["id"])}
    summed = [somebody("GET", f"/costs?month={month}").body for month in months]
    assert sum(Decimal(one["total"]["amount"]) for one in summed) == sum(costs)
    latest = summed[-1]
    assert sum(Decimal(one["amount"]) for one in latest["jobs"]) == Decimal(latest["total"]["amount"])
    assert sum(Decimal(one["amount"]) for one in latest["releases"]) == Decimal(latest["total"]["amount"])
    assert latest["groups"] == []
    name = somebody("GET", "/me").body["username"]
    visitor = signed_in(name)
    page = visitor.get(f"/costs?month={latest['month']}").text
    assert f"Costs of {latest['month']}" in page
    text = visitor.get(f"/costs/csv?month={latest['month']}").html
    rows = list(csv.DictReader(io.StringIO(text)))
    assert sum(Decimal(row["amount"]) for row in rows) == Decimal(latest["total"]["amount"])
    assert {row["owner"] for row in rows} == {name}
    everybody = api("admin")("GET", f"/costs?month={latest['month']}&scope=all").body
    assert next(one for one in everybody["people"] if one["name"] == name)["amount"] == latest["total"]["amount"]
    assert sum(Decimal(one["amount"]) for one in everybody["people"]) == Decimal(everybody["total"]["amount"])
    assert sum(Decimal(one["amount"]) for one in everybody["groups"]) == Decimal(everybody["total"]["amount"])
    admin = signed_in(f"boss-{uuid4().hex[:8]}", "admins")
    text = admin.get(f"/costs?month={latest['month']}&scope=all").text
    assert all(title in text for title in ("By person", "By group", "By EMR release"))
    assert visitor.get(f"/costs?month={latest['month']}&scope=all").status == 404
    assert somebody("GET", "/costs?scope=all").status == 403
    assert somebody("GET", "/costs?month=2026-13").status == 422
    assert visitor.get("/costs?month=soon").status == 404


def test_a_name_is_no_formula() -> None:
    from chalicelib.entrypoints.portal import month_costs

    assert month_costs._cell("=HYPERLINK()") == "'=HYPERLINK()"
    assert month_costs._cell("plain") == "plain"


@pytest.mark.parametrize(
    ("month", "before", "after"),
    [("2026-11", "2026-10", "2026-12"), ("2026-01", "2025-12", "2026-02"), ("2026-12", "2026-11", "2027-01")],
)
def test_the_months_beside_a_month(month: str, before: str, after: str) -> None:
    from chalicelib.costs import sums

    assert sums.neighbours(month) == (before, after)


def test_admins_see_how_near_estimates_came(
    cloud: LocalCloud, somebody: Api, api: Callable[[str], Api], signed_in: Callable[..., Visitor]
) -> None:
    month = f"{clock.now():%Y-%m}"
    before = (api("admin")("GET", f"/costs?scope=all&month={month}").body["estimates"] or {}).get("clusters")
    path = ended(cloud, somebody, 3, size=2)
    settled(somebody, path)
    line = max((one for one in ReceiptLine.scan() if path.endswith(one.record_id)), key=lambda one: one.month)
    assert line.estimated
    assert line.receipt_amount
    assert abs(Decimal(line.estimated) / Decimal(line.receipt_amount) - 1) < Decimal("0.1")
    after = api("admin")("GET", f"/costs?scope=all&month={line.month}").body["estimates"]["clusters"]
    if line.month == month:
        assert after["count"] == (before["count"] if before else 0) + 1
    assert "Estimates and receipts" in signed_in("ada", "admins").get(f"/costs?scope=all&month={line.month}").text
    assert somebody("GET", f"/costs?month={line.month}").body["estimates"] is None
    assert "Estimates and receipts" not in signed_in(line.owner).get(f"/costs?month={line.month}").text
