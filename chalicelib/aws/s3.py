"""S3: notebooks in, results out. Objects that are missing are None, not exceptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from chalicelib.aws.clients import answering, client, code

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LINK_SECONDS = 15 * 60
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


def listing(bucket: str, prefix: str) -> list[Stored]:
    """Every object below the prefix, by name.

    Raises:
        Unavailable: S3 does not answer.
    """
    with answering("list the files"):
        pages = _client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return [
            Stored(found["Key"].removeprefix(prefix), found["Size"])
            for answer in pages
            for found in answer.get("Contents", [])
        ]


def link(bucket: str, key: str, download_as: str = "", version: str = "") -> str:
    """A presigned address of the object, good for fifteen minutes; with `download_as` browsers save it under that name."""
    params = {"Bucket": bucket, "Key": key}
    if version:
        params["VersionId"] = version
    if download_as:
        safe = "".join(c if c.isalnum() or c in "._-" else "_" for c in download_as)
        params["ResponseContentDisposition"] = f'attachment; filename="{safe}"'
    return _client().generate_presigned_url("get_object", Params=params, ExpiresIn=LINK_SECONDS)


def _client() -> S3Client:
    found: S3Client = client("s3")
    return found
