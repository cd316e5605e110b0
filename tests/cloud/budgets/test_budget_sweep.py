"""What the sweep does about budgets: counts what they do not know of, tells once, and ends what runs where one is hard."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.budgets.rules import Budget
from localaws.cloud import LocalCloud
from tests.cloud.budgets.test_budgets import body_of, cost_of, name_of, own, room_for
from tests.cloud.runs.test_isolation import SLOW
from tests.support.budgets import budgeted
from tests.support.http import Api, reaches
from tests.support.mailbox import mails_about
from tests.support.sweeps import sweep

pytestmark = pytest.mark.usefixtures("priced")
CENT = Budget("0.01")


def test_what_was_there_before_the_budget_counts(cloud: LocalCloud, somebody: Api) -> None:
    made = somebody("POST", "/clusters", body_of(somebody)).body["id"]
    reaches(somebody, f"/clusters/{made}", "WAITING")
    cloud.clock.advance(minutes=10)
    with budgeted(people={name_of(somebody): Budget("100.00")}):
        sweep(cloud)
        assert Decimal(own(somebody)["used"]) > 0
        assert somebody("GET", f"/clusters/{made}").body["status"] == "WAITING"


def test_its_person_is_told_once(cloud: LocalCloud, somebody: Api) -> None:
    body, name = body_of(somebody), name_of(somebody)
    budget = replace(room_for(cost_of(somebody, body), 1), tell_at=50)
    with budgeted(people={name: budget}):
        assert somebody("POST", "/clusters", body).status == 201
        sweep(cloud)
        sweep(cloud)
        assert len(mails_about(cloud, f"The month's budget of {name}")) == 1


def test_a_budget_of_nothing_can_be_raised_after_its_person_was_told(cloud: LocalCloud, somebody: Api) -> None:
    body, name = body_of(somebody), name_of(somebody)
    with budgeted(people={name: Budget("0")}):
        sweep(cloud)
        assert len(mails_about(cloud, f"The month's budget of {name}")) == 1
        assert somebody("POST", "/clusters", body).status == 409
    with budgeted(people={name: Budget("100.00")}):
        assert somebody("POST", "/clusters", body).status == 201
        sweep(cloud)
        assert Decimal(own(somebody)["used"]) >= cost_of(somebody, body)


def ends_only_when_hard(cloud: LocalCloud, somebody: Api, path: str, runs: str, ends: str) -> dict[str, Any]:
    """Their budget is spent by what has been running for 20 minutes, which a soft one leaves alone. The record at its end."""
    reaches(somebody, path, runs, seconds=60)
    cloud.clock.advance(minutes=20)
    name = name_of(somebody)
    with budgeted(people={name: CENT}):
        sweep(cloud)
        assert somebody("GET", path).body["status"] == runs
    with budgeted(people={name: replace(CENT, hard=True)}):
        sweep(cloud)
        sweep(cloud)
        ended = reaches(somebody, path, ends, seconds=60)
    assert any("what runs is ended" in str(vars(mail)) for mail in mails_about(cloud, f"The month's budget of {name}"))
    return dict(ended)


def test_a_hard_budget_ends_a_run_and_says_so_everywhere(cloud: LocalCloud, somebody: Api) -> None:
    job = somebody.schedule(f"job-{uuid4().hex[:8]}", notebook={"name": "slow.ipynb", "content": SLOW})
    run = somebody("POST", f"/jobs/{job['id']}/run", {}).body["id"]
    ended = ends_only_when_hard(cloud, somebody, f"/runs/{run}", "RUNNING", "CANCELLED")
    why = f"the month's budget of {name_of(somebody)} is spent"
    assert ended["status_reason"] == f"Cancelled by atmo, because {why}."
    entries = somebody("GET", f"/jobs/{job['id']}/audit").body["items"]
    assert [(one["actor"], one["summary"]) for one in entries if one["action"] == "run.cancelled"] == [
        ("atmo", f"Cancelled its run {run}: {why}.")
    ]


def test_a_hard_budget_ends_a_cluster(cloud: LocalCloud, somebody: Api) -> None:
    made = somebody("POST", "/clusters", body_of(somebody)).body["id"]
    ended = ends_only_when_hard(cloud, somebody, f"/clusters/{made}", "WAITING", "TERMINATED")
    assert ended["status_reason"] == f"The month's budget of {name_of(somebody)} is spent."
