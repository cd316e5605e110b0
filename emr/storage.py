"""What the runner reads from S3 and writes to it. Every failure is a StorageError with a sentence a user can act on."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

# An error of a HEAD or GET may carry only the HTTP status, so both forms are listed.
REASONS = {
    "NoSuchKey": "there is no such file",
    "404": "there is no such file",
    "NoSuchBucket": "there is no such bucket",
    "NoSuchVersion": "there is no such version of it",
    "InvalidArgument": "there is no such version of it",
    "MethodNotAllowed": "that version of it was deleted",
    "405": "that version of it was deleted",
    "AccessDenied": "S3 denied access",
    "403": "S3 denied access",
}
# mimetypes asks the machine's own tables; these are what a notebook writes most.
CONTENT_TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ipynb": "application/x-ipynb+json",
    ".json": "application/json",
    ".log": "text/plain; charset=utf-8",
    ".parquet": "application/vnd.apache.parquet",
    ".txt": "text/plain; charset=utf-8",
}


MAX_KEY_BYTES = 1024
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html"""


class StorageError(Exception):
    """S3 did not do what was asked; the message is for the user."""


def s3_client(session: Any = boto3) -> Any:
    return session.client("s3", config=Config(max_pool_connections=64, retries={"mode": "standard", "max_attempts": 5}))


def split(uri: str) -> tuple[str, str]:
    """("bucket", "some/key") of "s3://bucket/some/key"."""
    scheme, _, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket:
        raise StorageError(f"{uri} is not an S3 address (s3://bucket/key).")
    return bucket, key


@contextmanager
def plainly(action: str, uri: str) -> Iterator[None]:
    """Translate what boto3 raises into "Could not <action> <uri>: <reason>."."""
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        reason = REASONS.get(code) or error.response.get("Error", {}).get("Message") or code
        raise StorageError(f"Could not {action} {uri}: {reason}.") from error
    except (BotoCoreError, Boto3Error) as error:
        raise StorageError(f"Could not {action} {uri}: {error}") from error


def fetch(client: Any, uri: str, version_id: str | None, action: str = "read the notebook") -> bytes:
    bucket, key = split(uri)
    version = {"VersionId": version_id} if version_id else {}
    with plainly(action, uri):
        body: bytes = client.get_object(Bucket=bucket, Key=key, **version)["Body"].read()
        return body


class Results:
    """The prefix below which one run keeps everything it made."""

    def __init__(self, client: Any, uri: str) -> None:
        self.client, self.uri = client, uri.rstrip("/") + "/"
        self.bucket, self.prefix = split(self.uri)

    def put(self, path: Path, name: str) -> None:
        """Upload one file; large ones travel in parts. Raises StorageError."""
        with plainly("write", self.uri + name):
            self.client.upload_file(
                str(path), self.bucket, self.prefix + name, ExtraArgs={"ContentType": content_type(name)}
            )

    def refusal(self, name: str) -> str:
        """Why no file can be kept under this name, or ""."""
        if any(0xD800 <= ord(character) <= 0xDFFF for character in name):
            return "its name is not UTF-8"
        if not name.isprintable():
            return "its name has a line break or another character that does not print"
        if len((self.prefix + name).encode()) > MAX_KEY_BYTES:
            return f"its name and folders are too long: S3 takes {MAX_KEY_BYTES:,} bytes with the run's own prefix"
        return ""


def content_type(name: str) -> str:
    suffix = Path(name).suffix.lower()
    return CONTENT_TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
