"""The embedded cloud refuses a function what its role does not allow."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws import running
from localaws.cloud import LocalCloud
from tests.support.clouds import refused

SETTINGS = {"TableName": "atmo-local-settings", "Key": {"name": {"S": "limits"}}}
KEYS = {"TableName": "atmo-local-keys", "Key": {"id": {"S": "k"}}}


def denied(function: str, act: Any) -> str:
    """The error that AWS answers the function with."""
    with running.acting(f"atmo-local-{function}"), pytest.raises(ClientError) as error:
        act()
    assert error.value.response["Error"]["Code"] == "AccessDeniedException"
    (words,) = refused()
    return words


def test_a_table_that_a_function_has_nothing_to_do_with(cloud: LocalCloud) -> None:
    dynamodb = cloud.client("dynamodb")
    words = denied("dispatch", lambda: dynamodb.get_item(**KEYS))
    assert words == (
        "atmo-local-dispatch is not authorized to perform dynamodb:GetItem on "
        f"arn:aws:dynamodb:us-east-1:{cloud.account}:table/atmo-local-keys"
    )
    dynamodb.get_item(**KEYS)  # who tests is allowed everything


def test_a_transaction_of_which_one_part_is_not_allowed(cloud: LocalCloud) -> None:
    parts = [{"Delete": SETTINGS}, {"Delete": KEYS}]
    words = denied("dispatch", lambda: cloud.client("dynamodb").transact_write_items(TransactItems=parts))
    assert "dynamodb:DeleteItem on" in words


def test_an_address_of_an_object(cloud: LocalCloud) -> None:
    params = {"Bucket": f"atmo-local-notebooks-{cloud.account}-us-east-1", "Key": "jobs/j"}
    words = denied("dispatch", lambda: cloud.client("s3").generate_presigned_url("get_object", params))
    assert "s3:GetObject on" in words


def test_a_cluster_of_somebody_else_in_the_account(cloud: LocalCloud) -> None:
    emr = cloud.client("emr")
    theirs = emr.run_job_flow(
        Name="theirs", ReleaseLabel="emr-7.5.0", ServiceRole="r", JobFlowRole="p",
        Instances={"MasterInstanceType": "m5.xlarge", "InstanceCount": 1},
    )["JobFlowId"]  # fmt: skip
    assert "TerminateJobFlows" in denied("sweep", lambda: emr.terminate_job_flows(JobFlowIds=[theirs]))
    emr.terminate_job_flows(JobFlowIds=[theirs])


def test_mail_from_another_address(cloud: LocalCloud) -> None:
    mail: dict[str, Any] = {"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}}
    to = {"ToAddresses": ["a@example.org"]}
    send = cloud.client("sesv2").send_email
    words = denied("sweep", lambda: send(FromEmailAddress="boss@example.org", Destination=to, Content=mail))
    assert "ses:SendEmail" in words
