"""What nodes fetch from S3. Each node lists the files and writes its own; only bytes that the process has are not sent again."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from localaws.clients import client

_contents: dict[str, bytes] = {}
"""What was fetched, by its ETag: the digest of what one request stored, so that a changed file is another."""


def place(uri: str) -> tuple[str, str]:
    """The bucket and the key that an address of S3 names."""
    parts = urlsplit(uri)
    return parts.netloc, parts.path.lstrip("/")


def fetch_folder(uri: str, into: Path) -> None:
    """Write every object below `uri` to the same place below `into`."""
    bucket, prefix = place(uri.rstrip("/") + "/")
    for page in client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for item in page.get("Contents", []):
            target = into / item["Key"].removeprefix(prefix)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(_content(bucket, item["Key"], item["ETag"]))


def _content(bucket: str, key: str, etag: str) -> bytes:
    if etag not in _contents:
        _contents[etag] = client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    return _contents[etag]
