"""An account with the resources that exist in it, and the three clients that tell whether they do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from tests.support.cloudformation.service import CloudFormation

ACCOUNT, REGION = "123456789012", "eu-central-1"


def refused(code: str, operation: str, message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message or code}}, operation)


@dataclass
class Account:
    """What boto3.Session gives, as far as a deployment uses it."""

    cloudformation: CloudFormation = field(default_factory=lambda: CloudFormation(ACCOUNT, REGION))
    region_name: str | None = REGION

    def client(self, service: str) -> Any:
        return self.cloudformation if service == "cloudformation" else _Looks(self.cloudformation)

    def get_partition_for_region(self, region: str) -> str:
        return "aws"


class _Looks:
    """DescribeTable, HeadBucket, DescribeLogGroups and GetCallerIdentity."""

    def __init__(self, cloudformation: CloudFormation) -> None:
        self._made = cloudformation.account

    def describe_table(self, TableName: str) -> dict[str, Any]:  # noqa: N803 - boto3's names
        if ("AWS::DynamoDB::Table", TableName) not in self._made:
            raise refused("ResourceNotFoundException", "DescribeTable")
        return {}

    def head_bucket(self, Bucket: str) -> dict[str, Any]:  # noqa: N803
        if ("AWS::S3::Bucket", Bucket) not in self._made:
            raise refused("404", "HeadBucket")
        return {}

    def describe_log_groups(self, logGroupNamePrefix: str) -> dict[str, Any]:  # noqa: N803
        names = [name for kind, name in self._made if kind == "AWS::Logs::LogGroup"]
        return {"logGroups": [{"logGroupName": name} for name in names if name.startswith(logGroupNamePrefix)]}

    def get_caller_identity(self) -> dict[str, str]:
        return {"Account": ACCOUNT}
