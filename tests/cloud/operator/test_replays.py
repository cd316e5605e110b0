"""Every command that changes something, sent again by its key: done once, answered alike, on the trail once."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.core import clock
from chalicelib.entrypoints.operator.registry import all_commands
from localaws.cloud import LocalCloud
from tests.cloud.operator.test_commands import Operator
from tests.support.http import Api

COMMANDS = all_commands()
CHANGING = sorted(name for name, command in COMMANDS.items() if command.writes)
BY_THE_FUNCTION = [name for name in CHANGING if COMMANDS[name].again and not name.startswith("data.")]
"""But for those about all data, which are carried out again: tests/simulated/test_round_trip.py tries them."""
Fields = dict[str, Any]


def _name(api: Api) -> str:
    return str(api("GET", "/me").body["username"])


def _job(somebody: Api) -> str:
    return str(somebody.schedule(f"again-{uuid4().hex[:8]}")["id"])


def _public_run(somebody: Api) -> str:
    job = somebody.schedule(f"again-{uuid4().hex[:8]}", result_visibility="public")
    return str(somebody("POST", f"/jobs/{job['id']}/run", {}).body["id"])


def _paused(somebody: Api) -> str:
    job = _job(somebody)
    somebody("POST", f"/jobs/{job}/pause")
    return job


def _day(ago: int) -> str:
    return clock.text(clock.now() - timedelta(days=ago))


def _backfilled(somebody: Api) -> str:
    job = _job(somebody)
    assert somebody("POST", f"/jobs/{job}/backfill", {"from": _day(5), "to": _day(1)}).status == 202
    return job


def _public(somebody: Api) -> str:
    return str(somebody.schedule(f"again-{uuid4().hex[:8]}", result_visibility="public")["id"])


def _shared(somebody: Api) -> str:
    job = _job(somebody)
    somebody("POST", f"/jobs/{job}/shares", {"kind": "group", "name": "science", "level": "view"})
    return job


def _disabled(somebody: Api, operator: Operator) -> str:
    operator.result("users.disable", person=(name := _name(somebody)))
    return name


def _token(somebody: Api) -> str:
    return str(somebody("POST", "/tokens", {"name": "a", "days": 7, "scope": "read"}).body["id"])


def _request_of_more(somebody: Api) -> str:
    body = {"limit": "runs", "most": 90_000, "until": clock.now().date().isoformat(), "reason": "a"}
    return str(somebody("POST", "/limits/requests", body).body["id"])


def _version() -> str:
    return f"7.{uuid4().int % 80 + 20}.{uuid4().int % 100}"


CASES: dict[str, Callable[[Api, Operator, Api], Fields]] = {
    "clusters.terminate": lambda somebody, operator, other: {"cluster": somebody.launch()["id"]},
    "jobs.pause": lambda somebody, operator, other: {"job": _job(somebody)},
    "jobs.resume": lambda somebody, operator, other: {"job": _paused(somebody)},
    "jobs.backfill": lambda somebody, operator, other: {"job": _job(somebody), "from": _day(3), "to": _day(1)},
    "jobs.stop-backfill": lambda somebody, operator, other: {"job": _backfilled(somebody)},
    "jobs.snooze": lambda somebody, operator, other: {"job": _job(somebody), "until": _day(-2)},
    "jobs.edit": lambda somebody, operator, other: {"job": _job(somebody), "job_timeout": 3},
    "jobs.delete": lambda somebody, operator, other: {"job": _job(somebody)},
    "keys.delete": lambda somebody, operator, other: {"key": somebody.add_key()},
    "announcement.change": lambda somebody, operator, other: {"title": "a"},
    "jobs.withdraw": lambda somebody, operator, other: {"job": _public(somebody)},
    "runs.cancel": lambda somebody, operator, other: {"run": _public_run(somebody)},
    "runs.withdraw": lambda somebody, operator, other: {"run": _public_run(somebody)},
    "users.disable": lambda somebody, operator, other: {"person": _name(somebody)},
    "users.enable": lambda somebody, operator, other: {"person": _disabled(somebody, operator)},
    "tokens.revoke": lambda somebody, operator, other: {"person": _name(somebody), "token": _token(somebody)},
    "grant": lambda somebody, operator, other: {"object": _job(somebody), "group": "science", "level": "view"},
    "revoke": lambda somebody, operator, other: {"object": _shared(somebody), "group": "science"},
    "owner.transfer": lambda somebody, operator, other: {"job": _job(somebody), "to": _name(other)},
    "releases.add": lambda somebody, operator, other: {"version": _version(), "is_active": False},
    "releases.change": lambda somebody, operator, other: {
        "version": operator.result("releases.add", version=_version(), is_active=False)["version"], "help_text": "a",
    },
    "releases.seed": lambda somebody, operator, other: {},
    "settings.change": lambda somebody, operator, other: {"freeze_reason": "a"},
    "freeze": lambda somebody, operator, other: {"reason": "a"},
    "thaw": lambda somebody, operator, other: {},
    "limits.change": lambda somebody, operator, other: {"people": {_name(somebody): {"runs": 9}}},
    "budgets.change": lambda somebody, operator, other: {
        "people": {_name(somebody): {"amount": "300.00"}}, "note": "a",
    },
    "limits.grant": lambda somebody, operator, other: {"request": _request_of_more(somebody)},
    "limits.decline": lambda somebody, operator, other: {"request": _request_of_more(somebody)},
    "stop": lambda somebody, operator, other: {"person": _name(somebody), "confirm": True},
    "reconcile": lambda somebody, operator, other: {},
}  # fmt: skip


def test_every_changing_command_takes_a_key(cloud: LocalCloud) -> None:
    assert set(BY_THE_FUNCTION) == set(CASES)
    explained = Operator(cloud).result("help")
    assert [name for name in CHANGING if "idempotency_key" not in explained[name]["fields"]] == []


@pytest.mark.parametrize("name", BY_THE_FUNCTION)
def test_a_command_sent_again_is_done_once(cloud: LocalCloud, api: Callable[[str], Api], name: str) -> None:
    somebody, other = api(f"somebody-{uuid4().hex[:8]}"), api(f"other-{uuid4().hex[:8]}")
    operator = Operator(cloud, f"ann {uuid4().hex[:8]}")
    fields = CASES[name](somebody, Operator(cloud, "setting up"), other)

    def entries() -> int:
        return len(operator.result("audit.list", person=operator.name, limit=100)["items"])

    first = operator.result(name, **fields, idempotency_key="K")
    done = entries()
    assert done <= 1
    second = operator.result(name, **fields, idempotency_key="K")
    assert set(first) == set(second)
    assert first.get("id") == second.get("id")
    assert entries() == done
    refused = operator.refused(name, **fields, idempotency_key="K" * 300)
    assert refused["errors"][0]["field"] == "idempotency_key"
    if fields:
        changed = fields | {next(iter(fields)): _another(name, somebody, other, cloud)}
        assert "already used for something else" in json.dumps(operator(name, **changed, idempotency_key="K"))
    if name == "freeze":
        operator.result("thaw")


def _another(name: str, somebody: Api, other: Api, cloud: LocalCloud) -> Any:
    """Another value for the command's first field."""
    return next(iter(CASES[name](other, Operator(cloud, "setting up"), somebody).values())) if name not in (
        "settings.change", "freeze", "announcement.change",
    ) else "b"  # fmt: skip
