"""Whoever launches while no price is known is told that no budget knows of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest

from chalicelib.budgets import policy
from chalicelib.budgets.rules import Budget, Policy
from chalicelib.core import clock
from localaws.cloud import LocalCloud
from tests.cloud.budgets.test_budgets import body_of, name_of
from tests.support.budgets import budgeted
from tests.support.http import Api, reaches, until
from tests.support.limits import ADMIN
from tests.support.prices import forget_prices
from tests.support.sweeps import sweep
from tests.support.visitor import Visitor

PART = "No price is known, so nothing is reserved of the month's "


@pytest.fixture(autouse=True)
def no_prices() -> Iterator[None]:
    forget_prices()
    yield
    policy.change(ADMIN, lambda _: Policy(), "a test", clock.now())
    forget_prices()


def test_the_api_says_so(cloud: LocalCloud, somebody: Api) -> None:
    body, name = body_of(somebody), name_of(somebody)
    job = somebody.schedule(f"job-{uuid4().hex[:8]}")["id"]
    bodies = [("cluster", body), ("job", {"id": job})]
    assert all("unreserved" not in somebody("POST", "/estimates", {kind: fields}).body for kind, fields in bodies)
    with budgeted(people={name: Budget("100.00")}, jobs={job: Budget("50.00")}):
        said = [somebody("POST", "/estimates", {kind: fields}).body["unreserved"] for kind, fields in bodies]
        assert [one.partition(".")[0] for one in said] == [
            f"{PART}budget of {name}", f"{PART}budgets of job {job} and {name}",
        ]  # fmt: skip
        cluster = somebody("POST", "/clusters", body).body
        run = somebody("POST", f"/jobs/{job}/run", {}).body["id"]
        assert [cluster["unreserved"], somebody("GET", f"/runs/{run}").body["unreserved"]] == said
        sweep(cloud)
        assert "unreserved" not in somebody("POST", "/estimates", {"cluster": body}).body
        assert somebody("POST", "/clusters", body).body["unreserved"] is None
        reaches(somebody, f"/runs/{run}", "SUCCEEDED")
        until(lambda: somebody("GET", f"/runs/{run}").body["unreserved"] is None, 30)


def test_the_pages_say_so(api: Callable[[str], Api], signed_in: Callable[..., Visitor]) -> None:
    name = f"somebody-{uuid4().hex[:8]}"
    person, visitor = api(name), signed_in(name)
    person.add_key()
    job = person.schedule(f"job-{uuid4().hex[:8]}")["id"]
    with budgeted(people={name: Budget("100.00")}):
        run = person("POST", f"/jobs/{job}/run", {}).body["id"]
        launched = visitor.send(visitor.get("/clusters/new"), "/clusters/new")
        pages = ["/clusters/new", f"/jobs/{job}/edit", launched.path, f"/runs/{run}"]
        assert [f"{PART}budget of {name}." in visitor.get(page).text for page in pages] == [True] * len(pages)
    assert PART not in visitor.get("/clusters/new").text
