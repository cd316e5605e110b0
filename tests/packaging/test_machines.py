"""The structure of the state machines, which CloudFormation and moto check only when a machine runs into a hole."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.packaging.conftest import ROOT, Packaged

FILES = sorted((ROOT / "statemachines").glob("*.asl.json"))
MACHINES = [pytest.param(json.loads(file.read_text()), id=file.name) for file in FILES]

Machine = dict[str, Any]
State = dict[str, Any]


FOUND_RECORDED = "{% $states.input.action = 'done' %}"
"""The choice taken when the decision, which reads the record, found a final status on it."""


def targets(state: State, unless: str = "") -> set[str]:
    """Names of the states that may follow this one, but for the choice with the condition `unless`."""
    choices = [choice for choice in state.get("Choices", []) if choice["Condition"] != unless]
    ways = [state, *choices, *state.get("Catch", [])]
    return {way["Next"] for way in ways if "Next" in way} | ({state["Default"]} if "Default" in state else set())


def is_end(state: State) -> bool:
    return bool(state.get("End")) or state["Type"] in ("Succeed", "Fail")


def reachable(machine: Machine, start: str, avoiding: frozenset[str] = frozenset(), unless: str = "") -> set[str]:
    """States that can come after `start` (itself included) without passing through what is to be avoided."""
    names: set[str] = set()
    ahead = [start]
    while ahead:
        name = ahead.pop()
        if name not in names | avoiding:
            names.add(name)
            ahead += targets(machine["States"][name], unless)
    return names


def tasks(machine: Machine) -> dict[str, State]:
    return {name: state for name, state in machine["States"].items() if state["Type"] == "Task"}


def calls(machine: Machine, api: str) -> set[str]:
    return {name for name, state in tasks(machine).items() if state["Resource"].endswith(api)}


def recording(machine: Machine) -> frozenset[str]:
    """The states that write a final status: their tasks are called record_something."""
    task_names = {name: str(_payload(state).get("task", "")) for name, state in tasks(machine).items()}
    return frozenset(name for name, task in task_names.items() if task.startswith("record_"))


def _payload(state: State) -> dict[str, Any]:
    arguments = state.get("Arguments", {})
    return dict(arguments.get("Payload", {})) if isinstance(arguments, dict) else {}


def test_both_machines_are_here() -> None:
    assert [file.name for file in FILES] == ["cluster.asl.json", "job_run.asl.json"]


@pytest.mark.parametrize("machine", MACHINES)
def test_every_next_exists(machine: Machine) -> None:
    named = {machine["StartAt"]}.union(*(targets(state) for state in machine["States"].values()))
    assert not named - set(machine["States"])


@pytest.mark.parametrize("machine", MACHINES)
def test_every_state_can_be_reached(machine: Machine) -> None:
    assert reachable(machine, machine["StartAt"]) == set(machine["States"])


@pytest.mark.parametrize("machine", MACHINES)
def test_every_state_leads_on_or_ends(machine: Machine) -> None:
    for name, state in machine["States"].items():
        assert bool(targets(state)) != is_end(state), name


@pytest.mark.parametrize("machine", MACHINES)
def test_no_state_is_a_trap(machine: Machine) -> None:
    ends = {name for name, state in machine["States"].items() if is_end(state)}
    for name in machine["States"]:
        assert reachable(machine, name) & ends, f"no end can be reached from {name}"


@pytest.mark.parametrize("machine", MACHINES)
def test_every_task_is_bounded_retried_and_caught(machine: Machine) -> None:
    for name, task in tasks(machine).items():
        assert "TimeoutSeconds" in task, name
        assert task["Retry"], name
        assert ["States.ALL"] in [catch["ErrorEquals"] for catch in task["Catch"]], name
        for retry in task["Retry"]:
            assert retry["JitterStrategy"] == "FULL", name
            assert retry["MaxDelaySeconds"] > 0, name


@pytest.mark.parametrize("machine", MACHINES)
def test_after_a_launch_no_end_is_reached_without_a_recorded_outcome(machine: Machine) -> None:
    ends = {name for name, state in machine["States"].items() if is_end(state)}
    (launch,) = calls(machine, "emr:runJobFlow")
    records = recording(machine)
    assert records
    assert not reachable(machine, launch, avoiding=records, unless=FOUND_RECORDED) & ends


@pytest.mark.parametrize("machine", MACHINES)
def test_a_launch_is_retried_blindly_only_where_it_surely_did_not_happen(machine: Machine) -> None:
    (launch,) = calls(machine, "emr:runJobFlow")
    retried = {error for retry in machine["States"][launch]["Retry"] for error in retry["ErrorEquals"]}
    assert retried
    assert all("Throttl" in error for error in retried)


@pytest.mark.parametrize("machine", MACHINES)
def test_every_wait_for_a_token_passes_the_token(machine: Machine) -> None:
    waits = calls(machine, ".waitForTaskToken")
    assert waits
    for name in waits:
        assert _payload(machine["States"][name])["token"] == "{% $states.context.Task.Token %}"


def test_the_template_fills_in_what_the_files_leave_open(packaged: Packaged) -> None:
    machines = packaged.resources("AWS::Serverless::StateMachine").values()
    assert {machine["DefinitionUri"] for machine in machines} == {f"statemachines/{file.name}" for file in FILES}
    for machine in machines:
        text = (ROOT / machine["DefinitionUri"]).read_text()
        assert set(re.findall(r"\$\{(\w+)\}", text)) == set(machine["DefinitionSubstitutions"])


@pytest.mark.parametrize("machine", MACHINES)
def test_cfn_lint_knows_every_field(machine: Machine, tmp_path: Path) -> None:
    """cfn-lint looks into definitions that stand in the template, not into files."""
    properties = {"RoleArn": "arn:aws:iam::123456789012:role/any", "Definition": dict(_plain_seconds(machine))}
    resource = {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}
    file = tmp_path / "machine.json"
    file.write_text(json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Machine": resource}}))
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--ignore-checks", "E1029", "--", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def _plain_seconds(node: Machine) -> Iterator[tuple[str, Any]]:
    """Seconds and moments may be computed by JSONata, which cfn-lint takes for a mistake."""
    for key, value in node.items():
        if key in ("Seconds", "TimeoutSeconds"):
            yield key, 1
        elif key == "Timestamp":
            yield key, "2026-11-27T05:00:00Z"
        elif isinstance(value, dict):
            yield key, dict(_plain_seconds(value))
        else:
            yield key, value


def shared_form(state: State) -> Any:
    """A state without what names the machine it is in, and without its comment."""
    text = json.dumps({name: value for name, value in state.items() if name != "Comment"}, sort_keys=True)
    for own, common in (
        ("ClusterTaskArn", "TaskArn"),
        ("RunTaskArn", "TaskArn"),
        ("cluster_id", "record_id"),
        ("run_id", "record_id"),
        ("the cluster", "the record"),
        ("the run", "the record"),
        ("RecordEnd", "Conclude"),
        ("RecordOutcome", "Conclude"),
    ):
        text = text.replace(own, common)
    return json.loads(text)


OWN_CHOICES = {"WhatNext"}
"""States that have the same name in both machines and are each machine's own: the decisions differ."""


def test_what_the_machines_share_is_the_same_in_both() -> None:
    clusters, runs = (json.loads(file.read_text())["States"] for file in FILES)
    shared = clusters.keys() & runs.keys() - OWN_CHOICES
    assert len(shared) >= 12
    for name in shared:
        one, other = shared_form(clusters[name]), shared_form(runs[name])
        if name == "AwaitEnd":  # a run's decision says how long EMR may take; a cluster is asked after in five minutes
            assert one.pop("TimeoutSeconds") == 300
            assert other.pop("TimeoutSeconds").endswith(": 300 %}")
        assert one == other, name
