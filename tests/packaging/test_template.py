"""The template that CloudFormation gets."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from boto3 import Session
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from deployment import account
from localaws import gateway_responses
from tests.packaging.conftest import ROOT, Packaged

FUNCTIONS = {"APIHandler", "Dispatch", "Sweep", "OnEmrEvent", "ClusterTask", "RunTask", "RunCredentials", "Operator"}
INVOKED_BY_EVENTS = {"Dispatch", "Sweep", "OnEmrEvent"}
DATA = ("AWS::DynamoDB::Table", "AWS::S3::Bucket")


def policies(packaged: Packaged) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every statement that allows something, with the name of its role or policy."""
    for name, statement in statements(packaged):
        if statement["Effect"] == "Allow":
            yield name, statement


def statements(packaged: Packaged) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, role in packaged.resources("AWS::IAM::Role").items():
        for policy in role.get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                # A statement may be there only on a condition: {"Fn::If": [condition, statement, nothing]}
                yield name, statement["Fn::If"][1] if "Fn::If" in statement else statement
    for kind in ("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy"):
        for name, policy in packaged.resources(kind).items():
            for statement in policy["PolicyDocument"]["Statement"]:
                yield name, statement


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_cfn_lint_finds_nothing(packaged: Packaged) -> None:
    command = [str(Path(sys.executable).with_name("cfn-lint")), str(packaged.folder / "sam.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_functions_are_those_that_app_py_declares(packaged: Packaged) -> None:
    assert set(packaged.resources("AWS::Serverless::Function")) == FUNCTIONS


def test_every_function_has_a_role_of_its_own(packaged: Packaged) -> None:
    functions = packaged.resources("AWS::Serverless::Function")
    machines = packaged.resources("AWS::Serverless::StateMachine")
    roles = {name: made["Role"]["Fn::GetAtt"][0] for name, made in (functions | machines).items()}
    assert roles == {name: f"{name}Role" for name in roles}
    assert set(roles.values()) <= set(packaged.resources("AWS::IAM::Role"))


def test_every_function_has_its_log_group_and_a_name(packaged: Packaged) -> None:
    groups = packaged.resources("AWS::Logs::LogGroup")
    for name, function in packaged.resources("AWS::Serverless::Function").items():
        group = groups[function["LoggingConfig"]["LogGroup"]["Ref"]]
        assert group["RetentionInDays"]
        named = function["FunctionName"]["Fn::Sub"]
        assert group["LogGroupName"]["Fn::Sub"] == f"/aws/lambda/{named}", name


def test_what_events_invoke_leaves_dead_letters(packaged: Packaged) -> None:
    functions = packaged.resources("AWS::Serverless::Function")
    with_events = {name for name, made in functions.items() if made.get("Events")}
    assert with_events == INVOKED_BY_EVENTS
    # What the clock's functions leave, their next run does; that they come to no end is what an alarm says.
    assert {name for name, made in functions.items() if "DeadLetterQueue" in made} == {"OnEmrEvent"}


def test_no_policy_allows_an_action_by_wildcard(packaged: Packaged) -> None:
    allowed = [(name, action) for name, statement in policies(packaged) for action in listed(statement["Action"])]
    assert len(allowed) > 50
    assert not [(name, action) for name, action in allowed if "*" in action]


def test_only_what_knows_no_resource_or_is_bound_by_tags_is_allowed_on_all(packaged: Packaged) -> None:
    everywhere = {
        action
        for _, statement in policies(packaged)
        if "*" in listed(statement["Resource"]) and "Condition" not in statement
        for action in listed(statement["Action"])
    }
    assert {action for action in everywhere if not action.startswith(("logs:", "xray:"))} == {
        "elasticmapreduce:ListClusters",
        "pricing:GetProducts",
        "ec2:DescribeSpotPriceHistory",
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
    }


def test_clusters_of_other_deployments_cannot_be_touched(packaged: Packaged) -> None:
    ours = {"aws:ResourceTag/Application": "atmo", "aws:ResourceTag/Environment": {"Ref": "Stage"}}
    ends = [statement for _, statement in policies(packaged) if "TerminateJobFlows" in json.dumps(statement["Action"])]
    assert len(ends) == 2
    assert all(statement["Condition"]["StringEquals"] == ours for statement in ends)


@pytest.mark.parametrize("role", ["ClusterMachineRole", "JobRunMachineRole"])
def test_machines_call_their_own_task_only(packaged: Packaged, role: str) -> None:
    task = {"ClusterMachineRole": "ClusterTask", "JobRunMachineRole": "RunTask"}[role]
    own = [statement for name, statement in policies(packaged) if name == role]
    called = [statement for statement in own if "lambda:" in json.dumps(statement["Action"])]
    assert [statement["Action"] for statement in called] == ["lambda:InvokeFunction"]
    assert called[0]["Resource"] == [{"Fn::GetAtt": [task, "Arn"]}, {"Fn::Sub": f"${{{task}.Arn}}:*"}]


def test_data_outlives_its_stack(packaged: Packaged) -> None:
    for name, resource in packaged.template["Resources"].items():
        if resource["Type"] in DATA:
            assert resource["DeletionPolicy"] == "RetainExceptOnCreate", name
            assert resource["UpdateReplacePolicy"] == "Retain", name


def test_every_bucket_is_private_encrypted_and_reached_over_tls_only(packaged: Packaged) -> None:
    policies_by_bucket = Counter(
        policy["Bucket"]["Ref"] for policy in packaged.resources("AWS::S3::BucketPolicy").values()
    )
    for name, bucket in packaged.resources("AWS::S3::Bucket").items():
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        assert bucket["BucketEncryption"]
        assert policies_by_bucket[name] == 1
    for policy in packaged.resources("AWS::S3::BucketPolicy").values():
        (statement,) = policy["PolicyDocument"]["Statement"]
        assert statement["Effect"] == "Deny"
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_environment_has_what_the_settings_read(packaged: Packaged) -> None:
    read = set(
        re.findall(r'_(?:required|optional)\("([A-Z_]+)"', (ROOT / "chalicelib" / "core" / "config.py").read_text())
    )
    variables = set(packaged.template["Globals"]["Function"]["Environment"]["Variables"])
    assert len(read) > 15
    libraries = ("POWERTOOLS_", "PYDANTIC_")
    assert variables - read == {name for name in variables if name.startswith(libraries)}
    assert not read - variables


def test_the_environment_is_read_in_one_place() -> None:
    reading = re.compile(r"os\.(environ|getenv)")
    files = [ROOT / "app.py", *(ROOT / "chalicelib").rglob("*.py")]
    readers = {str(file.relative_to(ROOT)) for file in files if reading.search(file.read_text())}
    assert readers == {"chalicelib/core/config.py"}


@pytest.mark.parametrize("kind", gateway_responses.TEMPLATES)
def test_what_api_gateway_answers_by_itself_is_what_localaws_says(packaged: Packaged, kind: str) -> None:
    (api,) = packaged.resources("AWS::Serverless::Api").values()
    answer = api["GatewayResponses"][kind]
    worded = {
        name: text.get("Fn::Sub", text) if isinstance(text, dict) else text
        for name, text in answer["ResponseTemplates"].items()
    }
    assert (answer["StatusCode"], worded) == (gateway_responses.STATUS[kind], gateway_responses.TEMPLATES[kind])
    assert api["GatewayResponses"]["INVALID_SIGNATURE"] == api["GatewayResponses"][gateway_responses.NOT_FOUND]


def test_what_api_gateway_answers_by_itself_has_our_headers(packaged: Packaged) -> None:
    from chalicelib.web import responses

    ours = responses.SECURITY | responses.HTTPS_ONLY | {"Content-Security-Policy": "sandbox"}
    (api,) = packaged.resources("AWS::Serverless::Api").values()
    assert {"DEFAULT_4XX", "DEFAULT_5XX", "REQUEST_TOO_LARGE"} <= api["GatewayResponses"].keys()
    for kind, answer in api["GatewayResponses"].items():
        headers = {name: value[1:-1] for name, value in answer["ResponseParameters"]["Headers"].items()}
        assert {name: headers.get(name) for name in ours} == ours, kind


def test_the_api_has_one_stage_and_it_is_the_throttled_one(packaged: Packaged) -> None:
    translator = Translator({}, Parser(), boto_session=Session(region_name="us-east-1"))
    template = json.loads(json.dumps(packaged.template))
    for resource in template["Resources"].values():
        for name in ("CodeUri", "DefinitionUri"):
            if name in resource.get("Properties", {}):
                resource["Properties"][name] = "s3://bucket/key"
    plain = translator.translate(template, {"Stage": "try"})["Resources"].values()
    stages = [made["Properties"] for made in plain if made["Type"] == "AWS::ApiGateway::Stage"]
    assert [stage["StageName"] for stage in stages] == ["portal"]
    assert stages[0]["MethodSettings"][0]["ThrottlingRateLimit"]
    assert stages[0]["TracingEnabled"]
    assert "path" not in stages[0]["AccessLogSetting"]["Format"]  # links in mails are secrets
    (deployment,) = [made["Properties"] for made in plain if made["Type"] == "AWS::ApiGateway::Deployment"]
    assert deployment.get("StageName") is None


def test_tables_are_protected_once_all_exist(packaged: Packaged) -> None:
    for name, table in packaged.resources("AWS::DynamoDB::Table").items():
        assert table["DeletionProtectionEnabled"] == {"Fn::If": ["ProtectsData", True, False]}, name


def test_executions_are_reserved_for_what_must_not_wait(packaged: Packaged) -> None:
    functions = packaged.resources("AWS::Serverless::Function")
    reserved = {
        name: made["ReservedConcurrentExecutions"]["Fn::If"]
        for name, made in functions.items()
        if "ReservedConcurrentExecutions" in made
    }
    assert reserved.keys() == INVOKED_BY_EVENTS
    assert sum(number for _, number, _ in reserved.values()) == account.RESERVED


def test_nobody_may_what_nobody_does(packaged: Packaged) -> None:
    granted = {(name, action) for name, statement in policies(packaged) for action in listed(statement["Action"])}
    assert not [each for each in granted if each[1] == "states:SendTaskFailure"]
    portal = {action for name, action in granted if name == "APIHandlerRole"}
    assert not portal & {"elasticmapreduce:TerminateJobFlows", "s3:DeleteObject", "secretsmanager:CreateSecret"}
