"""The one connection to DynamoDB that all tables share, and what it means when it fails."""

from __future__ import annotations

from contextvars import ContextVar
from functools import cache
from typing import Any

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnection
from botocore.session import Session
from pynamodb.connection import Connection
from pynamodb.exceptions import PynamoDBException

from chalicelib.core import aws_session, deadline

_OVERLOADED = frozenset({
    "InternalServerError", "ProvisionedThroughputExceededException", "RequestLimitExceeded", "ThrottlingException",
})  # fmt: skip


answers: ContextVar[list[Any] | None] = ContextVar("answers", default=None)
"""What DynamoDB has answered while a page is read (chalicelib/core/reading.py); None where nobody wants to know."""


class _Connection(Connection):
    """PynamoDB makes the client when it is first read, in whichever thread that is."""

    def _make_api_call(self, operation_name: str, operation_kwargs: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = super()._make_api_call(operation_name, operation_kwargs)
        if (noted := answers.get()) is not None:
            noted.append([answer.get(part) for part in ("Item", "Items", "Responses", "LastEvaluatedKey")])
        return answer

    @property
    def session(self) -> Session:
        return aws_session.session()

    @property
    def client(self) -> Any:
        with aws_session.creating:
            client = super().client
            if client is not self._heeding:
                self._heeding = deadline.heed(client)
            return client

    _heeding: Any = None


@cache
def connection() -> Connection:
    """The one connection to DynamoDB. PynamoDB would wait for half a minute, longer than API Gateway does."""
    return _Connection(connect_timeout_seconds=2, read_timeout_seconds=5, max_retry_attempts=2)


def did_not_answer(error: Exception) -> bool:
    """Whether AWS, DynamoDB or another service, was silent or overloaded, as opposed to a mistake of ours."""
    cause = error.cause if isinstance(error, PynamoDBException) and error.cause else error
    if isinstance(cause, ClientError):
        status = cause.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return status >= 500 or cause.response["Error"].get("Code") in _OVERLOADED
    return isinstance(cause, (NoConnection, HTTPClientError, deadline.OutOfTime))
