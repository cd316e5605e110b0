"""make remove: clusters end while EMR's role is there, the stack goes, and data only if that is said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from deployment import data, imports, spending
from deployment.imports import Retained
from deployment.stack import DeploymentFailed
from scripts import remove as removal
from scripts import stop as stopping
from tests.support.cloudformation.account import REGION, Account
from tests.support.cloudformation.stacks import StackRecord

TABLE = Retained("RunsTable", "AWS::DynamoDB::Table", "atmo-try-runs")
BUCKET = Retained("ResultsBucket", "AWS::S3::Bucket", "atmo-try-results")
GROUP = Retained("SweepLogs", "AWS::Logs::LogGroup", "/aws/lambda/atmo-try-sweep")


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[boto3.Session]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):  # the latter is left by an embedded cloud of the same process
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        yield boto3.Session(region_name=REGION)


def launch(session: Any, name: str, stage: str) -> str:
    tags = [{"Key": "Application", "Value": "atmo"}, {"Key": "Environment", "Value": stage}]
    instances = {"MasterInstanceType": "m5.xlarge", "InstanceCount": 1, "KeepJobFlowAliveWhenNoSteps": True}
    made = session.client("emr").run_job_flow(
        Name=name, Instances=instances, ReleaseLabel="emr-7.10.0", JobFlowRole="r", ServiceRole="r", Tags=tags
    )
    return str(made["JobFlowId"])


def make_data(session: Any) -> None:
    session.client("dynamodb").create_table(
        TableName=TABLE.name, BillingMode="PAY_PER_REQUEST", DeletionProtectionEnabled=True,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )  # fmt: skip
    s3 = session.client("s3")
    s3.create_bucket(Bucket=BUCKET.name, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket=BUCKET.name, VersioningConfiguration={"Status": "Enabled"})
    for content in (b"1", b"2"):
        s3.put_object(Bucket=BUCKET.name, Key="runs/1", Body=content)
    s3.delete_object(Bucket=BUCKET.name, Key="runs/1")
    session.client("logs").create_log_group(logGroupName=GROUP.name)


def test_only_the_stages_own_clusters_end(session: boto3.Session) -> None:
    ours = launch(session, "atmo-try-cluster-ada", "try")
    others = [launch(session, "atmo-try-cluster-ada", "try-two"), launch(session, "somebody's", "try")]
    assert spending.end_clusters(session.client("emr"), "try", poll_seconds=0) == ["atmo-try-cluster-ada"]
    states = {
        cluster: session.client("emr").describe_cluster(ClusterId=cluster)["Cluster"]["Status"]["State"]
        for cluster in (ours, *others)
    }
    assert states[ours] == "TERMINATED"
    assert {states[other] for other in others} == {"WAITING"}


def test_data_goes_whole(session: boto3.Session) -> None:
    make_data(session)
    every = [TABLE, BUCKET, GROUP]
    assert imports.existing(session, every) == every
    data.delete(session, every)
    assert imports.existing(session, every) == []


class Mixed:
    """CloudFormation by its rules, everything else by moto."""

    def __init__(self, session: boto3.Session) -> None:
        self.session, self.account, self.region_name = session, Account(), REGION
        resources = {
            "Rule": "AWS::Events::Rule",
            "Sweep": "AWS::Lambda::Function",
            "Operator": "AWS::Lambda::Function",
            "EmrServiceRole": "AWS::IAM::Role",
        }
        self.stack = StackRecord("atmo-try", "CREATE_COMPLETE")
        self.stack.template = {"Resources": {name: {"Type": kind} for name, kind in resources.items()}}
        reserved = {"Fn::If": ["ReservesConcurrency", 1, {"Ref": "AWS::NoValue"}]}
        made: dict[str, Any] = self.stack.template["Resources"]
        made["Sweep"]["Properties"] = {"ReservedConcurrentExecutions": reserved}
        made["Operator"]["Properties"] = {}
        self.stack.parameters = {"ReserveConcurrency": "yes"}
        self.stack.resources = {name: f"atmo-try-{name}" for name in resources}
        self.account.cloudformation.stacks["atmo-try"] = self.stack
        self.calls: list[str] = []
        session.client("events").put_rule(Name="atmo-try-Rule", ScheduleExpression="rate(1 minute)")

    def client(self, service: str) -> Any:
        if service == "lambda":
            return self
        return self.account.cloudformation if service == "cloudformation" else self.session.client(service)

    def put_function_concurrency(self, FunctionName: str, ReservedConcurrentExecutions: int) -> None:  # noqa: N803
        self.calls.append(f"{FunctionName}: {ReservedConcurrentExecutions}")

    def delete_function_concurrency(self, FunctionName: str) -> None:  # noqa: N803
        self.calls.append(f"{FunctionName}: unlimited")

    def get_partition_for_region(self, region: str) -> str:
        return "aws"


@pytest.fixture
def stage(session: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> Mixed:
    make_data(session)
    monkeypatch.setattr(imports, "retained", lambda template, known: iter([TABLE, BUCKET, GROUP]))
    monkeypatch.setattr(removal, "sam_template", lambda root: {})
    return Mixed(session)


def test_a_removal_keeps_the_data_and_names_it(stage: Mixed, capsys: pytest.CaptureFixture[str]) -> None:
    cluster = launch(stage.session, "atmo-try-cluster-ada", "try")
    removal.remove(stage, "try", {"CONFIRM": "try"})
    said = capsys.readouterr().out
    assert said.startswith(f"Removing atmo-try in account 123456789012, {REGION}; its data stays.\n")
    assert f"  ends atmo-try-cluster-ada ({cluster})\n" in said
    assert "  atmo-try-runs\n" in said
    assert stage.account.cloudformation.stacks == {}
    assert stage.calls == ["atmo-try-Sweep: 0", "atmo-try-Operator: 0"]
    assert stage.session.client("events").describe_rule(Name="atmo-try-Rule")["State"] == "DISABLED"
    assert imports.existing(stage.session, [TABLE, BUCKET, GROUP]) == [TABLE, BUCKET, GROUP]


def test_a_removal_with_data_leaves_nothing(stage: Mixed) -> None:
    removal.remove(stage, "try", {"CONFIRM": "try", "DATA": "delete"})
    assert imports.existing(stage.session, [TABLE, BUCKET, GROUP]) == []
    removal.remove(stage, "try", {"CONFIRM": "try", "DATA": "delete"})  # there is nothing any more, which is no error


def test_nothing_happens_unless_confirmed(stage: Mixed) -> None:
    with pytest.raises(DeploymentFailed, match="not confirmed"):
        removal.remove(stage, "try", {}, ask=lambda question: "yes")
    assert stage.account.cloudformation.stacks
    assert stage.calls == []
    removal.remove(stage, "try", {}, ask=lambda question: "try")
    assert not stage.account.cloudformation.stacks


def test_a_removal_that_failed_is_finished_by_the_same_command(
    stage: Mixed, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.account.cloudformation.faults["EmrServiceRole"] = "must detach all policies first"
    with pytest.raises(DeploymentFailed, match="EmrServiceRole: must detach"):
        removal.remove(stage, "try", {"CONFIRM": "try"})
    removal.remove(stage, "try", {"CONFIRM": "try"})
    assert "could not be deleted before: EmrServiceRole" in capsys.readouterr().out
    assert not stage.account.cloudformation.stacks


def test_all_spending_stops_by_one_command_and_goes_on_by_another(
    stage: Mixed, capsys: pytest.CaptureFixture[str]
) -> None:
    emr, events = stage.session.client("emr"), stage.session.client("events")
    cluster = launch(stage.session, "atmo-try-cluster-ada", "try")
    with pytest.raises(DeploymentFailed, match="not confirmed"):
        stopping.stop(stage, "try", {"CONFIRM": "no"})
    assert f"  atmo-try-cluster-ada ({cluster})" in capsys.readouterr().out
    assert stage.calls == []
    stopping.stop(stage, "try", {"CONFIRM": "try"}, poll_seconds=0)
    assert emr.describe_cluster(ClusterId=cluster)["Cluster"]["Status"]["State"] == "TERMINATED"
    assert stage.calls == ["atmo-try-Sweep: 0", "atmo-try-Operator: 0"]
    assert events.describe_rule(Name="atmo-try-Rule")["State"] == "DISABLED"
    assert stage.account.cloudformation.stacks["atmo-try"].status == "CREATE_COMPLETE"
    stage.calls.clear()
    stopping.resume(stage, "try")
    assert stage.calls == ["atmo-try-Sweep: 1", "atmo-try-Operator: unlimited"]
    assert events.describe_rule(Name="atmo-try-Rule")["State"] == "ENABLED"
