"""make verify: what is wrong with a deployment is said, and one cluster is tried and ended whatever happens."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from chalicelib.aws import pricing
from deployment import verification
from deployment.place import Place
from deployment.preflight import service as preflight
from deployment.stack import DeploymentFailed
from scripts import verify as verifying
from tests.support.cloudformation.account import REGION, Account
from tests.support.cloudformation.stacks import StackRecord
from tests.support.emr_requests import SETTINGS

WELL = {
    "State": "Active",
    "LastUpdateStatus": "Successful",
    "Environment": {"Variables": {"MASTER_INSTANCE_TYPE": "m5.xlarge"}},
}


class Deployed(Account):
    """A deployment with a function and a rule, and an EMR whose cluster goes through these states."""

    def __init__(self, *states: str) -> None:
        super().__init__()
        stack = StackRecord("atmo-try", "UPDATE_COMPLETE", parameters={"PortalUrl": "https://p.example.com"})
        kinds = {"ClusterTask": "AWS::Lambda::Function", "Rule": "AWS::Events::Rule"}
        stack.template = {"Resources": {name: {"Type": kind} for name, kind in kinds.items()}}
        stack.resources = {name: f"atmo-try-{name}" for name in kinds}
        self.cloudformation.stacks["atmo-try"] = stack
        self.function, self.rule, self.alarms = dict(WELL), "ENABLED", []
        self.ended: list[str] = []
        self._states = iter(states)

    function: dict[str, Any]
    alarms: list[dict[str, str]]

    def client(self, service: str) -> Any:
        return super().client(service) if service in ("cloudformation", "sts") else self

    def get_function_configuration(self, FunctionName: str) -> Any:  # noqa: N803
        return self.function

    def describe_rule(self, Name: str) -> Any:  # noqa: N803
        return {"State": self.rule}

    def describe_alarms(self, AlarmNamePrefix: str, StateValue: str) -> Any:  # noqa: N803
        return {"MetricAlarms": self.alarms}

    def run_job_flow(self, **launch: Any) -> Any:
        return {"JobFlowId": "j-1"}

    def describe_cluster(self, ClusterId: str) -> Any:  # noqa: N803
        reason = {"Code": "BOOTSTRAP_FAILURE", "Message": "bootstrap.sh returned 1"}
        return {"Cluster": {"Status": {"State": next(self._states), "StateChangeReason": reason}}}

    def terminate_job_flows(self, JobFlowIds: list[str]) -> None:  # noqa: N803
        self.ended += JobFlowIds


def problems(deployed: Deployed, status: int = 200) -> list[str]:
    place = Place(deployed, "try", "123456789012", REGION)
    return list(verification.problems(place, lambda url: status))


def test_a_deployment_that_is_well_has_no_problems() -> None:
    assert problems(Deployed()) == []


def test_every_part_that_is_not_well_is_named() -> None:
    deployed = Deployed()
    deployed.function |= {"LastUpdateStatus": "Failed"}
    deployed.rule = "DISABLED"
    deployed.alarms = [{"AlarmName": "atmo-try-failures", "AlarmDescription": "See docs/runbooks/failures.md."}]
    assert problems(deployed, 503) == [
        "The function atmo-try-ClusterTask is Active, its last update Failed.",
        "The rule atmo-try-Rule is disabled: make resume STAGE=try",
        "The alarm atmo-try-failures is on: See docs/runbooks/failures.md.",
        "https://p.example.com/__heartbeat__ answers 503.",
    ]
    deployed.cloudformation.stacks["atmo-try"].status = "UPDATE_ROLLBACK_FAILED"
    assert problems(deployed) == ["Stack atmo-try is in the state UPDATE_ROLLBACK_FAILED."]


def test_a_portal_that_does_not_answer_is_named() -> None:
    assert verification._status("http://127.0.0.1:9/__heartbeat__") == 0


def test_the_cluster_is_what_the_deployment_would_launch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.core.config.settings", lambda: SETTINGS)
    request = verification.request("7.10.0")
    assert request["Name"] == "atmo-test-verify"
    assert {"Key": "Environment", "Value": "test"} in request["Tags"]
    assert request["BootstrapActions"]
    assert request["AutoTerminationPolicy"]["IdleTimeout"] < 3600


def test_a_cluster_that_takes_work_is_ended() -> None:
    deployed, said = Deployed("STARTING", "BOOTSTRAPPING", "BOOTSTRAPPING", "WAITING"), list[str]()
    verification.try_cluster(deployed, {}, said.append, poll_seconds=0)
    assert [line.split()[-1] for line in said] == ["STARTING", "BOOTSTRAPPING", "WAITING", "ended"]
    assert deployed.ended == ["j-1"]


@pytest.mark.parametrize("error", [DeploymentFailed, KeyboardInterrupt])
def test_a_cluster_that_does_not_start_is_ended_too(
    error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(seconds: float) -> None:
        if error is KeyboardInterrupt:
            raise KeyboardInterrupt

    monkeypatch.setattr("deployment.verification.time.sleep", interrupted)
    deployed = Deployed("STARTING", "TERMINATING")
    with pytest.raises(error) as failed:
        verification.try_cluster(deployed, {}, lambda line: None, poll_seconds=0)
    assert deployed.ended == ["j-1"]
    assert error is KeyboardInterrupt or "BOOTSTRAP_FAILURE bootstrap.sh returned 1" in str(failed.value)


@pytest.fixture
def ready(monkeypatch: pytest.MonkeyPatch) -> Deployed:
    deployed = Deployed("WAITING")
    monkeypatch.setattr(preflight, "missing", lambda place, values: iter(()))
    monkeypatch.setattr(verification, "_status", lambda url: 200)
    monkeypatch.setattr(verification, "request", lambda release: {})
    monkeypatch.setattr(pricing, "on_demand", lambda kind: Decimal("0.192"))
    monkeypatch.setattr(pricing, "emr_charge", lambda kind: Decimal("0.048"))
    monkeypatch.setenv("MASTER_INSTANCE_TYPE", "")
    return deployed


def test_the_price_is_said_before_anything_is_launched(ready: Deployed, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(DeploymentFailed, match="not confirmed"):
        verifying.verify(ready, "try", {}, ask=lambda question: "no")
    said = capsys.readouterr().out
    assert said.startswith(f"Looking at atmo-try in account 123456789012, {REGION} ...\n")
    assert "one cluster of one m5.xlarge, which takes up to 30 minutes and costs at most 0.12 $." in said
    assert ready.ended == []
    verifying.verify(ready, "try", {"CONFIRM": "try"})
    assert "takes work" in capsys.readouterr().out
    assert ready.ended == ["j-1"]
