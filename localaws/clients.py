"""boto3 clients of the embedded cloud's own parts: each is made once, for making one reads its service's whole model."""

from __future__ import annotations

import os
import threading
from functools import cache
from typing import Any

import boto3

_making = threading.Lock()
"""Threads may share a client, but not boto3's default session while it makes one."""


def client(service: str) -> Any:
    """The client of a service at the present cloud's endpoint."""
    with _making:
        return _client(service, os.environ.get("AWS_ENDPOINT_URL", ""), os.environ.get("AWS_DEFAULT_REGION", ""))


@cache
def _client(service: str, _endpoint: str, _region: str) -> Any:
    return boto3.Session().client(service)
