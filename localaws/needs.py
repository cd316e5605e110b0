"""What a call needs of its caller's role, in IAM's words: actions, the ARNs they are done to, condition keys' values. Pure.

Of services that are not named here only the action is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

Params = Mapping[str, Any]
ANYTHING = "anything"
"""Stands for the ARN where a call does not say what it is done to, such as with a task token."""
_WRITES = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
_OF_S3 = {
    "HeadObject": "GetObject",
    "HeadBucket": "ListBucket",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "DeleteObjects": "DeleteObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
}
"""IAM's name for operations that it calls otherwise: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html"""
_OF_VERSIONS = {
    "GetObject": "GetObjectVersion",
    "PutObjectTagging": "PutObjectVersionTagging",
    "DeleteObject": "DeleteObjectVersion",
}


class Account(NamedTuple):
    """Where ARNs are."""

    id: str
    region: str

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.region}:{self.id}:{resource}"


class Need(NamedTuple):
    """An action, the ARN that it is done to or `ANYTHING`, and the condition keys' values."""

    action: str
    resource: str
    context: tuple[tuple[str, str], ...] = ()


Tags = Callable[[str], Mapping[str, str] | None]
"""The tags of the EMR cluster with this id; None where there is none."""


def needs(account: Account, service: str, operation: str, params: Params, tags: Tags) -> Iterator[Need]:
    """What a call needs. `service` is the name that calls are signed with."""
    if service == "dynamodb":
        for action, resource in _of_dynamodb(operation, params):
            yield Need(f"dynamodb:{action}", account.arn("dynamodb", f"table/{resource}"))
    elif service == "s3":
        yield from (Need(f"s3:{action}", f"arn:aws:s3:::{resource}") for action, resource in _of_s3(operation, params))
    elif service == "elasticmapreduce":
        yield from _of_emr(account, operation, params, tags)
    elif service == "ses":
        sender = params["FromEmailAddress"]
        yield Need(f"ses:{operation}", account.arn("ses", f"identity/{sender}"), (("ses:FromAddress", sender),))
    else:
        action = "lambda:InvokeFunction" if operation == "Invoke" else f"{service}:{operation}"
        yield Need(action, _elsewhere(account, service, operation, params))


def _of_dynamodb(operation: str, params: Params) -> Iterator[tuple[str, str]]:
    if operation == "TransactWriteItems":
        for item in params["TransactItems"]:
            ((kind, argument),) = item.items()
            yield _WRITES[kind], argument["TableName"]
    elif operation == "TransactGetItems":
        yield from (("GetItem", item["Get"]["TableName"]) for item in params["TransactItems"])
    elif operation in ("BatchGetItem", "BatchWriteItem"):
        yield from ((operation, name) for name in params["RequestItems"])
    else:
        index = f"/index/{params['IndexName']}" if "IndexName" in params else ""
        yield operation, params["TableName"] + index


def _of_s3(operation: str, params: Params) -> Iterator[tuple[str, str]]:
    action = _OF_S3.get(operation, operation)
    if params.get("VersionId"):
        action = _OF_VERSIONS.get(action, action)
    yield action, params["Bucket"] + (f"/{params['Key']}" if "Key" in params else "/*" if "Delete" in params else "")
    if operation == "CopyObject":
        source = params["CopySource"]
        read = "GetObjectVersion" if source.get("VersionId") else "GetObject"
        yield read, f"{source['Bucket']}/{source['Key']}"


def _of_emr(account: Account, operation: str, params: Params, tags: Tags) -> Iterator[Need]:
    action = f"elasticmapreduce:{operation}"
    ids = [params["ClusterId"]] if "ClusterId" in params else params.get("JobFlowIds", [])
    for cluster in ids:
        if (known := tags(cluster)) is not None:  # EMR itself says what it makes of others
            context = tuple((f"aws:ResourceTag/{key}", value) for key, value in sorted(known.items()))
            yield Need(action, account.arn("elasticmapreduce", f"cluster/{cluster}"), context)
    if operation == "RunJobFlow":
        yield from _of_launch(account, params)
    elif not ids:
        yield Need(action, ANYTHING)


def _of_launch(account: Account, params: Params) -> Iterator[Need]:
    """A launch also tags, hands two roles on and sets when an idle cluster ends:
    https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-iam-role-for-launch.html"""
    anew = account.arn("elasticmapreduce", "cluster/*")
    tags = tuple((f"aws:RequestTag/{tag['Key']}", tag["Value"]) for tag in params.get("Tags", []))
    yield Need("elasticmapreduce:RunJobFlow", anew, tags)
    if tags:
        yield Need("elasticmapreduce:AddTags", anew, tags)
    if "AutoTerminationPolicy" in params:
        yield Need("elasticmapreduce:PutAutoTerminationPolicy", anew)
    if str(params.get("ServiceRole", "")).startswith("arn:"):
        yield Need("iam:PassRole", params["ServiceRole"], (("iam:PassedToService", "elasticmapreduce.amazonaws.com"),))
    yield Need("iam:PassRole", ANYTHING)


def _elsewhere(account: Account, service: str, operation: str, params: Params) -> str:
    """The ARN that a call names itself, in the one or the other way."""
    for name in ("stateMachineArn", "executionArn", "RoleArn", "FunctionName"):
        if str(params.get(name, "")).startswith("arn:"):
            return str(params[name])
    if operation == "GetParameter":
        return account.arn("ssm", f"parameter/{params['Name'].lstrip('/')}")
    if operation == "GetSecretValue":
        return account.arn("secretsmanager", f"secret:{params['SecretId']}-AbCdEf")
    if operation == "FilterLogEvents":
        return account.arn("logs", f"log-group:{params['logGroupName']}")
    return ANYTHING
