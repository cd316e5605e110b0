"""What a deployment learns of its account, and the key that it makes there."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from moto import mock_aws

from deployment import account, link_key


class Session:
    """An account with or without API Gateway's role, and with so many executions that nothing has reserved."""

    def __init__(self, role: str, unreserved: int) -> None:
        self._role, self._unreserved = role, unreserved

    def client(self, service: str) -> Any:
        return self

    def get_account(self) -> dict[str, Any]:
        return {"cloudwatchRoleArn": self._role} if self._role else {}

    def get_account_settings(self) -> dict[str, Any]:
        return {"AccountLimit": {"UnreservedConcurrentExecutions": self._unreserved}}


ROLE = "arn:aws:iam::123456789012:role/theirs"


@pytest.mark.parametrize(
    ("role", "unreserved", "before", "values"),
    [
        ("", 10, {}, ("make", "no")),
        (ROLE, 1000, {}, ("exists", "yes")),
        (ROLE, 112, {}, ("exists", "no")),
        (ROLE, 113, {}, ("exists", "yes")),
        # What this stack made is there because of this stack.
        (ROLE, 100, {"ApiLogsRole": "make", "ReserveConcurrency": "yes"}, ("make", "yes")),
        (ROLE, 1000, {"ApiLogsRole": "exists", "ReserveConcurrency": "no"}, ("exists", "yes")),
    ],
)
def test_parameters_follow_from_the_account(
    role: str, unreserved: int, before: dict[str, str], values: tuple[str, str]
) -> None:
    assert tuple(account.parameters(Session(role, unreserved), before).values()) == values


@mock_aws
def test_the_link_key_is_made_once_and_secret() -> None:
    ssm = boto3.client("ssm", "eu-central-1", aws_access_key_id="a", aws_secret_access_key="b")

    def stored() -> Any:
        return ssm.get_parameter(Name="/atmo/try/link-key", WithDecryption=True)["Parameter"]

    link_key.ensure(ssm, "try")
    first = stored()
    link_key.ensure(ssm, "try")
    assert stored()["Value"] == first["Value"]
    assert first["Type"] == "SecureString"
    assert len(first["Value"]) == 64
    link_key.rotate(ssm, "try")
    assert stored()["Value"] != first["Value"]
    link_key.delete(ssm, "try")
    link_key.delete(ssm, "try")
    assert not ssm.describe_parameters()["Parameters"]
