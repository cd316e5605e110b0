"""Step Functions on a timeline: it interprets the production ASL, as far as job_run.asl.json uses the language.

Waits, retries (without jitter), catches, time-outs, task tokens and JSONata are as in the definition; nothing runs at the
same time as anything else, so that an execution takes the same way each time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import jsonata
from jsonata.utils import Utils

from tests.simulated.timeline import Timeline

DEFINITION = json.loads((Path(__file__).parents[2] / "statemachines" / "job_run.asl.json").read_text())
Wait = tuple[float, str]
"""So many seconds, and the token that ends it sooner ("" for none)."""


class TaskFailed(Exception):
    """A task's error by its name in ASL."""

    def __init__(self, name: str, cause: str = "") -> None:
        super().__init__(name)
        self.name, self.cause = name, cause


class Machine:
    """Executions by name. `task(resource, arguments)` does what a Task state asks for, and raises TaskFailed."""

    def __init__(self, timeline: Timeline, task: Callable[[str, Any], Any]) -> None:
        self.timeline, self.task = timeline, task
        self.running: dict[str, str] = {}
        self.closed: set[str] = set()
        self.started: dict[str, Any] = {}
        self._tokens: dict[str, Callable[[], None]] = {}
        self._numbers = count(1)

    def start(self, name: str, data: Any) -> bool:
        """Whether it runs now; not when an execution of this name has closed."""
        if name in self.closed:
            return False
        if name not in self.running:
            self.started[name] = self.timeline.now
            self.running[name] = ""
            steps = self._live(name, data)
            self.timeline.after(0, lambda: self._go_on(name, steps))
        return True

    def answer(self, token: str) -> bool:
        """Whether somebody waited with this token."""
        wake = self._tokens.pop(token, None)
        if wake:
            self.timeline.after(0, wake)
        return wake is not None

    def _go_on(self, name: str, steps: Generator[Wait, bool, None], timed_out: bool | None = None) -> None:
        try:
            seconds, token = next(steps) if timed_out is None else steps.send(timed_out)
        except StopIteration:
            del self.running[name]
            self.closed.add(name)
            return
        if not token:
            self.timeline.after(seconds, lambda: self._go_on(name, steps, False))
            return
        if token in self._tokens:
            self._tokens[token] = lambda: self._go_on(name, steps, False)
            self.timeline.after(seconds, lambda: self._time_out(name, steps, token))
        else:  # answered while the task was being done
            self.timeline.after(0, lambda: self._go_on(name, steps, False))

    def _time_out(self, name: str, steps: Generator[Wait, bool, None], token: str) -> None:
        if self._tokens.pop(token, None):
            self._go_on(name, steps, True)

    def _live(self, name: str, data: Any) -> Generator[Wait, bool, None]:
        state_name, value = DEFINITION["StartAt"], data
        while True:
            self.running[name] = state_name
            state = DEFINITION["States"][state_name]
            states = {"input": value, "context": {"Execution": {"Input": data, "Name": name}}}
            if state["Type"] == "Succeed":
                return
            if state["Type"] == "Choice":
                fitting = (choice for choice in state["Choices"] if evaluated(choice["Condition"], states))
                state_name = next(fitting, {"Next": state.get("Default")})["Next"]
            elif state["Type"] == "Wait":
                yield self._seconds(state, states), ""
                state_name = state["Next"]
            else:
                state_name, value = yield from self._task(state, states)

    def _seconds(self, state: Any, states: Any) -> float:
        if "Timestamp" not in state:
            return float(evaluated(state["Seconds"], states))
        until = datetime.fromisoformat(evaluated(state["Timestamp"], states))
        return max(0.0, (until - self.timeline.now).total_seconds())

    def _task(self, state: Any, states: Any) -> Generator[Wait, bool, tuple[str, Any]]:
        tries: list[int] = [0] * len(state.get("Retry", []))
        while True:
            try:
                result = yield from self._attempt(state, states)
                answer = evaluated(state.get("Output", result), states | {"result": result})
                return state["Next"], answer
            except TaskFailed as error:
                fitting = (n for n, retry in enumerate(state.get("Retry", [])) if _names(retry, error))
                number = next(fitting, None)
                if number is not None and tries[number] < state["Retry"][number]["MaxAttempts"]:
                    retry = state["Retry"][number]
                    pause = retry["IntervalSeconds"] * retry["BackoffRate"] ** tries[number]
                    tries[number] += 1
                    yield min(pause, retry["MaxDelaySeconds"]), ""
                    continue
                catch = next(clause for clause in state["Catch"] if _names(clause, error))
                context = states | {"errorOutput": {"Error": error.name, "Cause": error.cause}}
                return catch["Next"], evaluated(catch.get("Output", context["errorOutput"]), context)

    def _attempt(self, state: Any, states: Any) -> Generator[Wait, bool, Any]:
        if not state["Resource"].endswith(".waitForTaskToken"):
            return self.task(state["Resource"], evaluated(state["Arguments"], states))
        token = f"token-{next(self._numbers)}"
        self._tokens[token] = lambda: None
        states["context"]["Task"] = {"Token": token}
        seconds = float(evaluated(state["TimeoutSeconds"], states))
        try:
            self.task(state["Resource"], evaluated(state["Arguments"], states))
        except TaskFailed:
            self._tokens.pop(token, None)
            raise
        if (yield seconds, token):
            raise TaskFailed("States.Timeout")
        return {}


def _names(rule: Any, error: TaskFailed) -> bool:
    return error.name in rule["ErrorEquals"] or "States.ALL" in rule["ErrorEquals"]


def evaluated(template: Any, states: Any) -> Any:
    """A template of ASL with its expressions evaluated."""
    if isinstance(template, dict):
        return {key: evaluated(member, states) for key, member in template.items()}
    if isinstance(template, list):
        return [evaluated(member, states) for member in template]
    if isinstance(template, str) and template.startswith("{%"):
        value = jsonata.Jsonata(template[2:-2].strip()).evaluate(None, {"states": _with_nulls(states)})
        return json.loads(json.dumps(value, default=str))
    return template


def _with_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_nulls(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_with_nulls(member) for member in value]
    return Utils.NULL_VALUE if value is None else value
