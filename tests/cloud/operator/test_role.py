"""The role of the operators' function allows what its commands do, and of what it allows nothing is for nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from chalicelib.budgets.rules import Budget
from localaws import authorization
from localaws.cloud import LocalCloud
from tests.cloud.operator.test_commands import LINES, payload_of, samples
from tests.support.budgets import budgeted
from tests.support.clouds import allow_much
from tests.support.executions import awaits_expiry
from tests.support.http import Api, until
from tests.support.real_account import only_there
from tests.support.sweeps import sweep


def is_over(run: str) -> bool:
    from chalicelib.runs.models import Run

    return Run.get(run).is_final


def told_once(job: str) -> None:
    """What a job's webhook was told goes with the job."""
    from chalicelib.core import clock
    from chalicelib.mail.webhooks.models import Delivery

    now = clock.now()
    Delivery(f"told {job}", job_id=job, event="run.failed", body="{}", due_at=now, created_at=now).save()


def test_the_role_fits(cloud: LocalCloud, api: Callable[[str], Api], monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = authorization.Ledger()
    real = samples(api)
    awaits_expiry(cloud, real.real["c-7fk2m9qd4w8xhtn3"])  # extending it then answers its machine
    told_once(real.real["j-b4v9s2kx7mqp3dwe"])
    sweep(cloud)  # asks for the prices, by which what is extended and run draws on a budget
    monkeypatch.setattr(authorization, "LEDGER", ledger)
    cloud.authorization.read_roles()
    with budgeted(site=Budget("1000000.00")):
        for line in LINES:
            payload = real.fill(payload_of(line))
            if payload["command"] == "runs.repair":
                until(partial(is_over, payload["run"]))
            done = cloud.functions.invoke("operator", payload)
            assert done.error is None, line
            assert "result" in done.result, (line, done.result)
            real.learn(payload, done.result["result"])
    allow_much()
    unused = {grant[1:] for grant in ledger.unused() if grant[0] == "atmo-local-operator"}
    assert {grant for grant in unused if not only_there(*grant)} == set()
