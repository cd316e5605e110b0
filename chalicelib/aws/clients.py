"""botocore's clients, made once a process, and what their failures mean to us."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Literal, get_args

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from chalicelib.core.aws_session import create_client
from chalicelib.core.errors import Unavailable
from chalicelib.core.observability import logger

Service = Literal[
    "dynamodb",
    "ec2",
    "emr",
    "lambda",
    "logs",
    "pricing",
    "s3",
    "secretsmanager",
    "sesv2",
    "ssm",
    "stepfunctions",
    "sts",
]
SERVICES: frozenset[str] = frozenset(get_args(Service))
"""Every service that the functions call. Of their operations, scripts/package/service_models.py says which the zip describes."""

_SLOW: dict[Service, int] = {"emr": 20}
"""Seconds that are waited for answers of services that take their time; no page asks them."""
_THROTTLED = {"Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown"}


@cache
def client(service: Service) -> Any:
    """The client of this service. botocore retries with exponential backoff and jitter (its "standard" mode).

    S3's presigned addresses are signed by version 4, which buckets in newer regions and encrypted by KMS insist on. They
    name the bucket's region: the global address redirects, and browsers send no upload after a redirect.
    """
    s3 = {"signature_version": "s3v4", "s3": {"addressing_style": "virtual"}} if service == "s3" else {}
    return _create(
        service, None, retries={"mode": "standard", "max_attempts": 4}, connect_timeout=2,
        read_timeout=_SLOW.get(service, 8), **s3,
    )  # fmt: skip


@cache
def asking_once(service: Service, region: str | None = None, seconds: int = 4) -> Any:
    """The client of a service, perhaps of another region, that waits so many seconds for an answer and never asks again."""
    connect_timeout = min(2, seconds)
    return _create(
        service, region, retries={"total_max_attempts": 1}, connect_timeout=connect_timeout, read_timeout=seconds
    )


@cache
def patient(service: Service, seconds: int) -> Any:
    """The client of a service whose answer takes long: it asks once and waits for so many seconds."""
    return _create(service, None, retries={"total_max_attempts": 1}, connect_timeout=3, read_timeout=seconds)


def _create(service: Service, region: str | None, **config: Any) -> Any:
    return create_client(service, region_name=region, config=Config(**config))


def code(error: ClientError) -> str:
    """AWS's own name of the error, such as `ThrottlingException`."""
    return str(error.response.get("Error", {}).get("Code", ""))


def throttled(error: ClientError) -> bool:
    return code(error) in _THROTTLED


def said(error: Unavailable) -> str:
    """AWS's own message for a call that failed."""
    cause = error.__cause__
    if isinstance(cause, ClientError):
        return str(cause.response.get("Error", {}).get("Message") or cause)
    return str(cause or error)


@contextmanager
def answering(what: str) -> Iterator[None]:
    """Turn AWS's failures during `what` into `Unavailable`, logged, with a sentence for the person waiting."""
    try:
        yield
    except (ClientError, BotoCoreError, ResponseParserError) as error:
        logger.warning("aws_failed", extra={"what": what, "error": str(error)})
        raise Unavailable(f"AWS could not {what} just now. Nothing was lost; please try again in a minute.") from error
