"""A stage's data, which outlives its stack: deleted only by those who say so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from deployment.imports import Retained


def delete(session: Any, resources: Iterable[Retained]) -> None:
    """Deletes tables, buckets with everything in them, and log groups. There is no way back."""
    deleting = {
        "AWS::DynamoDB::Table": _delete_table,
        "AWS::S3::Bucket": _delete_bucket,
        "AWS::Logs::LogGroup": _delete_log_group,
    }
    for resource in resources:
        deleting[resource.type](session, resource.name)


def _delete_table(session: Any, name: str) -> None:
    dynamodb = session.client("dynamodb")
    if dynamodb.describe_table(TableName=name)["Table"].get("DeletionProtectionEnabled"):
        dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
    dynamodb.delete_table(TableName=name)


def _delete_bucket(session: Any, name: str) -> None:
    s3 = session.client("s3")
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
        versions = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        objects = [{"Key": version["Key"], "VersionId": version["VersionId"]} for version in versions]
        if objects:
            s3.delete_objects(Bucket=name, Delete={"Objects": objects, "Quiet": True})
    s3.delete_bucket(Bucket=name)


def _delete_log_group(session: Any, name: str) -> None:
    session.client("logs").delete_log_group(logGroupName=name)
