"""Step Functions: moto's interpreter of state machines, made to run by the cloud's clock and to answer as AWS does.

Each change to moto is one function below and says what it is for. Nothing undoes them; installing again replaces the
clock.
"""

from __future__ import annotations

import copy
import datetime
import logging
import threading
from functools import cache
from typing import Any

import boto3
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
from moto.stepfunctions.parser.asl.eval import environment
from moto.stepfunctions.parser.asl.eval.callback import callback
from moto.stepfunctions.parser.asl.eval.event import event_manager
from moto.stepfunctions.parser.asl.eval.program_state import ProgramStopped
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.utils import boto_client
from moto.stepfunctions.parser.backend import execution, execution_worker

from localaws import running
from localaws.clock import CloudClock
from localaws.patching import replace, variant
from localaws.stepfunctions import expressions, task_tokens


def install(clock: CloudClock) -> None:
    """Make moto execute state machines, by this clock."""
    # What goes wrong in a state is in the execution's history; moto would log its whole syntax tree as well.
    logging.getLogger("moto.stepfunctions").setLevel(logging.CRITICAL)
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    expressions.install(clock)
    _wait_by(clock)
    _time_out_by(clock)
    _date_by(clock)
    _share_clients()
    _parse_once()
    _name_errors()
    _act_as_machine()
    task_tokens.install()
    _stop_at_once()


def _wait_by(clock: CloudClock) -> None:
    """TimeoutSeconds of a whole execution, HeartbeatSeconds, Wait and Retry intervals are cloud seconds."""

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

    program.threading = variant(threading, Thread=Thread)
    environment.threading = variant(threading, Event=clock.event)
    replace(callback, "Event", lambda _: lambda: clock.event())
    retrier_decl.time = variant(retrier_decl.time, sleep=clock.sleep)
    wait_function.time = variant(wait_function.time, time=clock.timestamp)


def _time_out_by(clock: CloudClock) -> None:
    """A task's TimeoutSeconds are cloud seconds if it awaits a token.

    A task that awaits the answer of a function or an API has real seconds: that work takes real time.
    """
    here = threading.local()

    def evaluate_with_timeout(original: Any) -> Any:
        def evaluate(self: Any, env: Any) -> None:
            condition = getattr(getattr(self, "resource", None), "condition", None)
            here.event = clock.event if condition is ResourceCondition.WaitForTaskToken else threading.Event
            original(self, env)

        return evaluate

    replace(ExecutionState, "_evaluate_with_timeout", evaluate_with_timeout)
    execute_state.threading = variant(threading, Event=lambda: here.event())


def _date_by(clock: CloudClock) -> None:
    """Executions, states and history events carry the cloud's time; so does the end of a Wait with a timestamp."""

    class CloudDatetime(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> CloudDatetime:
            moment = clock.now().astimezone(tz) if tz else clock.now().replace(tzinfo=None)
            return cls.combine(moment.date(), moment.timetz())

    for module in (execution, state, event_manager, parser_models, timestamp):
        replace(module, "datetime", lambda _: variant(datetime, datetime=CloudDatetime))


def _share_clients() -> None:
    """moto makes a client for each task by boto3's default session, which threads may not share while it does so."""
    lock = threading.Lock()

    def shared(make: Any) -> Any:
        cached = cache(lambda region, service, port: make(region=region, service=service))

        def client_for(region: str, service: str, state_credentials: Any = None) -> Any:
            with lock:
                return cached(region, service, boto_client.moto_server_port())

        return client_for

    for module in (boto_client, lambda_eval_utils, state_task_service_aws_sdk):
        replace(module, "boto_client_for", shared)


def _parse_once() -> None:
    """moto would parse a definition for each execution. A program has state, so each execution gets a copy."""

    parsed = cache(lambda definition: AmazonStateLanguageParser.parse(definition)[0])

    def program_of(worker: Any) -> Any:
        return copy.deepcopy(parsed(worker._evaluation_details.state_machine_details.definition))

    replace(execution_worker.ExecutionWorker, "_get_evaluation_entrypoint", lambda _: program_of)


def _name_errors() -> None:
    """Step Functions calls EMR's errors `Emr.…`; moto does not know that and would say `emr.…`."""
    state_task_service_aws_sdk._SERVICE_ERROR_NAMES["emr"] = "Emr"


def _act_as_machine() -> None:
    """What an execution calls it calls under its machine's role."""

    def acting(original: Any) -> Any:
        def execute(worker: Any) -> None:
            with running.acting(worker._evaluation_details.aws_execution_details.role_arn):
                original(worker)

        return execute

    replace(execution_worker.ExecutionWorker, "_execution_logic", acting)


def _stop_at_once() -> None:
    """StopExecution ends a state that waits for its token, and the execution stays ABORTED when that state fails."""

    def stop_waiting(original: Any) -> Any:
        def stop(self: Any, stop_date: datetime.datetime, error: str | None, cause: str | None) -> None:
            original(self, stop_date, error, cause)
            if self.exec_worker and self.exec_worker.env:
                for endpoint in list(self.exec_worker.env.callback_pool_manager._pool.values()):
                    endpoint.interrupt_all()

        return stop

    def unless_stopped(original: Any) -> Any:
        def set_error(self: Any, error: Any) -> None:
            if not isinstance(self.program_state(), ProgramStopped):
                original(self, error)

        return set_error

    replace(execution.Execution, "stop", stop_waiting)
    replace(environment.Environment, "set_error", unless_stopped)


def stop_executing(region: str) -> None:
    """Stop every execution that goes on: its thread would wake with this process's next cloud and call that one's functions."""
    states = boto3.client("stepfunctions", region_name=region)
    for machine in states.list_state_machines()["stateMachines"]:
        pages = states.get_paginator("list_executions").paginate(
            stateMachineArn=machine["stateMachineArn"], statusFilter="RUNNING"
        )
        for each in [each for page in pages for each in page["executions"]]:
            states.stop_execution(executionArn=each["executionArn"])


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
