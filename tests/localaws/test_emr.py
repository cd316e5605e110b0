"""The embedded EMR: states, events, steps that really run, refusals."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.cloud import LocalCloud
from tests.localaws.conftest import Launcher
from tests.support.http import until


def states(details: list[dict[str, Any]]) -> list[str]:
    return [detail["state"] for detail in details]


def test_a_cluster_without_steps_waits_until_it_is_terminated(emr: Launcher) -> None:
    name = emr.run(keep=True)
    waiting = emr.reaches(name, "WAITING")
    assert waiting["Status"]["StateChangeReason"] == {"Message": "Cluster ready to run steps."}
    assert waiting["MasterPublicDnsName"].startswith("ec2-203-0-113-")
    emr.client.terminate_job_flows(JobFlowIds=[name])
    ended = emr.reaches(name, "TERMINATED")
    assert ended["Status"]["StateChangeReason"] == {"Code": "USER_REQUEST", "Message": "Terminated by user request"}
    timeline = ended["Status"]["Timeline"]
    assert timeline["CreationDateTime"] < timeline["ReadyDateTime"] < timeline["EndDateTime"]
    until(lambda: states(emr.events_of(name)) == ["STARTING", "WAITING", "TERMINATED"])
    assert json.loads(emr.events_of(name)[-1]["stateChangeReason"]) == {
        "code": "USER_REQUEST",
        "message": "Terminated by user request",
    }


def test_every_state_is_passed(cloud: LocalCloud, emr: Launcher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cloud.emr.runtime, "phase_seconds", 0.5)
    name = emr.run("import time; time.sleep(0.3)")
    seen: list[str] = []

    def ended() -> bool:
        state = emr.inside(name).state
        if state not in seen:
            seen.append(state)
        return state == "TERMINATED"

    until(ended)
    assert seen == ["STARTING", "BOOTSTRAPPING", "RUNNING", "TERMINATING", "TERMINATED"]


def test_a_step_runs_and_ends_the_cluster(cloud: LocalCloud, emr: Launcher) -> None:
    name = emr.run("import os; print('seen', os.environ['JAVA_HOME'] != '')")
    ended = emr.reaches(name, "TERMINATED", "TERMINATED_WITH_ERRORS")
    assert ended["Status"]["StateChangeReason"] == {"Code": "ALL_STEPS_COMPLETED", "Message": "Steps completed"}
    assert emr.steps(name) == ["COMPLETED"]
    step = emr.client.list_steps(ClusterId=name)["Steps"][0]
    key = f"logs/{name}/steps/{step['Id']}/stdout.gz"
    stored = cloud.client("s3").get_object(Bucket=os.environ["LOGS_BUCKET"], Key=key)["Body"].read()
    assert gzip.decompress(stored) == b"seen True\n"
    until(lambda: states(emr.events_of(name)) == ["STARTING", "RUNNING", "TERMINATED"])
    assert states(emr.events_of(name, "EMR Step Status Change")) == ["PENDING", "RUNNING", "COMPLETED"]


def test_the_runner_comes_from_the_bootstrap_action(emr: Launcher) -> None:
    step = emr.step("")
    step["HadoopJarStep"]["Args"] = ["/opt/atmo/bin/python", "/opt/atmo/run_notebook.py", "--help"]
    name = emr.run(Steps=[step])
    emr.reaches(name, "TERMINATED", "TERMINATED_WITH_ERRORS")
    assert emr.steps(name) == ["COMPLETED"]
    output = emr.inside(name).node.logs(emr.inside(name).steps[0].id) / "stdout"
    assert "--version-id" in output.read_text()


def test_arguments_meet_no_shell(emr: Launcher) -> None:
    step = emr.step("import sys; sys.exit(sys.argv[1] != '$HOME; exit 0')")
    step["HadoopJarStep"]["Args"].append("$HOME; exit 0")
    name = emr.run(Steps=[step])
    emr.reaches(name, "TERMINATED", "TERMINATED_WITH_ERRORS")
    assert emr.steps(name) == ["COMPLETED"]


def test_a_failed_step_ends_the_cluster_and_cancels_the_others(emr: Launcher) -> None:
    name = emr.run("raise SystemExit('no data')", "pass")
    ended = emr.reaches(name, "TERMINATED", "TERMINATED_WITH_ERRORS")
    assert ended["Status"]["State"] == "TERMINATED_WITH_ERRORS"
    assert ended["Status"]["StateChangeReason"] == {"Code": "STEP_FAILURE", "Message": "Shut down as step failed"}
    assert emr.steps(name) == ["FAILED", "CANCELLED"]
    failed = emr.client.list_steps(ClusterId=name)["Steps"][1]
    assert failed["Status"]["FailureDetails"]["Message"] == "no data"
    until(lambda: emr.events_of(name)[-1]["severity"] == "CRITICAL")


def test_continue_goes_on_after_a_failed_step(emr: Launcher) -> None:
    name = emr.run("raise SystemExit(1)", "pass", on_failure="CONTINUE", keep=True)
    waiting = emr.reaches(name, "WAITING")
    assert emr.steps(name) == ["FAILED", "COMPLETED"]
    assert waiting["Status"]["StateChangeReason"]["Message"] == "Cluster ready after last step completed."


def test_a_waiting_cluster_takes_more_steps(emr: Launcher) -> None:
    name = emr.run(keep=True)
    emr.reaches(name, "WAITING")
    added = emr.client.add_job_flow_steps(JobFlowId=name, Steps=[emr.step("pass")])["StepIds"]
    until(lambda: emr.steps(name) == ["COMPLETED"])
    assert emr.client.describe_step(ClusterId=name, StepId=added[0])["Step"]["Name"] == "a step"
    until(lambda: states(emr.events_of(name)) == ["STARTING", "WAITING", "RUNNING", "WAITING"])


def test_a_program_that_is_not_there_fails_its_step(emr: Launcher) -> None:
    step = emr.step("")
    step["HadoopJarStep"]["Args"] = ["/no/such/program"]
    name = emr.run(Steps=[step])
    emr.reaches(name, "TERMINATED_WITH_ERRORS")
    assert emr.steps(name) == ["FAILED"]


def test_terminating_kills_the_step_with_its_kernel(emr: Launcher, tmp_path: Path) -> None:
    """A notebook's kernel has a session of its own."""
    note = tmp_path / "pid"
    program = (
        "import subprocess, sys, pathlib; child = subprocess.Popen([sys.executable, '-c', 'import time; "
        f"time.sleep(600)'], start_new_session=True); pathlib.Path({str(note)!r}).write_text(str(child.pid)); child.wait()"
    )
    name = emr.run(program)
    until(lambda: note.exists() and note.read_text())
    emr.client.terminate_job_flows(JobFlowIds=[name])
    emr.reaches(name, "TERMINATED")
    assert emr.steps(name) == ["INTERRUPTED"]
    until(lambda: not alive(int(note.read_text())))


def alive(pid: int) -> bool:
    import psutil  # type: ignore[import-untyped]

    return bool(psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)


def test_a_missing_bootstrap_script_fails_the_cluster(emr: Launcher) -> None:
    action = {"Name": "x", "ScriptBootstrapAction": {"Path": f"s3://{os.environ['LOGS_BUCKET']}/none.sh"}}
    name = emr.run("pass", BootstrapActions=[action])
    ended = emr.reaches(name, "TERMINATED_WITH_ERRORS")
    assert ended["Status"]["StateChangeReason"]["Code"] == "BOOTSTRAP_FAILURE"
    assert emr.steps(name) == ["CANCELLED"]
    assert "ReadyDateTime" not in ended["Status"]["Timeline"]
    assert "MasterPublicDnsName" not in ended


def test_a_fault_of_emr_ends_a_cluster_with_errors(emr: Launcher) -> None:
    name = emr.run(keep=True)
    emr.reaches(name, "WAITING")
    emr.inside(name).fail("INSTANCE_FAILURE", "The master failed")
    reason = emr.reaches(name, "TERMINATED_WITH_ERRORS")["Status"]["StateChangeReason"]
    assert reason == {"Code": "INSTANCE_FAILURE", "Message": "The master failed"}


def test_an_idle_cluster_ends_by_its_policy(cloud: LocalCloud, emr: Launcher) -> None:
    name = emr.run(keep=True, AutoTerminationPolicy={"IdleTimeout": 3600})
    emr.reaches(name, "WAITING")
    cloud.clock.advance(minutes=59)
    assert emr.inside(name).is_alive
    cloud.clock.advance(minutes=2)
    emr.reaches(name, "TERMINATED")


def test_hours_grow_with_the_clock_and_the_nodes(cloud: LocalCloud, emr: Launcher) -> None:
    nodes = {"MasterInstanceType": "m5.xlarge", "SlaveInstanceType": "m5.2xlarge", "InstanceCount": 3}
    name = emr.run(Instances={**nodes, "KeepJobFlowAliveWhenNoSteps": True})
    emr.reaches(name, "WAITING")
    assert emr.cluster(name)["NormalizedInstanceHours"] == 8 + 2 * 16
    cloud.clock.advance(minutes=90)
    assert emr.cluster(name)["NormalizedInstanceHours"] == 2 * (8 + 2 * 16)


def test_steps_beyond_the_slots_stay_pending(emr: Launcher, tmp_path: Path) -> None:
    gate = tmp_path / "open"
    program = f"import os, time\nwhile not os.path.exists({str(gate)!r}): time.sleep(0.02)"
    names = [emr.run(program) for _ in range(3)]
    until(lambda: sorted(emr.steps(name)[0] for name in names) == ["PENDING", "RUNNING", "RUNNING"])
    gate.touch()
    for name in names:
        emr.reaches(name, "TERMINATED")


def test_lists_are_by_state_time_and_page(cloud: LocalCloud, emr: Launcher) -> None:
    cloud.clock.advance(minutes=10)
    since = cloud.clock.now()
    names = [emr.run(keep=True, BootstrapActions=[]) for _ in range(51)]
    pages = list(emr.client.get_paginator("list_clusters").paginate(CreatedAfter=since))
    assert [len(page["Clusters"]) for page in pages] == [50, 1]
    assert [cluster["Id"] for page in pages for cluster in page["Clusters"]] == names[::-1]
    emr.client.terminate_job_flows(JobFlowIds=[names[0]])
    emr.reaches(names[0], "TERMINATED")
    ended = emr.client.list_clusters(CreatedAfter=since, ClusterStates=["TERMINATED"])["Clusters"]
    assert [cluster["Id"] for cluster in ended] == [names[0]]


def test_tags_and_protection(emr: Launcher) -> None:
    name = emr.run(keep=True, Tags=[{"Key": "Owner", "Value": "alice"}])
    emr.client.add_tags(ResourceId=name, Tags=[{"Key": "Team", "Value": "x"}])
    assert emr.cluster(name)["Tags"] == [{"Key": "Owner", "Value": "alice"}, {"Key": "Team", "Value": "x"}]
    emr.client.set_termination_protection(JobFlowIds=[name], TerminationProtected=True)
    with pytest.raises(ClientError, match="termination protected"):
        emr.client.terminate_job_flows(JobFlowIds=[name])
    assert emr.inside(name).is_alive


def test_terminating_an_ended_cluster_is_no_error(emr: Launcher) -> None:
    name = emr.run("pass")
    emr.reaches(name, "TERMINATED")
    emr.client.terminate_job_flows(JobFlowIds=[name])
    assert emr.cluster(name)["Status"]["StateChangeReason"]["Code"] == "ALL_STEPS_COMPLETED"


@pytest.mark.parametrize(
    ("operation", "request_", "code", "message"),
    [
        ("describe_cluster", {"ClusterId": "j-NONE"}, "InvalidRequestException", "Cluster id 'j-NONE' is not valid."),
        ("terminate_job_flows", {"JobFlowIds": ["j-NONE"]}, "ValidationException", "job flow ID does not exist"),
        ("add_job_flow_steps", {"JobFlowId": "j-NONE", "Steps": []}, "ValidationException", "does not exist"),
    ],
)
def test_unknown_clusters_are_refused(
    emr: Launcher, operation: str, request_: dict[str, Any], code: str, message: str
) -> None:
    with pytest.raises(ClientError, match=message) as refused:
        getattr(emr.client, operation)(**request_)
    assert refused.value.response["Error"]["Code"] == code


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Name": "a|b"}, "may not contain"),
        ({"ReleaseLabel": "emr-99"}, "The supplied release label is invalid: emr-99."),
        ({"ServiceRole": ""}, "ServiceRole is required"),
        ({"JobFlowRole": ""}, "InstanceProfile is required"),
        ({"Instances": {}}, "MasterInstanceType"),
        ({"AutoTerminationPolicy": {"IdleTimeout": 59}}, "IdleTimeout"),
    ],
)
def test_requests_that_emr_refuses_are_refused(emr: Launcher, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ClientError, match=message) as refused:
        emr.run(**changes)
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_a_malformed_request_is_refused_by_emrs_own_model(cloud: LocalCloud) -> None:
    """Step Functions sends requests without checking them."""
    with pytest.raises(Exception, match="Invalid type for parameter Instances"):
        cloud.emr.call("RunJobFlow", {"Name": "x", "Instances": "two"})


def test_an_ended_cluster_takes_no_steps(emr: Launcher) -> None:
    name = emr.run("pass")
    emr.reaches(name, "TERMINATED")
    with pytest.raises(ClientError, match="may not be modified"):
        emr.client.add_job_flow_steps(JobFlowId=name, Steps=[emr.step("pass")])


def test_a_pending_step_can_be_cancelled(emr: Launcher, tmp_path: Path) -> None:
    gate = tmp_path / "open"
    program = f"import os, time\nwhile not os.path.exists({str(gate)!r}): time.sleep(0.02)"
    name = emr.run(program, "raise SystemExit(1)")
    emr.reaches(name, "RUNNING")
    second = emr.inside(name).steps[1].id
    answer = emr.client.cancel_steps(ClusterId=name, StepIds=[second])
    assert answer["CancelStepsInfoList"][0]["Status"] == "SUBMITTED"
    gate.touch()
    emr.reaches(name, "TERMINATED")
    assert emr.steps(name) == ["COMPLETED", "CANCELLED"]
