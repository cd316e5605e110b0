"""Step Functions: moto's interpreter of state machines, made to run by the cloud's clock and to answer as AWS does.

Each change to moto is one function below and says what it is for. Nothing undoes them; installing again replaces the
clock.
"""

from __future__ import annotations

import datetime
import json
import logging
import threading
from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import Any

import boto3
import jsonata
from moto.core.config import default_user_config
from moto.stepfunctions import models as machine_models
from moto.stepfunctions.parser import models as parser_models
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.program import program
from moto.stepfunctions.parser.asl.component.state import state
from moto.stepfunctions.parser.asl.component.state.exec import execute_state
from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_aws_sdk
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import ResourceCondition
from moto.stepfunctions.parser.asl.component.state.wait.wait_function import timestamp, wait_function
from moto.stepfunctions.parser.asl.eval import environment, variable_store
from moto.stepfunctions.parser.asl.eval import states as evaluated_states
from moto.stepfunctions.parser.asl.eval.callback import callback
from moto.stepfunctions.parser.asl.eval.event import event_manager
from moto.stepfunctions.parser.asl.eval.program_state import ProgramStopped
from moto.stepfunctions.parser.asl.jsonata import jsonata as moto_jsonata
from moto.stepfunctions.parser.asl.utils import boto_client
from moto.stepfunctions.parser.backend import execution

from localaws import task_answers
from localaws.clock import CloudClock

_jsonata_lock = threading.Lock()


def install(clock: CloudClock) -> None:
    """Make moto execute state machines, by this clock."""
    # What goes wrong in a state is in the execution's history; moto would log its whole syntax tree as well.
    logging.getLogger("moto.stepfunctions").setLevel(logging.CRITICAL)
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    _evaluate_jsonata(clock)
    _wait_by(clock)
    _date_by(clock)
    _share_clients()
    _name_errors()
    task_answers.install()
    _stop_at_once()


def _evaluate_jsonata(clock: CloudClock) -> None:
    """moto leaves JSONata unwired, and quotes strings without escaping them."""

    def evaluate(expression: str) -> Any:
        try:
            with _jsonata_lock:
                found = jsonata.Jsonata(expression).evaluate(None)
        except Exception as error:
            raise moto_jsonata.JSONataException("States.QueryEvaluationError", str(error)) from error
        return json.loads(json.dumps(found))

    def declarations(bindings: dict[str, Any]) -> str:
        return "".join(f"{name}:={json.dumps(value, default=str)};" for name, value in bindings.items())

    moto_jsonata._eval_jsonata = evaluate
    for module in (moto_jsonata, variable_store, evaluated_states):
        module.encode_jsonata_variable_declarations = declarations  # type: ignore[attr-defined]
    # $now() and $millis() are the cloud's time.
    jsonata.timebox.Timebox.current_milli_time = staticmethod(lambda: int(clock.timestamp() * 1000))


def _wait_by(clock: CloudClock) -> None:
    """TimeoutSeconds, HeartbeatSeconds, Wait and Retry intervals are cloud seconds.

    Except the timeout of a task that calls a function or an API and awaits its answer: that work takes real time.
    """
    evaluate = getattr(ExecutionState._evaluate_with_timeout, "moto", ExecutionState._evaluate_with_timeout)
    here = threading.local()

    def evaluate_with_timeout(self: Any, env: Any) -> None:
        condition = getattr(getattr(self, "resource", None), "condition", None)
        here.event = clock.event if condition is ResourceCondition.WaitForTaskToken else threading.Event
        evaluate(self, env)

    evaluate_with_timeout.moto = evaluate  # type: ignore[attr-defined]
    ExecutionState._evaluate_with_timeout = evaluate_with_timeout  # type: ignore[method-assign]
    execute_state.threading = _variant(threading, Event=lambda: here.event())

    class Thread(threading.Thread):
        """A whole execution; `join` takes its TimeoutSeconds."""

        def run(self) -> None:
            try:
                super().run()
            finally:
                self._ended.set()

        def start(self) -> None:
            self._ended = clock.event()
            super().start()

        def join(self, timeout: float | None = None) -> None:
            self._ended.wait(timeout)

        def is_alive(self) -> bool:
            return not self._ended.is_set()

    program.threading = _variant(threading, Thread=Thread)
    environment.threading = _variant(threading, Event=clock.event)
    callback.Event = clock.event  # type: ignore[misc,assignment]
    retrier_decl.time = _variant(retrier_decl.time, sleep=clock.sleep)
    wait_function.time = _variant(wait_function.time, time=clock.timestamp)


def _date_by(clock: CloudClock) -> None:
    """Executions, states and history events carry the cloud's time; so does the end of a Wait with a timestamp."""

    class CloudDatetime(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> CloudDatetime:  # type: ignore[override]
            moment = clock.now().astimezone(tz) if tz else clock.now().replace(tzinfo=None)
            return cls.combine(moment.date(), moment.timetz())

    dated = _variant(datetime, datetime=CloudDatetime)
    for module in (execution, state, event_manager, parser_models, timestamp):
        module.datetime = dated  # type: ignore[attr-defined]


def _share_clients() -> None:
    """moto makes a client for each task by boto3's default session, which threads may not share while it does so."""
    make: Callable[..., Any] = getattr(boto_client.boto_client_for, "moto", boto_client.boto_client_for)
    lock = threading.Lock()

    @cache
    def made(region: str, service: str, port: str) -> Any:
        return make(region=region, service=service)

    def client_for(region: str, service: str, state_credentials: Any = None) -> Any:
        with lock:
            if boto3.DEFAULT_SESSION is None:
                boto3.setup_default_session()
            return made(region, service, boto_client.moto_server_port())

    client_for.moto = make  # type: ignore[attr-defined]
    for module in (boto_client, lambda_eval_utils, state_task_service_aws_sdk):
        module.boto_client_for = client_for  # type: ignore[attr-defined]


def _name_errors() -> None:
    """Step Functions calls EMR's errors `Emr.…`; moto does not know that and would say `emr.…`."""
    state_task_service_aws_sdk._SERVICE_ERROR_NAMES["emr"] = "Emr"


def _stop_at_once() -> None:
    """StopExecution ends a state that waits for its token, and the execution stays ABORTED when that state fails."""
    stop_environment = getattr(execution.Execution.stop, "moto", execution.Execution.stop)
    set_error = getattr(environment.Environment.set_error, "moto", environment.Environment.set_error)

    def stop(self: Any, stop_date: datetime.datetime, error: str | None, cause: str | None) -> None:
        stop_environment(self, stop_date, error, cause)
        if self.exec_worker and self.exec_worker.env:
            for endpoint in list(self.exec_worker.env.callback_pool_manager._pool.values()):
                endpoint.interrupt_all()

    def set_error_unless_stopped(self: Any, error: Any) -> None:
        if not isinstance(self.program_state(), ProgramStopped):
            set_error(self, error)

    stop.moto = stop_environment  # type: ignore[attr-defined]
    set_error_unless_stopped.moto = set_error  # type: ignore[attr-defined]
    execution.Execution.stop = stop  # type: ignore[method-assign]
    environment.Environment.set_error = set_error_unless_stopped  # type: ignore[method-assign]


def _variant(module: Any, **instead: Any) -> Any:
    """`module` with some names replaced, for one importer only."""
    variant = ModuleType(module.__name__)
    variant.__dict__.update(vars(module))
    variant.__dict__.update(instead)
    return variant


def start_executing(account: str, region: str) -> dict[str, str]:
    """Make the state machines that CloudFormation declared executable; returns their ARNs by name.

    moto's CloudFormation puts them into a backend that only pretends to execute.
    """
    declared = machine_models.stepfunctions_backends[account][region].state_machines
    states = boto3.client("stepfunctions", region_name=region)
    return {
        machine.name: states.create_state_machine(
            name=machine.name, definition=machine.definition, roleArn=machine.roleArn, type="STANDARD"
        )["stateMachineArn"]
        for machine in declared
    }
