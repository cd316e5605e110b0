"""What a single cluster or run may cost, through the front door."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from uuid import uuid4

import pytest

from chalicelib.budgets import policy
from chalicelib.budgets.caps import Cap
from chalicelib.budgets.rules import Policy
from chalicelib.core import clock
from localaws.cloud import LocalCloud
from tests.cloud.budgets.test_budgets import body_of, cost_of
from tests.support.http import Api, reaches
from tests.support.limits import ADMIN
from tests.support.sweeps import sweep
from tests.support.visitor import Visitor

pytestmark = pytest.mark.usefixtures("priced")


@contextmanager
def capped(cluster: Cap | None = None, run: Cap | None = None) -> Iterator[None]:
    policy.change(ADMIN, lambda _: Policy(cluster=cluster, run=run), "a test", clock.now())
    try:
        yield
    finally:
        policy.change(ADMIN, lambda _: Policy(), "a test", clock.now())


def cents(cost: Decimal) -> str:
    return str(cost.quantize(Decimal("0.01")) + Decimal("0.01"))


def test_a_cluster_that_may_cost_too_much_is_refused_and_so_is_its_extension(keyed: tuple[Visitor, Api]) -> None:
    visitor, somebody = keyed
    body = body_of(somebody)
    with capped(cluster=Cap(cents(cost_of(somebody, body)))):
        refused = somebody("POST", "/clusters", body | {"lifetime": 3})
        assert (refused.status, refused.body["budget"]) == (409, "cluster")
        assert "Choose fewer workers, or 2 hours at most." in refused.body["detail"]
        estimated = somebody("POST", "/estimates", {"cluster": {"size": 1, "lifetime": 3}}).body
        assert estimated["too_dear"] == refused.body["detail"]
        assert "Choose fewer workers, or 2 hours at most." in visitor.get("/clusters/estimate?size=1&lifetime=3").text
        made = somebody("POST", "/clusters", body)
        assert made.status == 201
        reaches(somebody, f"/clusters/{made.body['id']}", "WAITING")
        extended = somebody("POST", f"/clusters/{made.body['id']}/extend", {"hours": 2})
        assert (extended.status, extended.body["budget"]) == (409, "cluster")
        page = visitor.get(f"/clusters/{made.body['id']}/extend/estimate?hours=2").text
        assert "Not even an hour more fits." in page


def test_a_run_that_may_cost_too_much_is_refused(somebody: Api) -> None:
    job = somebody.schedule(f"job-{uuid4().hex[:8]}", job_timeout=10)["id"]
    with capped(run=Cap("0.01"), cluster=Cap("0.01")):
        refused = somebody("POST", f"/jobs/{job}/run", {})
        assert (refused.status, refused.body["budget"]) == (409, "run")
        assert "Choose fewer workers: of so many not even an hour fits." in refused.body["detail"]
    with capped(cluster=Cap("0.01")):
        assert somebody("POST", f"/jobs/{job}/run", {}).status == 202, "a run is no cluster"


@pytest.mark.parametrize("hard", [True, False])
def test_what_costs_more_all_the_same_is_ended_where_that_is_hard(cloud: LocalCloud, somebody: Api, hard: bool) -> None:
    """As when it was launched before there was a cap."""
    made = somebody("POST", "/clusters", body_of(somebody) | {"lifetime": 24}).body["id"]
    reaches(somebody, f"/clusters/{made}", "WAITING")
    with capped(cluster=Cap("0.10", hard=hard)):
        cloud.clock.advance(hours=1, minutes=30)
        sweep(cloud)
        if hard:
            ended = reaches(somebody, f"/clusters/{made}", "TERMINATED")
            assert ended["status_reason"] == "What a cluster may cost ($0.10) is spent."
        else:
            assert somebody("GET", f"/clusters/{made}").body["status"] == "WAITING"


def test_admins_decide_it_on_the_page_and_over_the_api(
    api: Callable[[str], Api], signed_in: Callable[..., Visitor]
) -> None:
    admin, visitor = api("admin"), signed_in("admin", "admins")
    try:
        decided = admin("PUT", "/budgets", {"run": {"amount": "2.50", "hard": True}})
        assert (decided.status, decided.body["run"]) == (200, {"amount": "2.50", "hard": True})
        assert "A single run may cost $2.50, and is ended when it has" in visitor.get("/admin/budgets").text
        raised = admin("PUT", "/budgets", {"run": {"amount": "3.00", "hard": True}})
        assert (raised.status, raised.body["errors"][0]["field"]) == (422, "note")
        unknown = admin("PUT", "/budgets", {"run": {"amount": "2.00", "tell_at": 50}})
        assert (unknown.status, unknown.body["errors"][0]["field"]) == (422, "run")
    finally:
        policy.change(ADMIN, lambda _: Policy(), "a test", clock.now())
