"""AWS's published limits, refused as AWS refuses them. The sources stand in localaws/emr/limits.py or
with the test."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.cloud import LocalCloud
from tests.localaws.conftest import Launcher

Params = dict[str, Any]


def step(**jar: Any) -> Params:
    return {"Name": "a step", "HadoopJarStep": {"Jar": "command-runner.jar", **jar}}


TOO_MUCH: dict[str, Params] = {
    "a name of 257 characters": {"Name": "n" * 257},
    "an argument of 10,281 characters": {"Steps": [step(Args=["a" * 10_281])]},
    "a step's name of 257 characters": {"Steps": [step() | {"Name": "n" * 257}]},
    "a log address of 10,281 characters": {"LogUri": "s3://" + "l" * 10_276},
    "257 steps": {"Steps": [step()] * 257},
    "17 bootstrap actions": {
        "BootstrapActions": [{"Name": "b", "ScriptBootstrapAction": {"Path": "s3://bucket/script"}}] * 17
    },
    "51 tags": {"Tags": [{"Key": f"k{number}", "Value": "v"} for number in range(51)]},
    "a tag's key of 129 characters": {"Tags": [{"Key": "k" * 129, "Value": ""}]},
    "a tag without a key": {"Tags": [{"Key": "", "Value": "v"}]},
    "a tag's value of 257 characters": {"Tags": [{"Key": "k", "Value": "v" * 257}]},
    "a comma in a tag": {"Tags": [{"Key": "k", "Value": "a, b"}]},
    "AWS's own prefix in a tag": {"Tags": [{"Key": "aws:k", "Value": "v"}]},
    "a release that does not exist": {"ReleaseLabel": "emr-7.99.0"},
    "a release of the next decade": {"ReleaseLabel": "emr-9.0.0"},
    "an application that does not exist": {"Applications": [{"Name": "Sparkle"}]},
    "an application that EMR 7 no longer has": {"Applications": [{"Name": "Ganglia"}]},
    "an instance type that does not exist": {"Instances": {"MasterInstanceType": "m5.enormous"}},
    "a minute of idleness, less a second": {"AutoTerminationPolicy": {"IdleTimeout": 59}},
    "a week of idleness, and a second": {"AutoTerminationPolicy": {"IdleTimeout": 604_801}},
}
ENOUGH: dict[str, Params] = {
    "names and tags of full length": {
        "Name": "n" * 256,
        "Tags": [{"Key": "k" * 128, "Value": "v" * 256}, {"Key": "Owner_.:/=+-@", "Value": "Zoë Ünal 7"}],
    },
    "an argument of 10,280 characters": {"Steps": [step(Args=["a" * 10_280])]},
    "an application that EMR 6 had": {"ReleaseLabel": "emr-6.15.0", "Applications": [{"Name": "Ganglia"}]},
}


@pytest.mark.parametrize("request_part", TOO_MUCH.values(), ids=TOO_MUCH)
def test_emr_refuses_a_launch_beyond_its_limits(cloud: LocalCloud, emr: Launcher, request_part: Params) -> None:
    before = len(cloud.emr.clusters)
    with pytest.raises(ClientError) as refused:
        emr.run(**request_part)
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert len(cloud.emr.clusters) == before


@pytest.mark.parametrize("request_part", ENOUGH.values(), ids=ENOUGH)
def test_emr_takes_a_launch_at_its_limits(emr: Launcher, request_part: Params) -> None:
    assert emr.run(**request_part).startswith("j-")


def test_emr_refuses_tags_and_steps_that_come_later_as_well(emr: Launcher) -> None:
    name = emr.run(keep=True)
    with pytest.raises(ClientError) as refused:
        emr.client.add_tags(ResourceId=name, Tags=[{"Key": "k", "Value": "<b>"}])
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    with pytest.raises(ClientError) as refused:
        emr.client.add_job_flow_steps(JobFlowId=name, Steps=[step()] * 257)
    assert "256 steps" in refused.value.response["Error"]["Message"]


@pytest.mark.parametrize(("size", "fits"), [(5_900_000, True), (6_291_557, False)])
def test_a_response_of_lambda_has_a_largest_size(
    cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch, size: int, fits: bool
) -> None:
    """6,291,556 bytes; moto refuses from 6,000,000 on. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
    from chalicelib.entrypoints.operator import service

    monkeypatch.setattr(service, "handler", lambda event, context: "x" * (size - 2))  # JSON's two quotation marks
    name = cloud.functions.find("operator").function_name
    response = cloud.client("lambda").invoke(FunctionName=name, Payload=b"{}")
    body = json.loads(response["Payload"].read())
    assert ("FunctionError" not in response) == fits
    assert fits or body["errorType"] == "Function.ResponseSizeTooLarge"


def test_an_s3_key_has_at_most_1024_bytes(cloud: LocalCloud) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html"""
    s3, bucket = cloud.client("s3"), "atmo-local-scripts"
    s3.put_object(Bucket=bucket, Key="é" * 512, Body=b"")
    with pytest.raises(ClientError) as refused:
        s3.put_object(Bucket=bucket, Key="é" * 512 + "k", Body=b"")
    assert refused.value.response["Error"]["Code"] == "KeyTooLongError"
