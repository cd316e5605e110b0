"""Operators' commands, invoked as operators do: through Lambda, with the lines of docs/operators.md."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import urllib3

from chalicelib.core import clock
from chalicelib.core.fields import Form
from chalicelib.entrypoints.operator import forms
from chalicelib.entrypoints.operator.registry import MODULES, all_commands
from chalicelib.identity.permissions import ACTIONS, Role
from localaws.cloud import LocalCloud
from tests.support.clouds import allow_much
from tests.support.http import Api, until

COMMANDS = all_commands()
PAGE = (Path(__file__).parents[3] / "docs" / "operators.md").read_text()
ALL_LINES = [line.strip() for line in PAGE.splitlines() if line.startswith("    aws ")]
LINES = [line for line in ALL_LINES if '"data.' not in line]
"""Those for a deployment in use; tests/simulated/test_round_trip.py has the others, which want one at rest."""
NOTHING_TO_DO = {
    ("clusters.terminate", "clusters"), ("jobs.withdraw", "job"), ("runs.withdraw", "run"), ("releases.seed", "operator"),
    ("owner.transfer", "person"),
}  # fmt: skip
"""Commands, each by a field of it, that find nothing to change when the page's lines are carried out in their order."""
READINGS = {("runs.results", "run")}
"""Those that look at what is others', of which the trail has the first on a day."""


@dataclass(frozen=True)
class Operator:
    """Somebody whom AWS lets invoke the function."""

    cloud: LocalCloud
    name: str = "ann"

    def __call__(self, command: str, **fields: Any) -> Any:
        """The whole answer."""
        return self.invoke(json.dumps({"command": command, "operator": self.name} | fields))

    def result(self, command: str, **fields: Any) -> Any:
        answer = self(command, **fields)
        assert set(answer) == {"result"}, answer
        return answer["result"]

    def refused(self, command: str, **fields: Any) -> Any:
        answer = self(command, **fields)
        assert set(answer) == {"error"}, answer
        return answer["error"]

    def invoke(self, payload: str, function: str = "atmo-local-operator") -> Any:
        answer = self.cloud.client("lambda").invoke(FunctionName=function, Payload=payload.encode())
        said = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, said
        return said


@pytest.fixture
def operator(cloud: LocalCloud) -> Operator:
    return Operator(cloud)


def payload_of(line: str) -> dict[str, Any]:
    words = shlex.split(line)
    assert words[:5] == ["aws", "lambda", "invoke", "--function-name", "atmo-prod-operator"]
    assert words[5:9] == ["--payload", "fileb:///dev/stdin", "/dev/stdout", "<<<"]
    return dict(json.loads(words[9]))


def test_every_command_is_on_the_page() -> None:
    assert {payload_of(line)["command"] for line in ALL_LINES} == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_declared_in_the_module_that_the_table_says(name: str) -> None:
    declared = COMMANDS[name].run.__module__
    assert declared == f"chalicelib.entrypoints.operator.{MODULES[name.partition('.')[0]]}"


def test_every_row_of_the_table_has_a_command() -> None:
    assert {name.partition(".")[0] for name in COMMANDS} == set(MODULES)


@pytest.mark.parametrize("form", sorted({command.form for command in COMMANDS.values()} - {""}))
def test_the_form_of_every_command_is_one(form: str) -> None:
    assert issubclass(getattr(forms, form), Form)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_for_operators(name: str) -> None:
    assert COMMANDS[name].actions
    for action in COMMANDS[name].actions:
        assert Role.OPERATOR in ACTIONS[action].roles
    assert len({ACTIONS[action].writes for action in COMMANDS[name].actions}) == 1
    assert COMMANDS[name].does.endswith(".")


@dataclass
class Samples:
    """What the page's examples stand for in one test."""

    real: dict[str, str]
    release: str

    def fill(self, payload: dict[str, Any]) -> dict[str, Any]:
        text = json.dumps(payload).replace("7.13.0", self.release)
        text = text.replace("2026-12-24T00:00:00Z", clock.whole_second(clock.now() + timedelta(days=90)))
        for sample, one in self.real.items():
            text = text.replace(f'"{sample}"', f'"{one}"')
        return dict(json.loads(text))

    def learn(self, payload: dict[str, Any], result: Any) -> None:
        """The page's later lines are about the run that an earlier one makes."""
        if payload["command"] == "jobs.run":
            self.real["r-k3n8x2vq9wd7fhtm"] = result["id"]


def samples(api: Callable[[str], Api]) -> Samples:
    names = {name: f"{name}-{uuid4().hex[:8]}" for name in ("alice", "bob")}
    alice, _ = api(names["alice"]), api(names["bob"])
    cluster, job = alice.launch(), alice.schedule(f"job-{uuid4().hex[:8]}")
    token = alice("POST", "/tokens", {"name": "lost"}).body
    until = clock.now().date().isoformat()
    requested = [
        alice("POST", "/limits/requests", {"limit": limit, "most": 90_000, "until": until, "reason": "a launch"}).body[
            "id"
        ]
        for limit in ("workers", "clusters")
    ]
    requests = dict(zip(("l-x4n8k2vq7wd9fhtm", "l-p7w3h9qk2mxd4vfs"), requested, strict=True))
    real = requests | {
        "c-7fk2m9qd4w8xhtn3": cluster["id"],
        "j-b4v9s2kx7mqp3dwe": job["id"],
        "t-m2x7qk9v4wdn8fhs": token["id"],
        "j-2AXXXXXXGAPLF": _jobflow_of(alice, cluster["id"]),
        "k-w5q2n8xv7dm4khts": alice.add_key(),
    }
    return Samples(real | names, f"7.{int(uuid4()) % 90 + 10}.{int(uuid4()) % 90 + 10}")


def _jobflow_of(api: Api, cluster: str) -> str:
    return str(until(lambda: api("GET", f"/clusters/{cluster}").body["jobflow_id"]))


def test_every_line_of_the_page(operator: Operator, api: Callable[[str], Api]) -> None:
    real = samples(api)
    for line in LINES:
        payload = real.fill(payload_of(line))
        if payload["command"] == "runs.repair":
            until(partial(_is_over, operator, payload["run"]))
        before = _latest_entry(operator)
        answer = operator.invoke(json.dumps(payload))
        assert "result" in answer, (line, answer)
        assert (_latest_entry(operator) != before) == _is_on_the_trail(payload), line
        real.learn(payload, answer["result"])
    operator.result("settings.change", spot=False, spot_timeout=10)
    operator.result("budgets.change", people={}, note="The test is over")
    allow_much()


def _latest_entry(operator: Operator) -> Any:
    return operator.result("audit.list", person=operator.name, limit=1)["items"]


def _is_on_the_trail(payload: dict[str, Any]) -> bool:
    if payload["command"] == "stop" and not payload.get("confirm"):
        return False
    named = {(payload["command"], field) for field in payload}
    return bool(named & READINGS) or (COMMANDS[payload["command"]].writes and not named & NOTHING_TO_DO)


def _is_over(operator: Operator, run: str) -> bool:
    return bool(operator.result("runs.show", run=run)["finished_at"])


def test_of_several_each_has_an_answer_of_its_own(operator: Operator, somebody: Api) -> None:
    jobs = [somebody.schedule(f"job-{uuid4().hex[:8]}")["id"] for _ in range(2)]
    missing = "j-" + "a" * 16
    answers = operator.result("jobs.pause", jobs=[jobs[0], missing, jobs[1]], reason="A test")["items"]
    assert [answer["job"] for answer in answers] == [jobs[0], missing, jobs[1]]
    assert [answer.get("error", {}).get("status") for answer in answers] == [None, 404, None]
    for job in jobs:
        assert somebody("GET", f"/jobs/{job}").body["is_enabled"] is False
    for _ in range(2):
        runs = operator.result("jobs.run", jobs=jobs, idempotency_key="both")["items"]
        assert [run["result"]["job"] for run in runs] == jobs
    for job in jobs:
        assert len(somebody("GET", f"/jobs/{job}/runs").body["items"]) == 1


@pytest.mark.parametrize("jobs", [[], ["j-1", "j-1"], "j-1", [1], ["j-1"] * 51])
def test_several_are_a_list_of_different_ids(operator: Operator, jobs: Any) -> None:
    assert [one["field"] for one in operator.refused("jobs.pause", jobs=jobs)["errors"]] == ["jobs"]
    assert [one["field"] for one in operator.refused("jobs.pause", jobs=["j-1"], job="j-2")["errors"]] == ["jobs"]


def test_who_reads_anothers_results_is_on_the_trail(operator: Operator, somebody: Api) -> None:
    job = somebody.schedule(f"job-{uuid4().hex[:8]}")
    run = somebody("POST", f"/jobs/{job['id']}/run", {}).body["id"]
    until(partial(_is_over, operator, run), 60)
    names = {file["name"]: file["url"] for file in operator.result("runs.results", run=run)["items"]}
    log = operator.result("runs.log", run=run)
    assert urllib3.request("GET", log["url"]).status == 200
    assert all(urllib3.request("GET", url).status == 200 for url in names.values())
    assert log["end"]
    entries = somebody("GET", f"/jobs/{job['id']}/audit").body["items"]
    read = [entry["actor"] for entry in entries if entry["summary"].startswith(f"Read its run {run}")]
    assert read == ["ann"]


def test_an_edit_leaves_out_what_is_left_out(operator: Operator, somebody: Api) -> None:
    job = somebody.schedule(f"job-{uuid4().hex[:8]}")
    edited = operator.result("jobs.edit", job=job["id"], job_timeout=5)
    different = {name for name in job if name in edited and job[name] != edited[name]}
    assert (edited["job_timeout"], different - {"modified_at"}) == (5, {"job_timeout"})
    assert operator.refused("jobs.edit", job=job["id"], job_timeout=0)["errors"][0]["field"] == "job_timeout"


def test_help_says_what_each_takes(operator: Operator) -> None:
    help_text = json.loads(json.dumps(operator.invoke('{"command": "help"}')))["result"]
    assert set(help_text) == set(COMMANDS)
    assert help_text["clusters.extend"]["fields"]["hours"] == {
        "required": True, "type": "integer", "minimum": 1, "maximum": 24,
    }  # fmt: skip
    assert help_text["jobs.list"]["fields"]["owner"]["required"] is False
    assert list(operator.result("help", about="thaw")) == ["thaw"]


def test_answers_look_like_the_apis(operator: Operator, somebody: Api) -> None:
    cluster, job = somebody.launch(), somebody.schedule(f"job-{uuid4().hex[:8]}")
    assert operator.result("jobs.show", job=job["id"]) == somebody("GET", f"/jobs/{job['id']}").body
    assert set(operator.result("clusters.show", cluster=cluster["id"])) == set(cluster)
    mine = operator.result("clusters.list", owner=cluster["owner"])
    assert [item["id"] for item in mine["items"]] == [cluster["id"]]
    assert job["id"] in {item["id"] for item in operator.result("jobs.list")["items"]}


def test_what_operators_do_is_on_the_trail(operator: Operator, somebody: Api) -> None:
    job = somebody.schedule(f"job-{uuid4().hex[:8]}")
    operator.result("jobs.pause", job=job["id"])
    operator.result("grant", object=job["id"], group="science", level="delete")
    operator.result("jobs.show", job=job["id"])
    entries = somebody("GET", f"/jobs/{job['id']}/audit").body["items"]
    assert [(item["actor"], item["channel"], item["action"]) for item in entries[:-1]] == [
        ("ann", "operator", "job.share"), ("ann", "operator", "job.edit"),
    ]  # fmt: skip
    assert operator.result("audit.list", person="ann", limit=1)["items"][0]["object"] == job["id"]


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ({"command": "clusters.burn", "operator": "ann"}, "command"),
        ({"operator": "ann"}, "command"),
        ({"command": "clusters.list"}, "operator"),
        ({"command": "clusters.list", "operator": "\n"}, "operator"),
        ({"command": "clusters.list", "operator": "ann", "limit": 0}, "limit"),
        ({"command": "clusters.list", "operator": "ann", "colour": "red"}, "colour"),
        ({"command": "clusters.show", "operator": "ann"}, "cluster"),
        ({"command": "clusters.show", "operator": "ann", "cluster": "j-1"}, "cluster"),
        ({"command": "clusters.extend", "operator": "ann", "cluster": "c-1", "hours": 99}, "hours"),
        ({"command": "grant", "operator": "ann", "person": "alice"}, "group"),
        ({"command": "grant", "operator": "ann", "object": "j-1"}, "person"),
        ({"command": "owner.transfer", "operator": "ann", "to": "bob"}, "job"),
        ({"command": "releases.add", "operator": "ann", "version": "newest"}, "version"),
        ({"command": "settings.change", "operator": "ann", "spot_price": 0}, "spot_price"),
    ],
    ids=json.dumps,
)
def test_a_refusal_names_the_field(operator: Operator, payload: dict[str, Any], field: str) -> None:
    error = operator.invoke(json.dumps(payload))["error"]
    assert error["status"] == 422
    assert [problem["field"] for problem in error["errors"]] == [field]
    assert error["title"]
    assert error["detail"]


def test_what_is_missing_is_no_crash(operator: Operator) -> None:
    assert operator.refused("clusters.show", cluster="c-nothing")["title"] == "Not found"
    assert operator.refused("users.disable", person="nobody-at-all")["detail"] == "There is no such person."
    assert operator.refused("tokens.revoke", person="nobody-at-all", token="t-1")["status"] == 404
    for nothing in ("[]", '"help"', "null", "{}"):
        assert "error" in operator.invoke(nothing)


def test_a_name_that_is_also_a_persons_gives_no_more(operator: Operator, somebody: Api) -> None:
    name = somebody("GET", "/me").body["username"]
    answer = operator.invoke(json.dumps({"command": "jobs.list", "operator": name}))
    assert "items" in answer["result"]


def test_an_operator_makes_the_first_admin(operator: Operator, somebody: Api) -> None:
    name = somebody("GET", "/me").body["username"]
    assert somebody("GET", "/audit").status == 404
    assert operator.result("grant", person=name, group="admins")["groups"] == ["admins"]
    assert somebody("GET", "/audit").status == 200


def test_freeze_and_thaw(operator: Operator, somebody: Api) -> None:
    job = somebody.schedule(f"job-{uuid4().hex[:8]}")
    assert operator.result("freeze", reason="Maintenance")["frozen"] is True
    try:
        refused = somebody("POST", f"/jobs/{job['id']}/run")
        assert (refused.status, "Maintenance" in refused.body["detail"]) == (409, True)
        assert operator.refused("jobs.run", job=job["id"])["status"] == 409
    finally:
        assert operator.result("thaw")["frozen"] is False


def test_changes_leave_out_what_is_left_out(operator: Operator) -> None:
    version = f"7.99.{int(uuid4()) % 90 + 10}"
    operator.result("releases.add", version=version, help_text="Old.", is_deprecated=True, is_active=False)
    changed = operator.result("releases.change", version=version, help_text="Older.")
    assert (changed["help_text"], changed["is_deprecated"], changed["is_active"]) == ("Older.", True, False)
    before = operator.result("settings.show")
    after = operator.result("settings.change", task_size=before["task_size"] + 1)
    assert {name for name in before if before[name] != after[name]} <= {
        "task_size",
        "changed_by",
        "changed_at",
        "history",
    }
    operator.result("settings.change", task_size=before["task_size"])


def test_the_report_counts_what_people_used(operator: Operator, somebody: Api) -> None:
    cluster = somebody.launch()
    report = operator.result("report")
    assert cluster["id"] in {live["id"] for live in report["clusters"]}
    assert re.fullmatch(r"\d{4}-\d\d", report["month"])
    assert all(person["total"] == person["clusters"] + person["jobs"] for person in report["instance_hours"])


def test_who_or_what_is_not_there_gets_no_budget(operator: Operator) -> None:
    for part in ("people", "jobs"):
        error = operator.refused("budgets.change", **{part: {"nobody-at-all": {"amount": "5.00"}}})
        assert [(one["field"], "nobody-at-all" in one["message"]) for one in error["errors"]] == [(part, True)]
