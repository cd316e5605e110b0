"""What a call needs and what a role allows, in the same words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.grants import OF_A_PARAMETER, Grant, granted, needs

BUCKETS = {"notebooks": "NotebooksBucket"}


@pytest.mark.parametrize(
    ("service", "operation", "params", "needed"),
    [
        ("dynamodb", "GetItem", {"TableName": "atmo-local-used-keys"}, [("dynamodb:GetItem", "UsedKeysTable")]),
        (
            "dynamodb", "Query", {"TableName": "atmo-local-jobs", "IndexName": "by_owner"},
            [("dynamodb:Query", "JobsTable/index/*")],
        ),
        (
            "dynamodb", "TransactWriteItems",
            {"TransactItems": [{"Put": {"TableName": "atmo-local-runs"}}, {"Delete": {"TableName": "atmo-local-jobs"}}]},
            [("dynamodb:PutItem", "RunsTable"), ("dynamodb:DeleteItem", "JobsTable")],
        ),
        ("s3", "GetObject", {"Bucket": "notebooks", "Key": "k"}, [("s3:GetObject", "NotebooksBucket/*")]),
        (
            "s3", "GetObject", {"Bucket": "notebooks", "Key": "k", "VersionId": "v"},
            [("s3:GetObjectVersion", "NotebooksBucket/*")],
        ),
        ("s3", "ListObjectsV2", {"Bucket": "notebooks"}, [("s3:ListBucket", "NotebooksBucket")]),
        ("s3", "GetObject", {"Bucket": "somebody's", "Key": "k"}, [("s3:GetObject", OF_A_PARAMETER)]),
        ("lambda", "Invoke", {"FunctionName": "f"}, [("lambda:InvokeFunction", "")]),
    ],
)  # fmt: skip
def test_what_a_call_needs(service: str, operation: str, params: dict[str, Any], needed: list[tuple[str, str]]) -> None:
    assert [(one.action, one.resource) for one in needs("sweep", service, operation, params, BUCKETS)] == needed


def test_what_a_role_allows() -> None:
    statement = {
        "Action": ["dynamodb:Query", "ses:SendEmail"],
        "Resource": [{"Fn::GetAtt": ["JobsTable", "Arn"]}, {"Fn::Sub": "${JobsTable.Arn}/index/*"}],
    }
    objects = {"Action": "s3:GetObject", "Resource": {"Fn::Sub": "${ResultsBucket.Arn}/*"}}
    policy = {"PolicyDocument": {"Statement": [{"Fn::If": ["C", statement, {"Ref": "AWS::NoValue"}]}, objects]}}
    function = {"FunctionName": {"Fn::Sub": "atmo-${Stage}-run-task"}, "Role": {"Fn::GetAtt": ["TaskRole", "Arn"]}}
    template = {
        "Resources": {
            "Task": {"Type": "AWS::Serverless::Function", "Properties": function},
            "TaskRole": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [policy]}},
        }
    }
    assert set(granted(template)) == {
        Grant("run-task", "dynamodb:Query", "JobsTable"),
        Grant("run-task", "dynamodb:Query", "JobsTable/index/*"),
        Grant("run-task", "ses:SendEmail", ""),
        Grant("run-task", "s3:GetObject", "ResultsBucket/*"),
    }
