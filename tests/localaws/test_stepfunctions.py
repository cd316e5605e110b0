"""State machines as moto executes them with what is replaced here."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.cloud import LocalCloud
from localaws.emr import EmrError
from tests.support.http import until

Params = dict[str, Any]


@pytest.fixture
def tokens(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The task tokens that the function `operator` was handed since."""
    from chalicelib.entrypoints.operator import service

    handed: list[str] = []
    monkeypatch.setattr(service, "handler", lambda event, context: handed.append(event["token"]))
    return handed


def awaits_token(cloud: LocalCloud, **more: Any) -> Params:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Arguments": {
            "FunctionName": cloud.functions.find("operator").function_arn,
            "Payload": {"token": "{% $states.context.Task.Token %}"},
        },
        "End": True,
        **more,
    }


def execution(cloud: LocalCloud, arn: str) -> Params:
    return dict(cloud.client("stepfunctions").describe_execution(executionArn=arn))


def ended(cloud: LocalCloud, arn: str) -> Params:
    return until(lambda: current if (current := execution(cloud, arn))["status"] != "RUNNING" else {})


def test_a_token_is_answered_once(cloud: LocalCloud, machine: Any, tokens: list[str]) -> None:
    arn = machine(Await=awaits_token(cloud))
    token = until(lambda: tokens and tokens[0])
    states = cloud.client("stepfunctions")
    states.send_task_success(taskToken=token, output=json.dumps({"said": 'a "quoted" \\ word\n'}))
    assert json.loads(ended(cloud, arn)["output"]) == {"said": 'a "quoted" \\ word\n'}
    with pytest.raises(ClientError) as refused:
        states.send_task_success(taskToken=token, output="{}")
    assert refused.value.response["Error"]["Code"] == "TaskTimedOut"
    with pytest.raises(ClientError) as refused:
        states.send_task_success(taskToken="never given", output="{}")
    assert refused.value.response["Error"]["Code"] == "InvalidToken"


def test_a_failure_has_its_cause(cloud: LocalCloud, machine: Any, tokens: list[str]) -> None:
    arn = machine(Await=awaits_token(cloud))
    token = until(lambda: tokens and tokens[0])
    cloud.client("stepfunctions").send_task_failure(taskToken=token, error="Bad", cause="of that")
    ended_execution = ended(cloud, arn)
    assert (ended_execution["status"], ended_execution["error"], ended_execution["cause"]) == (
        "FAILED",
        "Bad",
        "of that",
    )


def test_strings_with_quotes_survive_variables_and_expressions(cloud: LocalCloud, machine: Any) -> None:
    text = 'he said "no" \\ \n and {% left %}'
    arn = machine(
        {"text": text},
        Keep={"Type": "Pass", "Assign": {"kept": "{% $states.input.text %}"}, "Next": "Use"},
        Use={"Type": "Pass", "Output": {"text": "{% $kept %}", "length": "{% $length($kept) %}"}, "End": True},
    )
    assert json.loads(ended(cloud, arn)["output"]) == {"text": text, "length": len(text)}


def test_a_token_times_out_by_the_clouds_clock(cloud: LocalCloud, machine: Any, tokens: list[str]) -> None:
    arn = machine(
        Await=awaits_token(
            cloud,
            TimeoutSeconds=7200,
            Catch=[{"ErrorEquals": ["States.Timeout"], "Next": "Late", "Output": {"is": "late"}}],
        ),
        Late={"Type": "Pass", "End": True},
    )
    token = until(lambda: tokens and tokens[0])
    cloud.clock.advance(hours=1)
    assert execution(cloud, arn)["status"] == "RUNNING"
    cloud.clock.advance(hours=1)
    assert json.loads(ended(cloud, arn)["output"]) == {"is": "late"}
    with pytest.raises(ClientError) as refused:
        cloud.client("stepfunctions").send_task_success(taskToken=token, output="{}")
    assert refused.value.response["Error"]["Code"] == "TaskTimedOut"


def test_a_task_that_awaits_an_answer_has_real_seconds(cloud: LocalCloud, machine: Any, monkeypatch: Any) -> None:
    from chalicelib.entrypoints.operator import service

    def slow(event: Any, context: Any) -> Params:
        cloud.clock.advance(hours=1)
        return {"is": "done"}

    monkeypatch.setattr(service, "handler", slow)
    call = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": cloud.functions.find("operator").function_arn},
        "TimeoutSeconds": 60,
        "Output": "{% $states.result.Payload %}",
        "End": True,
    }
    arn = machine(Call=call)
    assert json.loads(ended(cloud, arn)["output"]) == {"is": "done"}


def test_a_wait_ends_by_the_clouds_clock(cloud: LocalCloud, machine: Any) -> None:
    arn = machine(Wait={"Type": "Wait", "Seconds": 3600, "End": True})
    began = execution(cloud, arn)["startDate"]

    def over() -> Params:
        cloud.clock.advance(minutes=20)
        current = execution(cloud, arn)
        return current if current["status"] != "RUNNING" else {}

    current = until(over)
    assert current["status"] == "SUCCEEDED"
    assert (current["stopDate"] - began).total_seconds() >= 3600


def test_history_and_jsonata_have_the_clouds_time(cloud: LocalCloud, machine: Any) -> None:
    cloud.clock.advance(days=2)
    arn = machine(Now={"Type": "Pass", "Output": "{% $millis() %}", "End": True})
    millis = json.loads(ended(cloud, arn)["output"])
    assert abs(millis / 1000 - cloud.clock.timestamp()) < 30
    events = cloud.client("stepfunctions").get_execution_history(executionArn=arn)["events"]
    assert abs(events[0]["timestamp"].timestamp() - cloud.clock.timestamp()) < 30


def test_a_stopped_execution_is_aborted_at_once(cloud: LocalCloud, machine: Any, tokens: list[str]) -> None:
    arn = machine(Await=awaits_token(cloud))
    token = until(lambda: tokens and tokens[0])
    cloud.client("stepfunctions").stop_execution(executionArn=arn)
    assert ended(cloud, arn)["status"] == "ABORTED"
    with pytest.raises(ClientError) as refused:
        cloud.client("stepfunctions").send_task_success(taskToken=token, output="{}")
    assert refused.value.response["Error"]["Code"] == "TaskTimedOut"


def test_emrs_errors_have_step_functions_names(cloud: LocalCloud, machine: Any, monkeypatch: Any) -> None:
    """An error that EMR's model does not list, such as throttling, has the service's general name."""

    def refuse(operation: str, params: Params) -> Params:
        raise EmrError(
            *{"DescribeCluster": ("InvalidRequestException", "no")}.get(operation, ("ThrottlingException", "slow"))
        )

    monkeypatch.setattr(cloud.emr, "call", refuse)
    known = machine(Call=call_emr("describeCluster", ClusterId="j-NONE"))
    assert ended(cloud, known)["error"] == "Emr.InvalidRequestException"
    throttled = machine(Call=call_emr("terminateJobFlows", JobFlowIds=["j-NONE"]))
    assert ended(cloud, throttled)["error"] == "Emr.EmrException"
    assert ended(cloud, throttled)["cause"].startswith("slow (Service: Emr, Status Code: 400")


def call_emr(action: str, **arguments: Any) -> Params:
    resource = f"arn:aws:states:::aws-sdk:emr:{action}"
    return {"Type": "Task", "Resource": resource, "Arguments": arguments, "End": True}


def test_the_deployed_machines_can_be_executed(cloud: LocalCloud) -> None:
    assert set(cloud.machines) == {"atmo-local-cluster", "atmo-local-job-run"}
    for arn in cloud.machines.values():
        described = cloud.client("stepfunctions").describe_state_machine(stateMachineArn=arn)
        assert "${" not in described["definition"]
        assert cloud.functions.find("cluster_task").function_arn in described["definition"] or "job-run" in arn
