"""One cluster of the embedded EMR: its states over seconds, its steps really executed.

A cluster is driven by a thread of its own (`live`); API calls only ask, and the thread takes note.
"""

from __future__ import annotations

import logging
import math
import secrets
import string
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from localaws import emr_events, emr_fleets
from localaws.clock import CloudClock
from localaws.emr_events import Named
from localaws.emr_node import BootstrapFailed, Node

log = logging.getLogger("localaws.emr")

ALIVE = ("STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING")
ENDED = ("TERMINATED", "TERMINATED_WITH_ERRORS")

_WORDS = {
    "STARTING": "Provisioning Amazon EC2 capacity",
    "BOOTSTRAPPING": "Running bootstrap actions",
    "RUNNING": "Running step",
}
_WEIGHTS = {"medium": 2, "large": 4, "xlarge": 8}


@dataclass
class Step:
    """A step as submitted, and where it stands."""

    id: str
    config: dict[str, Any]
    created: datetime
    state: str = "PENDING"
    started: datetime | None = None
    ended: datetime | None = None
    failure: dict[str, str] | None = None

    @property
    def on_failure(self) -> str:
        return str(self.config.get("ActionOnFailure", "CONTINUE"))


@dataclass(frozen=True)
class End:
    """Why a cluster ends, in EMR's code and words."""

    code: str
    message: str
    errors: bool = False

    @property
    def state(self) -> str:
        return "TERMINATED_WITH_ERRORS" if self.errors else "TERMINATED"


class _Ending(Exception):
    """The cluster was told to end."""


@dataclass
class Surroundings:
    """What clusters share: the clock, a phase's real seconds, room for running steps, where events go, and how many
    cloud seconds spot capacity takes to come."""

    clock: CloudClock
    phase_seconds: float
    slots: threading.Semaphore
    announce: Callable[[str, dict[str, Any]], None]
    spot_waits: float = 0


@dataclass(eq=False)
class Cluster:
    """A cluster made from a RunJobFlow request."""

    id: str
    arn: str
    request: dict[str, Any]
    node: Node
    around: Surroundings
    created: datetime
    master_dns: str
    state: str = "STARTING"
    reason: dict[str, str] = field(default_factory=lambda: {"Message": _WORDS["STARTING"]})
    ready: datetime | None = None
    ended: datetime | None = None
    steps: list[Step] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    protected: bool = False
    idle_timeout: int | None = None
    market: str = ""
    """What fulfilled the fleets' wish for spot instances: SPOT or ON_DEMAND, "" while they wait."""

    def __post_init__(self) -> None:
        instances = self.request["Instances"]
        self.protected = bool(instances.get("TerminationProtected", False))
        self.idle_timeout = self.request.get("AutoTerminationPolicy", {}).get("IdleTimeout")
        self.tags = {tag["Key"]: tag.get("Value", "") for tag in self.request.get("Tags", [])}
        self._lock = threading.RLock()
        self._changed = self.around.clock.event()
        self._ending: End | None = None
        self._told = threading.Event()
        self._halted = threading.Event()
        self.steps = [self._new_step(config) for config in self.request.get("Steps", [])]

    @property
    def name(self) -> str:
        return str(self.request["Name"])

    @property
    def keeps_alive(self) -> bool:
        return bool(self.request["Instances"].get("KeepJobFlowAliveWhenNoSteps", False))

    @property
    def is_alive(self) -> bool:
        return self.state in ALIVE and self._ending is None

    @property
    def instance_groups(self) -> list[tuple[str, str, int]]:
        """Role, instance type and number of nodes of each group or fleet."""
        instances = self.request["Instances"]
        if fleets := instances.get("InstanceFleets"):
            return [emr_fleets.nodes(fleet) for fleet in fleets]
        if groups := instances.get("InstanceGroups"):
            return [(group["InstanceRole"], group["InstanceType"], group["InstanceCount"]) for group in groups]
        nodes = [("MASTER", instances.get("MasterInstanceType", "m5.xlarge"), 1)]
        if (workers := instances.get("InstanceCount", 1) - 1) > 0:
            nodes.append(("CORE", instances.get("SlaveInstanceType", "m5.xlarge"), workers))
        return nodes

    @property
    def normalized_hours(self) -> int:
        """Begun hours since the cluster was ready, weighted by its instances' sizes."""
        if self.ready is None:
            return 0
        until = self.ended or self.around.clock.now()
        hours = max(1, math.ceil((until - self.ready).total_seconds() / 3600))
        return hours * sum(count * _weight(kind) for _, kind, count in self.instance_groups)

    def add_steps(self, configs: list[dict[str, Any]]) -> list[Step]:
        with self._lock:
            added = [self._new_step(config) for config in configs]
            self.steps += added
        for step in added:
            self._announce_step(step)
        self._changed.set()
        return added

    def cancel(self, step: Step) -> bool:
        """Whether the step could be cancelled: it was pending."""
        with self._lock:
            if step.state != "PENDING":
                return False
            self._move_step(step, "CANCELLED")
        self._announce_step(step)
        return True

    def end(self, end: End) -> None:
        """Tell the cluster to end; the first reason stands."""
        with self._lock:
            if self._ending or self.state not in ALIVE:
                return
            self._ending = end
        self._told.set()
        self._changed.set()
        threading.Thread(target=self.node.kill, daemon=True).start()

    def fail(self, code: str, message: str) -> None:
        """End as EMR does on a fault of its own, e.g. INTERNAL_ERROR or INSTANCE_FAILURE."""
        self.end(End(code, message, errors=True))

    def halt(self) -> None:
        """Stop at once with the cloud: no further state or event."""
        self._halted.set()
        self.end(End("USER_REQUEST", "Terminated by user request"))
        self.node.kill()

    def live(self) -> None:
        """The cluster's whole life; returns when it has ended."""
        try:
            self._announce("STARTING")
            for step in self.steps:
                self._announce_step(step)
            self._pause()
            self._await_spot()
            self._enter("BOOTSTRAPPING")
            self._bootstrap()
            self._pause()
            self.ready = self.around.clock.now()
            self._work()
        except _Ending:
            pass
        except Exception as error:
            log.exception("%s broke down", self.id)
            self.fail("INTERNAL_ERROR", f"An internal error occurred: {error}")
        self._terminate()

    def _await_spot(self) -> None:
        """Until there is spot capacity, or until the fleets' patience is over."""
        instances, waits = self.request["Instances"], self.around.spot_waits
        patience = emr_fleets.spot_patience(instances)
        if patience is not None and waits > 0:
            self._wait_in_want(min(patience, waits))
        if patience is not None and waits >= patience and emr_fleets.ends_without_spot(instances):
            self.fail("INSTANCE_FLEET_TIMEOUT", "The timeout for provisioning spot instances was exceeded")
        self._stop_if_told()
        self.market = "ON_DEMAND" if patience is not None and waits >= patience else "SPOT"

    def _wait_in_want(self, seconds: float) -> None:
        """EMR says again and again that it lacks machines; here after every few phases of real time."""
        clock = self.around.clock
        give_up = clock.seconds() + seconds
        while (left := give_up - clock.seconds()) > 0:
            self._announce_shortage()
            self._changed.wait(min(left, 3 * self.around.phase_seconds * clock.speed))
            self._changed.clear()
            self._stop_if_told()

    def _work(self) -> None:
        worked = failed = False
        while True:
            step = next((step for step in list(self.steps) if step.state == "PENDING"), None)
            if step is not None:
                failed = not self._execute(step)
                worked = True
            elif not self.keeps_alive:
                self.end(End("ALL_STEPS_COMPLETED", "Steps completed"))
                self._stop_if_told()
            else:
                self._wait_for_steps(worked, failed)

    def _wait_for_steps(self, worked: bool, failed: bool) -> None:
        how = "after last step failed" if failed else "after last step completed" if worked else "to run steps"
        self._enter("WAITING", f"Cluster ready {how}.", worked)
        if not self._changed.wait(self.idle_timeout):
            self.end(End("USER_REQUEST", "Terminated by auto-termination policy after being idle"))
        self._changed.clear()
        self._stop_if_told()

    def _execute(self, step: Step) -> bool:
        """Run a step to its end; whether it completed. One that fails may end the cluster."""
        self._take_slot()
        try:
            self._enter("RUNNING")
            self._move_step(step, "RUNNING")
            self._announce_step(step)
            code = self.node.run(step.id, _command(step))
        finally:
            self.around.slots.release()
        self._upload_logs(step)
        if self._ending:
            self._move_step(step, "INTERRUPTED")
            raise _Ending
        self._move_step(step, "COMPLETED" if code == 0 else "FAILED")
        if code != 0:
            step.failure = self._failure(step)
        self._announce_step(step)
        if code != 0 and step.on_failure in ("TERMINATE_CLUSTER", "TERMINATE_JOB_FLOW"):
            self.end(End("STEP_FAILURE", "Shut down as step failed", errors=True))
            self._stop_if_told()
        if code != 0 and step.on_failure == "CANCEL_AND_WAIT":
            self._cancel_pending()
        return code == 0

    def _take_slot(self) -> None:
        while not self.around.slots.acquire(timeout=0.1):
            self._stop_if_told()
        if self._ending:
            self.around.slots.release()
            raise _Ending

    def _terminate(self) -> None:
        end = self._ending or End("INTERNAL_ERROR", "The cluster's thread ended", errors=True)
        reason = {"Code": end.code, "Message": end.message}
        with self._lock:
            self.state, self.reason = "TERMINATING", reason
        self._cancel_pending()
        self._halted.wait(self.around.phase_seconds)
        with self._lock:
            self.state, self.ended = end.state, self.around.clock.now()
        self._announce(end.state, end.code, end.message)

    def _cancel_pending(self) -> None:
        for step in self.steps:
            self.cancel(step)

    def _bootstrap(self) -> None:
        for number, action in enumerate(self.request.get("BootstrapActions", []), 1):
            script = action["ScriptBootstrapAction"]
            try:
                self.node.bootstrap(number, script["Path"], script.get("Args", []))
            except BootstrapFailed as error:
                self.fail("BOOTSTRAP_FAILURE", str(error))
                self._stop_if_told()

    def _enter(self, state: str, message: str | None = None, worked: bool = False) -> None:
        self._stop_if_told()
        with self._lock:
            known = self.state == state
            self.state, self.reason = state, {"Message": message or _WORDS[state]}
        if not known:
            self._announce(state, None, self.reason["Message"], worked)

    def _pause(self) -> None:
        """A phase lasts real seconds at any speed of the clock, so that people and tests see it."""
        self._told.wait(self.around.phase_seconds)
        self._stop_if_told()

    def _stop_if_told(self) -> None:
        if self._ending:
            raise _Ending

    def _new_step(self, config: dict[str, Any]) -> Step:
        return Step(new_id("s"), config, self.around.clock.now())

    def _move_step(self, step: Step, state: str) -> None:
        step.state = state
        if state == "RUNNING":
            step.started = self.around.clock.now()
        else:
            step.ended = self.around.clock.now()

    def _failure(self, step: Step) -> dict[str, str]:
        errors = (self.node.logs(step.id) / "stderr").read_text(errors="replace").strip().splitlines()
        details = {"Reason": "Unknown Error", "Message": errors[-1][:1000] if errors else ""}
        if uri := self.request.get("LogUri"):
            details["LogFile"] = f"{uri.rstrip('/')}/{self.id}/steps/{step.id}/stderr.gz"
        return details

    def _upload_logs(self, step: Step) -> None:
        if uri := self.request.get("LogUri"):
            try:
                self.node.upload_logs(f"{uri.rstrip('/')}/{self.id}", step.id)
            except Exception:
                log.exception("the logs of %s stay on the node", step.id)

    def _announce(self, state: str, code: str | None = None, reason: str = "", worked: bool = False) -> None:
        named = Named(self.id, self.name)
        detail = emr_events.cluster_detail(named, state, code, reason, self.around.clock.now(), worked)
        if detail and not self._halted.is_set():
            self.around.announce(emr_events.CLUSTER_EVENT, detail)

    def _announce_shortage(self) -> None:
        detail = emr_events.shortage_detail(Named(self.id, self.name))
        if not self._halted.is_set():
            self.around.announce(emr_events.FLEET_EVENT, detail)

    def _announce_step(self, step: Step) -> None:
        names = Named(step.id, step.config["Name"]), Named(self.id, self.name)
        now = self.around.clock.now()
        detail = emr_events.step_detail(*names, step.state, step.on_failure, now, step.started)
        if detail and not self._halted.is_set():
            self.around.announce(emr_events.STEP_EVENT, detail)


def new_id(prefix: str) -> str:
    """An id as EMR's: prefix, hyphen, thirteen capitals and digits."""
    return prefix + "-" + "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(13))


def _command(step: Step) -> list[str]:
    """What command-runner.jar would execute; another jar is not here and so cannot run."""
    jar = step.config["HadoopJarStep"]
    arguments = [str(argument) for argument in jar.get("Args", [])]
    return arguments if jar["Jar"] == "command-runner.jar" else ["hadoop", "jar", jar["Jar"], *arguments]


def _weight(instance_type: str) -> int:
    size = instance_type.rsplit(".", 1)[-1]
    if size.endswith("xlarge") and size != "xlarge":
        return 8 * int(size.removesuffix("xlarge"))
    return _WEIGHTS.get(size, 1)
