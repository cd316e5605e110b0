"""S3: what moto takes and AWS does not."""

from __future__ import annotations

from typing import Any

from moto.s3.exceptions import S3ClientError
from moto.s3.models import S3Backend

from localaws.patching import replace

MAX_KEY = 1024
"""Bytes of a key in UTF-8: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html"""


class _KeyTooLong(S3ClientError):
    def __init__(self) -> None:
        super().__init__("KeyTooLongError", "Your key is too long")


def install() -> None:
    """Refuse keys that are too long."""

    def checking(original: Any) -> Any:
        def put_object(backend: S3Backend, bucket_name: str, key_name: str, *args: Any, **kwargs: Any) -> Any:
            if len(key_name.encode()) > MAX_KEY:
                raise _KeyTooLong
            return original(backend, bucket_name, key_name, *args, **kwargs)

        return put_object

    replace(S3Backend, "put_object", checking)
