"""The one session that all clients of AWS are made from, PynamoDB's and our own.

Each session reads botocore's list of endpoints anew, 1.3 MB of JSON, and each service's description.
"""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import Any

from botocore.session import Session, get_session

creating = Lock()
"""A session must not make two clients at the same time; any thread may use them."""


@cache
def session() -> Session:
    """botocore's session, which finds region and credentials as boto3 does."""
    return get_session()


def create_client(service: str, **options: Any) -> Any:
    """A client of this service."""
    with creating:
        return session().create_client(service, **options)
