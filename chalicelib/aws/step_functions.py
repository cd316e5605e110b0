"""Step Functions: start an execution for a record, and answer the token that an execution waits for."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from chalicelib.aws.clients import answering, client, code
from chalicelib.core import clock
from chalicelib.core.errors import Unavailable
from chalicelib.core.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

MAX_EXECUTIONS = 20
CLOCKS_DIFFER = timedelta(seconds=30)
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


def resume(machine_arn: str, record_id: str, payload: dict[str, Any], before: Callable[[str], None]) -> str:
    """Make sure that an execution runs for this record, with as few calls as can be: one, when one does.

    StartExecution succeeds without effect while the execution of that name runs with the same input, and refuses when it
    has closed. A name can be used once in 90 days, so the successors of `id` are `id.2`, `id.3` and so on.
    (`id-2` is the second attempt of a run, which has an execution of its own.) `before` is called with a successor's name before
    it is asked for, whether or not it runs already.

    Returns:
        The name of the execution that was started, "" when one was running.

    Raises:
        Unavailable: Step Functions does not answer, or so many executions of this record have closed that it is hopeless.
    """
    asked_at = clock.now()
    with answering("start the work"):
        for name in (record_id, *(f"{record_id}.{number}" for number in range(2, MAX_EXECUTIONS + 1))):
            if name != record_id:
                before(name)
            try:
                started = _client().start_execution(stateMachineArn=machine_arn, name=name, input=json.dumps(payload))
            except ClientError as error:
                if code(error) != "ExecutionAlreadyExists":
                    raise
            else:
                return name if started["startDate"] > asked_at - CLOCKS_DIFFER else ""
    raise Unavailable(f"{MAX_EXECUTIONS} executions of {record_id} have ended, and its work is not done.")


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
    step_functions: SFNClient = client("stepfunctions")
    return step_functions
