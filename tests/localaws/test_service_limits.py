"""Limits of the services beside EMR, and of EMR that show only after a launch. The sources stand in localaws/limits.py."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import urllib3
from botocore.config import Config
from botocore.exceptions import ClientError

from docs import limits as table
from localaws.cloud import LocalCloud
from localaws.gateway import MAX_REQUEST, MAX_RESPONSE, Gateway
from localaws.limits import PUBLISHED
from localaws.service_limits import MAX_PATTERN, MAX_PAYLOAD, policies_too_long
from tests.localaws.conftest import Launcher
from tests.support.http import until

ROOT = Path(__file__).resolve().parents[2]
Params = dict[str, Any]


def refusal(call: Callable[..., Any], **params: Any) -> str:
    """The code with which AWS refuses this call."""
    with pytest.raises(ClientError) as refused:
        call(**params)
    return str(refused.value.response["Error"]["Code"])


def test_the_documented_table_is_the_list() -> None:
    page = table.PAGE.read_text()
    assert table.redrawn(page) == page, "Run `make docs`."


def test_each_limit_has_a_source_a_place_and_a_test_that_exists() -> None:
    tests = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    assert len(PUBLISHED) >= 25
    assert len({one.what for one in PUBLISHED}) == len(PUBLISHED)
    for one in PUBLISHED:
        assert f"def {one.test}(" in tests, one
        assert one.source.startswith("https://"), one
        assert one.where == "moto" or (ROOT / one.where).is_file(), one


def subnet(cloud: LocalCloud, zone: str) -> str:
    ec2 = cloud.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    made = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"]
    tags = [{"Key": "for-use-with-amazon-emr-managed-policies", "Value": "true"}]
    ec2.create_tags(Resources=[made], Tags=tags)
    return str(made)


def test_a_type_that_no_zone_of_the_subnets_has(cloud: LocalCloud, emr: Launcher) -> None:
    """us-east-1e has no m5."""
    instances = {"MasterInstanceType": "m5.xlarge", "KeepJobFlowAliveWhenNoSteps": True}
    ended = emr.reaches(
        emr.run(Instances=instances | {"Ec2SubnetId": subnet(cloud, "us-east-1e")}), "TERMINATED_WITH_ERRORS"
    )
    reason = ended["Status"]["StateChangeReason"]
    assert reason["Code"] == "VALIDATION_ERROR"
    assert "m5.xlarge is not supported in the requested availability zone" in reason["Message"]
    emr.reaches(emr.run(Instances=instances | {"Ec2SubnetId": subnet(cloud, "us-east-1a")}), "WAITING")


def test_an_account_has_so_many_active_clusters(cloud: LocalCloud, emr: Launcher) -> None:
    runtime = cloud.emr.runtime
    assert runtime.max_active == 500
    runtime.max_active = sum(cluster.is_alive for cluster in cloud.emr.clusters.values()) + 1
    try:
        last = emr.run(keep=True)
        assert refusal(emr.run) == "ValidationException"
        cloud.client("emr").terminate_job_flows(JobFlowIds=[last])
        assert emr.run(keep=True).startswith("j-")
    finally:
        runtime.max_active = 500


def test_new_clusters_may_be_listed_late(cloud: LocalCloud, emr: Launcher) -> None:
    cloud.emr.runtime.listing_lag = 60
    try:
        name = emr.run(keep=True)
        assert not listed(emr, name)
        assert emr.cluster(name)["Id"] == name
        cloud.clock.advance(seconds=61)
        assert listed(emr, name)
    finally:
        cloud.emr.runtime.listing_lag = 0


def listed(emr: Launcher, name: str) -> bool:
    return any(cluster["Id"] == name for cluster in emr.client.list_clusters()["Clusters"])


def failure(cloud: LocalCloud, arn: str) -> Params:
    client = cloud.client("stepfunctions")
    return until(lambda: end if (end := client.describe_execution(executionArn=arn))["status"] == "FAILED" else {})


def test_step_functions_reports_a_throttled_call_as_emr_exception(cloud: LocalCloud, machine: Any) -> None:
    call = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:emr:listClusters", "Arguments": {}, "End": True}
    cloud.clock.advance(minutes=5)
    cloud.emr.rates.enforced = True
    try:
        while cloud.emr.rates.admit("ListClusters"):
            pass
        end = failure(cloud, machine(List=call))
    finally:
        cloud.emr.rates.enforced = False
    assert end["error"] == "Emr.EmrException"
    assert end["cause"].startswith("Rate exceeded (Service: Emr, Status Code: 400, Request ID: ")


@pytest.mark.parametrize("expression", ["$states.input.nothing", "$states.input.list[9]"])
def test_an_expression_that_yields_nothing_fails_its_state(cloud: LocalCloud, machine: Any, expression: str) -> None:
    state = {"Type": "Pass", "Output": {"value": f"{{% {expression} %}}"}, "End": True}
    assert failure(cloud, machine({"list": []}, Look=state))["error"] == "States.QueryEvaluationError"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "r" * 81}, "InvalidName"),
        *(({"name": f"r{sign}x"}, "InvalidName") for sign in '<>{}[]?*"#%\\^|~`$&,;:/ \t'),
        ({"input": json.dumps("x" * (MAX_PAYLOAD - 1))}, "InvalidExecutionInput"),
    ],
)
def test_an_execution_that_step_functions_refuses(cloud: LocalCloud, changes: Params, code: str) -> None:
    start = cloud.client("stepfunctions").start_execution
    arn = cloud.machines["atmo-local-cluster"]
    without_checks = boto3.Session().client("stepfunctions", config=Config(parameter_validation=False))
    assert refusal(without_checks.start_execution, stateMachineArn=arn, **changes) == code
    assert start(stateMachineArn=arn, name=f"r-{os.urandom(4).hex()}.2", input='{"cluster_id": "none"}')


def test_an_answer_to_a_token_has_256_kib(cloud: LocalCloud) -> None:
    answer = cloud.client("stepfunctions").send_task_success
    assert refusal(answer, taskToken="t", output=json.dumps("x" * (MAX_PAYLOAD - 1))) == "InvalidOutput"
    assert refusal(answer, taskToken="t", output=json.dumps("x" * (MAX_PAYLOAD - 2))) == "InvalidToken"


@pytest.fixture
def items(cloud: LocalCloud) -> Iterator[str]:
    client = cloud.client("dynamodb")
    client.create_table(
        TableName="limits", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )  # fmt: skip
    yield "limits"
    client.delete_table(TableName="limits")


def put(name: str, size: int = 1) -> Params:
    return {"Put": {"TableName": "limits", "Item": {"id": {"S": name}, "text": {"S": "x" * size}}}}


def test_dynamodb_refuses(cloud: LocalCloud, items: str) -> None:
    client = cloud.client("dynamodb")
    write = client.transact_write_items
    too_large = {"TableName": items, "Item": put("a", 410_000)["Put"]["Item"]}
    assert refusal(client.put_item, **too_large) == "ValidationException"
    assert refusal(write, TransactItems=[put(str(number)) for number in range(101)]) == "ValidationException"
    assert refusal(write, TransactItems=[put("a"), put("a")]) == "ValidationException"
    assert refusal(write, TransactItems=[put(str(number), 390_000) for number in range(11)]) == "ValidationException"
    keys = [{"id": {"S": str(number)}} for number in range(101)]
    assert refusal(client.batch_get_item, RequestItems={items: {"Keys": keys}}) == "ValidationException"
    write(TransactItems=[put(str(number), 30_000) for number in range(100)])


def test_an_object_has_at_most_ten_tags(cloud: LocalCloud) -> None:
    s3, place = cloud.client("s3"), {"Bucket": "atmo-local-scripts", "Key": "tagged"}
    s3.put_object(**place, Body=b"")
    tags = [{"Key": str(number), "Value": "v"} for number in range(11)]
    assert refusal(s3.put_object_tagging, **place, Tagging={"TagSet": tags}) == "BadRequest"
    s3.put_object_tagging(**place, Tagging={"TagSet": tags[:10]})


def test_eventbridge_refuses(cloud: LocalCloud) -> None:
    events = cloud.client("events")
    pattern = json.dumps({"source": ["x" * (MAX_PATTERN - len('{"source": [""]}'))]})
    assert refusal(events.put_rule, Name="limits", EventPattern=pattern + " ") == "ValidationException"
    events.put_rule(Name="limits", EventPattern=pattern)
    function = cloud.functions.find("operator").function_arn
    targets = [{"Id": str(number), "Arn": function} for number in range(6)]
    assert refusal(events.put_targets, Rule="limits", Targets=targets) == "LimitExceededException"
    events.delete_rule(Name="limits")


def test_a_secret_s_size(cloud: LocalCloud) -> None:
    ssm, secrets = cloud.client("ssm"), cloud.client("secretsmanager")
    parameter = {"Name": "/limits", "Type": "SecureString"}
    assert refusal(ssm.put_parameter, **parameter, Value="x" * 4097) == "ValidationException"
    ssm.put_parameter(**parameter, Value="x" * 4096)
    without_checks = boto3.Session().client("secretsmanager", config=Config(parameter_validation=False))
    too_long = refusal(without_checks.create_secret, Name="limits", SecretString="x" * 65_537)
    assert too_long == "InvalidParameterException"
    secrets.create_secret(Name="limits", SecretString="x" * 65_536)


def test_the_sandbox_of_ses_sends_to_verified_addresses(cloud: LocalCloud) -> None:
    ses, sender = cloud.client("sesv2"), "atmo@example.org"
    content = {"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}}
    mail = {"FromEmailAddress": sender, "Content": content}
    cloud.mails.sandbox = True
    try:
        to = {"ToAddresses": ["somebody@elsewhere.org"]}
        assert refusal(ses.send_email, **mail, Destination=to) == "MessageRejected"
        ses.send_email(**mail, Destination={"ToAddresses": [sender]})
    finally:
        cloud.mails.sandbox = False
    ses.send_email(**mail, Destination=to)


def test_the_gateway_takes_ten_megabytes(cloud: LocalCloud) -> None:
    answer = urllib3.request("POST", f"{cloud.portal_url}/api/v1/keys", body=b"x" * (MAX_REQUEST + 1), retries=False)
    assert answer.status == 413


class Behind:
    """What stands behind a gateway: it answers with this body, once it may."""

    def __init__(self, body: str, answering: bool = True) -> None:
        self.body, self.answering = body, answering

    def handle_request(self, **_: Any) -> Params:
        if not self.answering:
            until(lambda: self.answering)
        return {"statusCode": 200, "headers": {}, "multiValueHeaders": {}, "body": self.body}


def test_the_gateway_waits_so_long_for_an_answer() -> None:
    behind = Behind("late", answering=False)
    gateway = Gateway(behind)
    assert gateway.seconds == 29
    gateway.seconds = 0.01
    try:
        assert gateway.handle_request("GET", "/", {}, b"")["statusCode"] == 504
    finally:
        behind.answering = True
    gateway.seconds = 29
    assert gateway.handle_request("GET", "/", {}, b"")["body"] == "late"


@pytest.mark.parametrize(("size", "status"), [(MAX_RESPONSE - 200, 200), (MAX_RESPONSE, 502)])
def test_the_gateway_passes_no_response_that_lambda_does_not(size: int, status: int) -> None:
    assert Gateway(Behind("x" * size)).handle_request("GET", "/", {}, b"")["statusCode"] == status


def test_policies_stay_within_iams_limits(cloud: LocalCloud) -> None:
    """Also those of a deployment whose name is as long as the template allows, 15 characters longer than this one's."""
    iam = cloud.client("iam")
    assert policies_too_long(iam, longer_by=15) == []
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": ["arn:aws:s3:::" + "x" * 100] * 100}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.create_role(RoleName="long", AssumeRolePolicyDocument="{}")
    iam.put_role_policy(RoleName="long", PolicyName="long", PolicyDocument=document)
    try:
        (named,) = policies_too_long(iam)
        assert named.startswith("long has 11,")
    finally:
        iam.delete_role_policy(RoleName="long", PolicyName="long")
        iam.delete_role(RoleName="long")
