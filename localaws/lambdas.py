"""Lambda: invocations run the deployed handlers in this process.

What differs from AWS: handlers share one process and its environment, and the handler sees the function's timeout
(`get_remaining_time_in_millis`), but it is not enforced.
"""

from __future__ import annotations

import importlib
import json
import logging
import threading
import time
import traceback
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from moto.awslambda_simple.models import LambdaSimpleBackend, lambda_simple_backends
from moto.core.config import default_user_config

from localaws import running
from localaws.clock import CloudClock
from localaws.logs import PRODUCT, FunctionLogs
from localaws.patching import replace

log = logging.getLogger("localaws.lambda")

RETRY_AFTER = (60, 120)
"""Cloud seconds before the second and the third attempt of an asynchronous invocation, as in AWS."""


@dataclass(frozen=True)
class Invocation:
    """One attempt: `error` is what the caller of a failed one gets (errorType, errorMessage, stackTrace)."""

    function: str
    event: Any
    result: Any
    error: dict[str, Any] | None
    real_seconds: float


class LambdaContext:
    """What Lambda hands to a handler beside the event."""

    function_version = "$LATEST"
    identity = None
    client_context = None

    def __init__(self, name: str, arn: str, memory: int, timeout: int) -> None:
        self.function_name = name
        self.invoked_function_arn = arn
        self.memory_limit_in_mb = memory
        self.aws_request_id = str(uuid.uuid4())
        self.log_group_name = f"/aws/lambda/{name}"
        self.log_stream_name = "local"
        self._deadline = time.monotonic() + timeout

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._deadline - time.monotonic()) * 1000))


class Functions:
    """The deployed functions. `invocations` keeps the last thousand attempts, newest last."""

    def __init__(self, account: str, region: str, clock: CloudClock) -> None:
        self._account = account
        self._region = region
        self._clock = clock
        self._idle = threading.Condition()
        self._running = 0
        self._closed = False
        self._logs: FunctionLogs | None = None
        self.invocations: deque[Invocation] = deque(maxlen=1000)

    def install(self) -> None:
        """Let moto's Lambda API invoke these functions."""
        default_user_config["lambda"] = {"use_docker": False}
        replace(LambdaSimpleBackend, "invoke", lambda _: self._invoke_by_api)
        running.install()
        self._logs = FunctionLogs(self._account, self._region, self._clock)
        logging.getLogger(PRODUCT).addHandler(self._logs)

    def deployed(self) -> list[Any]:
        """moto's records of the functions."""
        return list(lambda_simple_backends[self._account][self._region].list_functions())

    def environment(self) -> dict[str, str]:
        """All functions' variables; the deployment's Globals give them all the same."""
        merged: dict[str, str] = {}
        for function in self.deployed():
            merged.update(function.environment_vars)
        return merged

    def find(self, name: str) -> Any:
        """moto's record of a function by its name or ARN, or by its name in app.py (`on_emr_event`)."""
        ending = "-" + name.replace("_", "-")
        for function in self.deployed():
            if function.function_name.endswith(ending):
                return function
        return lambda_simple_backends[self._account][self._region].get_function(name)

    def invoke(self, name: str, event: Any) -> Invocation:
        """Run a function now and return its outcome; a handler's exception is in `error`, never raised."""
        function = self.find(name)
        context = LambdaContext(
            function.function_name, function.function_arn, function.memory_size, int(function.timeout)
        )
        began = time.monotonic()
        with self._counted(), running.acting(function.function_name):
            result, error = _run(_handler(str(function.handler)), event, context)
        invocation = Invocation(function.function_name, event, result, error, time.monotonic() - began)
        self.invocations.append(invocation)
        if error:
            log.error("%s failed: %s", function.function_name, "".join(error["stackTrace"]) + error["errorMessage"])
        return invocation

    def invoke_later(self, name: str, event: Any) -> None:
        """Lambda's asynchronous invocation: in its own thread, with two more attempts when the handler raises."""
        threading.Thread(target=self._attempts, args=(name, event), daemon=True, name="lambda").start()

    def wait_until_idle(self, real_seconds: float = 10) -> bool:
        """Whether, within that time, there was a moment in which no handler ran."""
        with self._idle:
            return self._idle.wait_for(lambda: self._running == 0, real_seconds)

    def close(self) -> None:
        """Start no further attempt, and let handlers that run come to their end."""
        self._closed = True
        self.wait_until_idle(2)
        if self._logs:
            logging.getLogger(PRODUCT).removeHandler(self._logs)

    def _attempts(self, name: str, event: Any) -> None:
        for pause in (*RETRY_AFTER, None):
            if self._closed or self.invoke(name, event).error is None or pause is None:
                return
            self._clock.sleep(pause)

    @property
    def _invoke_by_api(self) -> Any:
        def invoke(
            backend: Any, function_name: str, qualifier: Any, body: Any, headers: Any, response_headers: Any
        ) -> Any:
            return self._answer(function_name, body, headers, response_headers)

        return invoke

    def _answer(self, name: str, body: Any, headers: Any, response_headers: dict[str, Any]) -> bytes:
        event = json.loads(body) if body else {}
        kind = headers.get("X-Amz-Invocation-Type") or "RequestResponse"
        if kind == "Event":
            self.invoke_later(name, event)
        if kind != "RequestResponse":
            return b""
        done = self.invoke(name, event)
        response_headers["x-amz-executed-version"] = "$LATEST"
        if done.error:
            response_headers["x-amz-function-error"] = "Unhandled"
        return json.dumps(done.error or done.result).encode()

    def _counted(self) -> _Counted:
        return _Counted(self)

    def _count(self, change: int) -> None:
        with self._idle:
            self._running += change
            self._idle.notify_all()


class _Counted:
    def __init__(self, functions: Functions) -> None:
        self._functions = functions

    def __enter__(self) -> None:
        self._functions._count(+1)

    def __exit__(self, *_: object) -> None:
        self._functions._count(-1)


def _handler(path: str) -> Callable[[Any, Any], Any]:
    module, name = path.rsplit(".", 1)
    handler: Callable[[Any, Any], Any] = getattr(importlib.import_module(module), name)
    return handler


def _run(handler: Callable[[Any, Any], Any], event: Any, context: LambdaContext) -> tuple[Any, dict[str, Any] | None]:
    """The handler's result after its way through JSON, or the error as Lambda reports it."""
    try:
        return json.loads(json.dumps(handler(json.loads(json.dumps(event)), context))), None
    except Exception as error:
        return None, {
            "errorMessage": str(error),
            "errorType": type(error).__name__,
            "requestId": context.aws_request_id,
            "stackTrace": traceback.format_exception(error),
        }
