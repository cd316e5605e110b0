"""make deploy against moto: what is uploaded, and how the stack changes."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from botocore.exceptions import ClientError
from moto import mock_aws

from deployment.artifacts import (
    ArtifactBucket,
    script_files,
    upload_code,
    upload_scripts,
    upload_template,
    upload_wheels,
    wheels_prefix,
)  # fmt: skip
from deployment.parameters import with_portal_url
from deployment.place import place_of
from deployment.releases import seed_releases
from deployment.rollout import Rollout
from deployment.stack import DeploymentFailed, Stack
from deployment.values import parameter_values
from scripts import deploy as deployment
from tests.packaging.conftest import ROOT, Packaged
from tests.packaging.test_template import FUNCTIONS

TEMPLATE: dict[str, Any] = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Parameters": {
        "Stage": {"Type": "String"},
        "MailFrom": {"Type": "String"},
        "PortalUrl": {"Type": "String", "Default": ""},
    },
    "Resources": {
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Sub": "atmo-${Stage}"}}},
    },
    "Outputs": {"Portal": {"Value": {"Ref": "PortalUrl"}}, "Mail": {"Value": {"Ref": "MailFrom"}}},
}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with mock_aws():
        yield


def artifacts(region: str) -> ArtifactBucket:
    made = ArtifactBucket(boto3.client("s3", region_name=region), f"atmo-artifacts-1-{region}", region)
    made.ensure()
    # moto applies a policy's denial without looking at its condition.
    made.s3.delete_bucket_policy(Bucket=made.name)
    return made


@pytest.fixture(params=["us-east-1", "eu-central-1"])
def bucket(aws: None, request: pytest.FixtureRequest) -> ArtifactBucket:
    return artifacts(request.param)


@pytest.fixture
def stack(aws: None) -> Stack:
    return Stack(boto3.client("cloudformation", region_name="us-east-1"), "atmo-try", poll_seconds=0)


@pytest.fixture
def url(aws: None) -> str:
    return upload_template(artifacts("us-east-1"), TEMPLATE)


def test_the_artifact_bucket_is_private_and_made_once(aws: None) -> None:
    bucket = ArtifactBucket(boto3.client("s3", region_name="eu-central-1"), "atmo-artifacts-1", "eu-central-1")
    bucket.ensure()
    bucket.ensure()
    blocked = bucket.s3.get_public_access_block(Bucket=bucket.name)["PublicAccessBlockConfiguration"]
    assert set(blocked.values()) == {True}
    policy = json.loads(bucket.s3.get_bucket_policy(Bucket=bucket.name)["Policy"])
    assert policy["Statement"][0]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_scripts_are_uploaded_under_the_hash_of_their_content(bucket: ArtifactBucket, tmp_path: Path) -> None:
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "runner.pyc").write_bytes(b"compiled")
    (tmp_path / ".hidden").write_text("no")
    (tmp_path / "runner.py").write_text("print(1)")
    first = upload_scripts(bucket, tmp_path)
    assert upload_scripts(bucket, tmp_path) == first
    (tmp_path / "runner.py").write_text("print(2)")
    second = upload_scripts(bucket, tmp_path)
    assert second != first
    keys = {item["Key"] for item in bucket.s3.list_objects_v2(Bucket=bucket.name)["Contents"]}
    assert {f"s3://{bucket.name}/{key}" for key in keys} == {f"{first}/runner.py", f"{second}/runner.py"}


def test_wheels_are_uploaded_once_by_their_pins_and_the_scripts_say_where(
    bucket: ArtifactBucket, tmp_path: Path
) -> None:
    emr = tmp_path / "emr"
    emr.mkdir()
    (emr / "requirements.txt").write_text("papermill==1")
    prefix = wheels_prefix(emr)
    with pytest.raises(DeploymentFailed, match="Run `make package`"):
        upload_wheels(bucket, tmp_path, prefix)
    (tmp_path / prefix / "x86_64").mkdir(parents=True)
    (tmp_path / prefix / "x86_64/executor.tar").write_bytes(b"wheels")
    upload_wheels(bucket, tmp_path, prefix)
    scripts = upload_scripts(bucket, emr, prefix).removeprefix(f"s3://{bucket.name}/")
    assert content(bucket, f"{prefix}/x86_64/executor.tar") == b"wheels"
    assert content(bucket, f"{scripts}/wheels.txt") == prefix.encode()
    # What a key holds never changes: the pins are its name.
    (tmp_path / prefix / "x86_64/executor.tar").write_bytes(b"others")
    upload_wheels(bucket, tmp_path, prefix)
    assert content(bucket, f"{prefix}/x86_64/executor.tar") == b"wheels"
    (emr / "requirements.txt").write_text("papermill==2")
    assert wheels_prefix(emr) != prefix


def content(bucket: ArtifactBucket, key: str) -> bytes:
    return bucket.s3.get_object(Bucket=bucket.name, Key=key)["Body"].read()


def test_the_real_scripts_include_the_runner() -> None:
    assert {"bootstrap.sh", "run_notebook.py"} <= set(script_files(ROOT / "emr"))


def test_the_runner_judges_notebooks_by_the_very_files_that_uploads_are_judged_by() -> None:
    judge = ROOT / "chalicelib" / "notebooks" / "ipynb"
    files = {f"ipynb/{path.name}": path.read_bytes() for path in judge.glob("*.py")}
    assert "ipynb/reading.py" in files
    scripts = script_files(ROOT / "emr")
    assert {name: scripts.get(name) for name in files} == files


def test_the_judge_of_notebooks_needs_nothing_but_python(tmp_path: Path) -> None:
    for name, content in script_files(ROOT / "emr").items():
        if name.startswith("ipynb/"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_bytes(content)
    script = "import ipynb; print(ipynb.read(b'{\"cells\": [], \"nbformat\": 4}').document['nbformat_minor'])"
    alone = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.append({str(tmp_path)!r}); {script}"]
    assert subprocess.run(alone, check=True, capture_output=True, text=True).stdout == "5\n"


def test_the_packaged_template_names_uploaded_files_only(bucket: ArtifactBucket, packaged: Packaged) -> None:
    uploaded = upload_code(bucket, packaged.template, packaged.folder)
    locations = [
        resource["Properties"].get("CodeUri") or resource["Properties"]["DefinitionUri"]
        for resource in uploaded["Resources"].values()
        if resource["Type"] in ("AWS::Serverless::Function", "AWS::Serverless::StateMachine")
    ]
    assert len(locations) == len(FUNCTIONS) + 2  # and the state machines
    for location in set(locations):
        assert bucket.s3.head_object(Bucket=bucket.name, Key=location.removeprefix(f"s3://{bucket.name}/"))
    # CloudFormation reads no YAML aliases; JSON has none.
    url = upload_template(bucket, uploaded)
    key = url.partition(".amazonaws.com/")[2]
    assert json.loads(bucket.s3.get_object(Bucket=bucket.name, Key=key)["Body"].read()) == uploaded


def rollout(stack: Stack, **values: str) -> Rollout:
    session = boto3.Session(region_name="us-east-1")
    bucket = artifacts("us-east-1")
    return Rollout(session, stack, "try", TEMPLATE, lambda template: upload_template(bucket, template), {}, values)


def test_a_stack_is_made_then_changed(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    rollout(stack, Stage="try", MailFrom="a@example.com").run()
    assert stack.parameters() == {"Stage": "try", "MailFrom": "a@example.com", "PortalUrl": ""}
    rollout(stack, PortalUrl="https://portal.example.com").run()
    assert stack.parameters()["PortalUrl"] == "https://portal.example.com"


class StackWithApi(Stack):
    """moto computes no outputs for change sets; this stack has the API's address, as on AWS."""

    def outputs(self) -> dict[str, str]:
        return {"EndpointURL": "https://abc.execute-api.us-east-1.amazonaws.com/portal/"}


def test_the_first_deployment_tells_the_portal_its_address(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    api = StackWithApi(stack.cloudformation, stack.name, poll_seconds=0)
    deployment.roll_out(rollout(api, Stage="try", MailFrom="a@example.com"))
    assert api.parameters()["PortalUrl"] == "https://abc.execute-api.us-east-1.amazonaws.com/portal"
    assert "Stack atmo-try was deployed." in capsys.readouterr().out


def test_an_address_of_ones_own_is_left_alone(stack: Stack) -> None:
    deployment.roll_out(rollout(stack, Stage="try", MailFrom="a@example.com", PortalUrl="https://portal.example.com"))
    assert stack.parameters()["PortalUrl"] == "https://portal.example.com"


def test_a_domain_of_ones_own_is_the_portals_address() -> None:
    assert with_portal_url({"DomainName": "atmo.example.com"})["PortalUrl"] == "https://atmo.example.com"
    assert with_portal_url({"DomainName": "a.example.com", "PortalUrl": "https://b"})["PortalUrl"] == "https://b"
    assert with_portal_url({}) == {}


def test_outputs_are_read_by_name(stack: Stack, url: str) -> None:
    parameters: Any = [{"ParameterKey": name, "ParameterValue": name.lower()} for name in TEMPLATE["Parameters"]]
    stack.cloudformation.create_stack(StackName=stack.name, TemplateURL=url, Parameters=parameters)
    assert stack.outputs() == {"Portal": "portalurl", "Mail": "mailfrom"}


def test_what_nobody_set_is_named(stack: Stack) -> None:
    with pytest.raises(DeploymentFailed, match=r"^Set MailFrom in \.chalice/parameters/try\.json"):
        rollout(stack, Stage="try").run()
    assert stack.current() is None


def test_the_region_is_the_profiles(aws: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    (tmp_path / "config").write_text("[profile site]\nregion = eu-west-3\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "site")
    (tmp_path / "credentials").write_text("[site]\naws_access_key_id = a\naws_secret_access_key = b\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    assert str(place_of(boto3.Session(), "try")) == "atmo-try in account 123456789012, eu-west-3"


def test_the_makefile_sets_no_region() -> None:
    assert "REGION" not in (ROOT / "Makefile").read_text()


def test_without_a_region_nothing_happens(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    with pytest.raises(DeploymentFailed, match="No region is configured"):
        place_of(boto3.Session(), "try")


@pytest.mark.parametrize("stage", ["", "Prod", "1", "a_b", "a" * 21])
def test_a_stage_that_is_no_name_is_refused(aws: None, stage: str) -> None:
    with pytest.raises(DeploymentFailed, match="A stage is named with"):
        place_of(boto3.Session(region_name="us-east-1"), stage)


def test_a_stack_under_review_counts_as_none(stack: Stack, url: str) -> None:
    values, _ = parameter_values(TEMPLATE["Parameters"], {"Stage": "try", "MailFrom": "a@example.com"}, [])
    stack.cloudformation.create_change_set(
        StackName=stack.name,
        ChangeSetName="never-executed",
        ChangeSetType="CREATE",
        TemplateURL=url,
        Parameters=values,  # type: ignore[arg-type]
    )
    assert stack.current() is None


def test_parameters_given_kept_defaulted_and_missing() -> None:
    values, missing = parameter_values(TEMPLATE["Parameters"], {"Stage": "try"}, before=["Stage", "PortalUrl"])
    assert values == [
        {"ParameterKey": "Stage", "ParameterValue": "try"},
        {"ParameterKey": "PortalUrl", "UsePreviousValue": True},
    ]
    assert missing == ["MailFrom"]


def test_the_first_deployment_asks_for_what_the_template_has_no_default_for(packaged: Packaged) -> None:
    _, missing = parameter_values(packaged.template["Parameters"], {}, [])
    documented = (ROOT / "docs" / "deploy.md").read_text()
    for name in packaged.template["Parameters"]:
        assert f"`{name}`" in documented, name
    assert set(missing) == {
        "Stage", "MailFrom", "OidcIssuer", "OidcClientId", "OidcSecretId", "VpcId", "EmrSubnetId", "ScriptsBucket", "ScriptsUri",
    }  # fmt: skip


class OperatorFunction:
    """The part of a Lambda client that deploying uses."""

    def __init__(self, answer: dict[str, Any], failed: bool = False) -> None:
        self.payload = b""
        self._answer = {"Payload": io.BytesIO(json.dumps(answer).encode())} | (
            {"FunctionError": "Unhandled"} if failed else {}
        )

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - boto3's names
        self.payload = Payload
        return self._answer


def test_releases_are_seeded_by_the_operator_function() -> None:
    client = OperatorFunction({"result": {"added": ["7.5.0"]}})
    seed_releases("atmo-try-operator", client)
    assert json.loads(client.payload) == {"command": "releases.seed", "operator": "deployment"}


@pytest.mark.parametrize(
    "client",
    [OperatorFunction({"errorMessage": "no table"}, failed=True), OperatorFunction({"error": "no such command"})],
)
def test_an_operator_function_that_fails_fails_the_deployment(client: OperatorFunction) -> None:
    with pytest.raises(DeploymentFailed, match=r"no table|no such command"):
        seed_releases("atmo-try-operator", client)


def test_the_commit_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deployment, "ROOT", tmp_path)
    assert deployment.commit() == ""
    for command in (
        ["init", "-q"],
        ["-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "--allow-empty", "-m", "x"],
    ):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    assert re.fullmatch(r"[0-9a-f]{40}", deployment.commit())


def test_an_error_of_aws_is_one_sentence(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(session: Any, stage: str, environment: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "CreateBucket")

    monkeypatch.setattr(deployment, "deploy", refuse)
    assert deployment.main(["try"]) == 1
    assert capsys.readouterr().err.startswith("Not deployed. ")


def test_the_example_parameters_are_those_of_the_template(packaged: Packaged) -> None:
    example = yaml.safe_load((ROOT / "docs" / "deploy.md").read_text().partition("```json\n")[2].partition("```")[0])
    assert set(example) <= set(packaged.template["Parameters"])
