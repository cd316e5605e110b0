"""What a function's role must allow for a call, and what the packaged template's roles allow, in the same words. Pure.

A resource is named by the template's logical id: `JobsTable`, `JobsTable/index/*`, `ResultsBucket`, `ResultsBucket/*`. Of other
services only the action is compared: "" stands for whatever it is done to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

Params = Mapping[str, Any]
COMPARED = {"dynamodb", "s3"}
"""Services of which resources are compared as well."""
WRITES = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
ACTIONS = {
    "lambda:Invoke": "lambda:InvokeFunction",
    "s3:HeadObject": "s3:GetObject",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListObjects": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:DeleteObjects": "s3:DeleteObject",
    "s3:CreateMultipartUpload": "s3:PutObject",
    "s3:UploadPart": "s3:PutObject",
    "s3:CompleteMultipartUpload": "s3:PutObject",
}
"""IAM's name for operations that it calls otherwise: https://docs.aws.amazon.com/service-authorization/latest/reference/"""
OF_A_PARAMETER = "an object that a parameter names"
OF_VERSIONS = {
    "s3:GetObject": "s3:GetObjectVersion",
    "s3:PutObjectTagging": "s3:PutObjectVersionTagging",
    "s3:DeleteObject": "s3:DeleteObjectVersion",
}


class Grant(NamedTuple):
    """An action of a function's role on a resource. Functions are named by the ends of their names: `run-task`."""

    function: str
    action: str
    resource: str


BY_THE_OTHER_SIDE = {"sts:AssumeRole"}
"""What the policy of the role allows that is assumed, and so none of the function's own."""


def needs(function: str, service: str, operation: str, params: Params, buckets: Mapping[str, str]) -> Iterator[Grant]:
    """What a call needs. `buckets` has the logical ids of buckets by their names."""
    if operation == "TransactWriteItems":
        for item in params["TransactItems"]:
            ((kind, argument),) = item.items()
            yield Grant(function, f"dynamodb:{WRITES[kind]}", _table(argument["TableName"]))
    elif operation in ("BatchGetItem", "BatchWriteItem"):
        yield from (Grant(function, f"dynamodb:{operation}", _table(name)) for name in params["RequestItems"])
    elif service == "dynamodb":
        index = "/index/*" if "IndexName" in params else ""
        yield Grant(function, f"dynamodb:{operation}", _table(params["TableName"]) + index)
    elif service == "s3":
        yield of_s3(function, operation, params, buckets)
    else:
        action = f"{service}:{operation}"
        yield Grant(function, ACTIONS.get(action, action), "")


def of_s3(function: str, operation: str, params: Params, buckets: Mapping[str, str]) -> Grant:
    """What an operation of S3 needs, which may be another's, by a presigned address."""
    action = ACTIONS.get(f"s3:{operation}", f"s3:{operation}")
    if params.get("VersionId"):
        action = OF_VERSIONS.get(action, action)
    if params["Bucket"] not in buckets:
        return Grant(function, action, OF_A_PARAMETER)
    at = "" if action == "s3:ListBucket" else "/*"
    return Grant(function, action, buckets[params["Bucket"]] + at)


def _table(name: str) -> str:
    """`atmo-local-used-keys` is `UsedKeysTable`."""
    return "".join(word.capitalize() for word in name.split("-")[2:]) + "Table"


def granted(template: Mapping[str, Any]) -> Iterator[Grant]:
    """What the roles of the functions allow."""
    resources: Mapping[str, Any] = template["Resources"]
    for resource in resources.values():
        if resource["Type"] == "AWS::Serverless::Function":
            made = resource["Properties"]
            name, role = made["FunctionName"]["Fn::Sub"].removeprefix("atmo-${Stage}-"), made["Role"]["Fn::GetAtt"]
            role = role[0] if isinstance(role, list) else role.partition(".")[0]
            for policy in resources[role]["Properties"]["Policies"]:
                yield from _of_statements(name, policy["PolicyDocument"]["Statement"])


def _of_statements(function: str, statements: Iterable[Any]) -> Iterator[Grant]:
    for conditional in statements:
        statement = conditional["Fn::If"][1] if "Fn::If" in conditional else conditional
        for action in _listed(statement["Action"]):
            for resource in _listed(statement["Resource"]):
                is_compared = action.partition(":")[0] in COMPARED
                yield Grant(function, action, _resource(resource) if is_compared else "")


def _resource(resource: Any) -> str:
    """The logical id that an ARN is made of, with what comes after it."""
    text = json.dumps(resource)
    logical = re.search(r"(\w+(?:Table|Bucket))\b", text)
    if not logical:
        return OF_A_PARAMETER
    return logical[1] + ("/index/*" if "/index/*" in text else "/*" if '/*"' in text else "")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
