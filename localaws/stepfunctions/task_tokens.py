"""Step Functions: answers to task tokens, with the errors AWS gives for one that is stale.

moto accepts a second answer to a task, forgets the cause of a failure, and cannot raise its own errors here.
"""

from __future__ import annotations

import threading
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.stepfunctions.exceptions import AWSError, InvalidToken
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.asl.eval.callback import callback
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from moto.stepfunctions.responses import StepFunctionResponse

from localaws.patching import replace

_lock = threading.Lock()


class _TaskTimedOut(AWSError):
    TYPE = "TaskTimedOut"
    STATUS = 400

    def __init__(self) -> None:
        super().__init__("Task Timed Out: 'Provided task does not exist anymore'")


def install() -> None:
    """Replace moto's handling of SendTaskSuccess and SendTaskFailure."""
    replace(StepFunctionsParserBackend, "send_task_success", lambda _: _succeed)
    replace(StepFunctionResponse, "send_task_failure", lambda _: _fail)
    replace(callback.CallbackEndpoint, "wait", _noting_the_end)


def _noting_the_end(original: Any) -> Any:
    def wait(endpoint: Any, timeout: float | None = None) -> Any:
        """Nobody waits for the answer any more once the time is up."""
        original(endpoint, timeout)
        with _lock:
            if endpoint.get_outcome() is None:
                endpoint.report(callback.CallbackConsumerTimeout())
            return endpoint.get_outcome()

    return wait


def _succeed(backend: StepFunctionsParserBackend, task_token: str, outcome: str) -> None:
    _answer(backend, task_token, callback.CallbackOutcomeSuccess(callback_id=task_token, output=outcome))


def _fail(request: StepFunctionResponse) -> ActionResult:
    token = request._get_param("taskToken")
    error, cause = request._get_param("error"), request._get_param("cause")
    outcome = callback.CallbackOutcomeFailure(callback_id=token, error=error, cause=cause)
    _answer(request.stepfunction_backend, token, outcome)
    return EmptyResult()


def _answer(backend: Any, token: str, outcome: Any) -> None:
    with _lock:
        for execution in backend._get_executions():
            env = execution.exec_worker.env
            endpoint = env and env.callback_pool_manager.get(token)
            if endpoint:
                over = execution.exec_status is not ExecutionStatus.RUNNING
                if over or endpoint.consumer_error or endpoint.get_outcome() is not None:
                    raise _TaskTimedOut
                endpoint.notify(outcome)
                return
    raise InvalidToken("'Invalid token'")
