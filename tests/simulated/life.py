"""A job's life on a timeline, alone: its AWS calls one after the other, each known by its place, any of them made to fail."""

from __future__ import annotations

import json
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws import s3, secrets
from chalicelib.core import clock
from chalicelib.core.config import settings
from chalicelib.dispatch import service as dispatch
from chalicelib.entrypoints import events, run_task
from chalicelib.entrypoints import sweep as sweeping
from chalicelib.mail.models import Mail
from chalicelib.runs.models import Run
from chalicelib.runs.results import OUTCOME
from localaws.cloud import LocalCloud
from localaws.emr import EmrError
from tests.simulated.emr import Emr, Notebook
from tests.simulated.machine import Machine, TaskFailed
from tests.simulated.timeline import Timeline
from tests.support.calls import FAULTS, MACHINE, Place, refused
from tests.support.faults import Death
from tests.support.wiretap import Call, Really, tapped

LONG = os.environ.get("ATMO_LONG") == "1"
"""Whether everything is tried, which takes long, or only what the suite has time for."""
ANOTHER = "another one does the same just before it"
"""A second dispatcher or sweep, from its beginning to its end, between two calls of the first."""


class Life:
    """One world with one job. `planned` has the faults by place, `events` what becomes of events by their state."""

    def __init__(self, cloud: LocalCloud, notebook_of: Callable[[str], Notebook]) -> None:
        self.cloud = cloud
        self.timeline = Timeline(cloud.clock.now())
        self.machine = Machine(self.timeline, self._task)
        self.emr = Emr(self.timeline, notebook_of, self._event)
        self.emr.reported = self._report
        self.made: list[Place] = []
        self.planned: dict[Place, str] = {}
        self.struck: set[Place] = set()
        self.events: dict[str, str] = {}
        self._who = ""
        self._invoked: Counter[str] = Counter()
        self._numbers: Counter[tuple[str, str]] = Counter()

    @contextmanager
    def lived(self) -> Iterator[Life]:
        """Everything of atmo's is by this life's time, and calls this life's EMR and Step Functions. Its Lambdas start cold."""
        secrets._fetch.cache_clear()
        before = self.cloud.emr.call
        with tapped(self._call):
            self.cloud.emr.call = self.emr.call
            clock.use(lambda: self.timeline.now)
            yield self
        self.cloud.emr.call = before
        clock.use(self.cloud.clock.now)
        self.cloud.clock.advance(seconds=(self.timeline.now - self.cloud.clock.now()).total_seconds() + 1)

    def doing(self, who: str, act: Callable[[], Any]) -> tuple[Any, BaseException | None]:
        """Do it as this function or person; the result, or what went wrong."""
        self._invoked[who] += 1
        outer, self._who = self._who, f"{who} {self._invoked[who]}"
        try:
            return act(), None
        except (TypeError, NameError, AttributeError):
            raise  # no fault of the world's: ours, and no life would show it
        except (Exception, Death) as error:
            return None, error
        finally:
            self._who = outer

    def is_over(self) -> bool:
        """Whether no execution runs, no cluster is alive and every mail is sent."""
        waiting = not any(Mail.by_pending.query("yes", limit=1))
        return waiting and not self.machine.running and not self.emr.alive()

    def dispatch(self) -> None:
        self.doing("dispatch", lambda: dispatch.dispatch(self.timeline.now))

    def sweep(self) -> None:
        self.doing("sweep", lambda: sweeping.sweep(self.timeline.now))

    def _report(self, run_id: str, state: str) -> None:
        """The runner's last deed on the cluster."""
        good = state == "COMPLETED"
        said = {"status": "SUCCEEDED"} if good else {"status": "FAILED", "error": "ValueError", "cell": 1}
        run = Run.get(run_id)
        s3.put(settings().results_bucket, run.results_prefix + OUTCOME, json.dumps(said).encode(), "application/json")

    def _task(self, resource: str, arguments: Any) -> Any:
        if "emr:" in resource:
            operation = {"runJobFlow": "RunJobFlow", "terminateJobFlows": "TerminateJobFlows"}[resource.rsplit(":")[-1]]
            return self._of_machine(operation, "Emr", lambda: self.emr.call(operation, arguments))
        payload = arguments["Payload"]
        operation = f"Invoke {payload['task']}"
        return self._of_machine(operation, "Lambda", lambda: {"Payload": self._invoke(payload)})

    def _invoke(self, payload: Any) -> Any:
        name = " ".join([payload["task"], payload.get("until", "")]).strip()
        result, error = self.doing(name, lambda: json.loads(json.dumps(run_task.task(payload))))
        if error:
            raise TaskFailed(type(error).__name__, str(error))
        return result

    def _of_machine(self, operation: str, service: str, really: Callable[[], Any]) -> Any:
        try:
            return self._answer(MACHINE, operation, really)
        except ClientError as error:
            raise TaskFailed(f"{service}.{error.response['Error']['Code']}", str(error)) from error
        except EmrError as error:
            raise TaskFailed(f"Emr.{error.code}", str(error)) from error

    def _event(self, event: Any) -> None:
        """Deliver an event, again after one and after two minutes while the handler fails."""
        state = event["detail"]["state"]
        how = self.events.get(state, "")
        late = {"late": 400, "early": 0}.get(how, 1)
        for again in range({"lost": 0, "doubled": 2}.get(how, 1)):
            self.timeline.after(late + again, lambda: self._handle(event, [60, 120]))

    def _handle(self, event: Any, pauses: list[int]) -> None:
        who = f"event {event['detail']['state']}"
        _, error = self.doing(who, lambda: events.apply_event(event, self.timeline.now))
        if error and pauses:
            self.timeline.after(pauses[0], lambda: self._handle(event, pauses[1:]))

    def _call(self, call: Call, really: Really) -> Any:
        if not _is_its_own():
            return really()
        really = self._of_states(call.operation, call.params) or really
        return self._answer(self._who, call.operation, really) if self._who else really()

    def _answer(self, who: str, operation: str, really: Callable[[], Any]) -> Any:
        self._numbers[who, operation] += 1
        place = Place("", who, operation, self._numbers[who, operation])
        self.made.append(place)
        fault = self.planned.pop(place, "")
        if not fault:
            return really()
        self.struck.add(place)
        if fault == ANOTHER:
            getattr(self, who.split()[0])()
            return really()
        return FAULTS[fault](place, really)

    def _of_states(self, operation: str, params: Any) -> Callable[[], Any] | None:
        if operation == "StartExecution":
            return lambda: self._start(params)
        if operation == "SendTaskSuccess":
            return lambda: self._wake(params)
        return None

    def _start(self, params: Any) -> Any:
        if not self.machine.start(params["name"], json.loads(params["input"])):
            raise refused("ExecutionAlreadyExists", "Execution Already Exists", 400, "StartExecution")
        return {"startDate": self.machine.started[params["name"]]}

    def _wake(self, params: Any) -> Any:
        if not self.machine.answer(params["taskToken"]):
            raise refused("TaskTimedOut", "Task Timed Out", 400, "SendTaskSuccess")
        return {}


def _is_its_own() -> bool:
    """Whether a life makes this call: a test's only thread does, or those among which the dispatcher shares slots out. Clouds
    that ended leave threads that make their last calls."""
    thread = threading.current_thread()
    return thread is threading.main_thread() or thread.name.startswith("ThreadPoolExecutor")
