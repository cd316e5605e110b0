"""S3: notebooks in, results out. Objects that are missing are None, not exceptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from chalicelib.aws.clients import answering, client, code

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectTypeDef

_MISSING = {"NoSuchKey", "NoSuchVersion", "404"}


@dataclass(frozen=True)
class Stored:
    """One object below a prefix; `name` is the rest of its key, `size` in bytes."""

    name: str
    size: int


def put(bucket: str, key: str, body: bytes, content_type: str) -> str:
    """Store an object; returns its version ("" in a bucket without versions).

    Raises:
        Unavailable: S3 does not answer.
    """
    with answering("store the file"):
        stored = _client().put_object(Bucket=bucket, Key=key, Body=body, ContentType=content_type)
    return str(stored.get("VersionId", ""))


def copy_across(bucket: str, key: str, version: str, to_bucket: str, to_key: str) -> str:
    """Copy an object, or a version of it, without reading it; returns the copy's version ("" in a bucket without versions).

    Raises:
        Unavailable: S3 does not answer, or has no such object.
    """
    source: Any = {"Bucket": bucket, "Key": key} | ({"VersionId": version} if version else {})
    with answering("copy the file"):
        copied = _client().copy_object(CopySource=source, Bucket=to_bucket, Key=to_key, TaggingDirective="REPLACE")
    return str(copied.get("VersionId", ""))


def read(bucket: str, key: str, version: str = "", last_bytes: int | None = None) -> bytes | None:
    """The object's content, or only its last bytes; None when there is no such object.

    Raises:
        Unavailable: S3 does not answer.
    """
    options = ({"VersionId": version} if version else {}) | ({"Range": f"bytes=-{last_bytes}"} if last_bytes else {})
    with answering("read the file"):
        try:
            return _client().get_object(Bucket=bucket, Key=key, **options)["Body"].read()  # type: ignore[arg-type]
        except ClientError as error:
            if code(error) == "InvalidRange":
                return b""
            if code(error) in _MISSING:
                return None
            raise


@dataclass(frozen=True)
class Fetched:
    """The content of one version of an object."""

    body: bytes
    version: str


def newest(bucket: str, key: str, largest: int) -> Fetched | None:
    """The object's newest version, or None when there is none, or it has more than `largest` bytes.

    Raises:
        Unavailable: S3 does not answer.
    """
    with answering("read the file"):
        try:
            answer = _client().get_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if code(error) in _MISSING:
                return None
            raise
        if answer["ContentLength"] > largest:
            answer["Body"].close()
            return None
        return Fetched(answer["Body"].read(), str(answer.get("VersionId", "")))


def copy(bucket: str, source: str, version: str, key: str, content_type: str) -> str | None:
    """Copy one version of an object within its bucket, without its bytes passing by; returns the copy's version.

    None when there is no such version any more.

    Raises:
        Unavailable: S3 does not answer.
    """
    with answering("store the file"):
        try:
            copied = _client().copy_object(
                Bucket=bucket,
                Key=key,
                CopySource={"Bucket": bucket, "Key": source, "VersionId": version},
                ContentType=content_type,
                MetadataDirective="REPLACE",
                TaggingDirective="REPLACE",
            )
        except ClientError as error:
            if code(error) in _MISSING:
                return None
            raise
    return str(copied.get("VersionId", ""))


def remove(bucket: str, key: str, version: str) -> None:
    """Remove one version of an object for good.

    Raises:
        Unavailable: S3 does not answer.
    """
    with answering("remove the file"):
        _client().delete_object(Bucket=bucket, Key=key, VersionId=version)


def tag(bucket: str, key: str, version: str, tags: dict[str, str]) -> None:
    """Give one version of an object these tags, which lifecycle rules go by.

    Raises:
        Unavailable: S3 does not answer, or there is no such version.
    """
    tagging = [{"Key": name, "Value": value} for name, value in tags.items()]
    with answering("mark the file"):
        _client().put_object_tagging(Bucket=bucket, Key=key, VersionId=version, Tagging={"TagSet": tagging})  # type: ignore[typeddict-item]


def listing(bucket: str, prefix: str) -> list[Stored]:
    """Every object below the prefix, by name.

    Raises:
        Unavailable: S3 does not answer.
    """
    with answering("list the files"):
        pages = _client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return [_object(content, prefix) for answer in pages for content in answer.get("Contents", [])]


def first_after(bucket: str, prefix: str, limit: int, after: str = "", top_level: bool = False) -> list[Stored]:
    """Up to `limit` objects (1,000 at most) below the prefix, by name, beginning after this name; with `top_level` only
    those whose names have no slash.

    Raises:
        Unavailable: S3 does not answer.
    """
    with answering("list the files"):
        answer = _client().list_objects_v2(
            Bucket=bucket,
            Prefix=prefix,
            MaxKeys=limit,
            StartAfter=prefix + after if after else "",
            Delimiter="/" if top_level else "",
        )
    return [_object(content, prefix) for content in answer.get("Contents", [])]


def _object(content: ObjectTypeDef, prefix: str) -> Stored:
    return Stored(content["Key"].removeprefix(prefix), content["Size"])


def size(bucket: str, key: str) -> int | None:
    """The object's size in bytes, or None when there is no such object.

    Raises:
        Unavailable: S3 does not answer.
    """
    with answering("look the file up"):
        try:
            return _client().head_object(Bucket=bucket, Key=key)["ContentLength"]
        except ClientError as error:
            if code(error) in _MISSING:
                return None
            raise


def _client() -> S3Client:
    s3: S3Client = client("s3")
    return s3
