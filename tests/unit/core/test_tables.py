"""What is made of PynamoDB's errors, whatever botocore gave as their cause."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError
from pynamodb.exceptions import CancellationReason, PutError, TransactWriteError, UpdateError, VerboseClientError

from chalicelib.core.dynamodb import did_not_answer
from chalicelib.core.tables import REJECTED, was_overtaken, was_rejected


def answered(code: str, status: int = 400) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "UpdateItem")  # type: ignore[typeddict-item]


SILENCE = [
    ReadTimeoutError(endpoint_url="https://aws"), ConnectTimeoutError(endpoint_url="https://aws"),
    EndpointConnectionError(endpoint_url="https://aws"),
]  # fmt: skip


@pytest.mark.parametrize("kind", [PutError, UpdateError, TransactWriteError])
@pytest.mark.parametrize("cause", SILENCE, ids=lambda cause: type(cause).__name__)
def test_a_silent_dynamodb_rejects_nothing(kind: Any, cause: Exception) -> None:
    """botocore's time-outs have a response that is None."""
    error = kind("Failed to write", cause)
    assert (was_rejected(error), did_not_answer(error)) == (False, True)
    assert not isinstance(error, TransactWriteError) or not was_overtaken(error)


@pytest.mark.parametrize("kind", [PutError, UpdateError])
@pytest.mark.parametrize(
    ("cause", "rejected", "silent"),
    [
        (answered(REJECTED), True, False),
        (answered("ThrottlingException"), False, True),
        (answered("InternalServerError", 500), False, True),
        (answered("ValidationException"), False, False),
        (None, False, False),
    ],
)
def test_what_dynamodb_answered(kind: Any, cause: Exception | None, rejected: bool, silent: bool) -> None:
    error = kind("Failed to write", cause)
    assert (was_rejected(error), did_not_answer(error)) == (rejected, silent)


@pytest.mark.parametrize(
    ("code", "rejected", "overtaken"),
    [("ConditionalCheckFailed", True, True), ("TransactionConflict", False, True), ("ThrottlingError", False, False)],
)
def test_a_transaction_that_was_cancelled(code: str, rejected: bool, overtaken: bool) -> None:
    cause = VerboseClientError({"Error": {"Code": "TransactionCanceledException"}}, "TransactWriteItems", {})
    cause.cancellation_reasons = [None, CancellationReason(code=code)]
    error = TransactWriteError("Failed", cause)
    assert (was_rejected(error), was_overtaken(error)) == (rejected, overtaken)
