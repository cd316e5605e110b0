"""Step Functions: start an execution for a record, and answer the token that an execution waits for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from chalicelib.aws.clients import answering, client, code
from chalicelib.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

_NOBODY_WAITS = {"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"}


def start(machine_arn: str, record_id: str, payload: dict[str, Any]) -> None:
    """Start the execution named after the record. One that exists already is success: a double start meets it.

    Raises:
        Unavailable: Step Functions does not answer; the sweep starts the execution later.
    """
    with answering("start the work"):
        try:
            _client().start_execution(stateMachineArn=machine_arn, name=record_id, input=json.dumps(payload))
        except ClientError as error:
            if code(error) != "ExecutionAlreadyExists":
                raise
            logger.info("execution_exists", extra={"record": record_id})


def answer(token: str, why: str) -> None:
    """Wake the execution that waits with this token. A token that was answered before, or timed out, is no error.

    Raises:
        Unavailable: Step Functions does not answer; the sweep answers the token later.
    """
    with answering("pass on the change"):
        try:
            _client().send_task_success(taskToken=token, output=json.dumps({"woken": why}))
        except ClientError as error:
            if code(error) not in _NOBODY_WAITS:
                raise
            logger.info("nobody_waits", extra={"why": why, "code": code(error)})


def _client() -> SFNClient:
    found: SFNClient = client("stepfunctions")
    return found
