"""One cluster of the embedded EMR: its request, its state, and what API calls may do to it.

A thread of its own moves it through its states (localaws/emr/lifecycle.py); API calls leave requests for that thread.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from localaws.clock import CloudClock
from localaws.emr import events, fleets
from localaws.emr.events import Label
from localaws.emr.faults import FAULTS
from localaws.emr.limits import MAX_ACTIVE_CLUSTERS
from localaws.emr.node import Node
from localaws.emr.steps import Step, new_id

ALIVE = ("STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING")
ENDED = ("TERMINATED", "TERMINATED_WITH_ERRORS")

STATE_REASONS = {
    "STARTING": "Provisioning Amazon EC2 capacity",
    "BOOTSTRAPPING": "Running bootstrap actions",
    "RUNNING": "Running step",
}
_WEIGHTS = {"medium": 2, "large": 4, "xlarge": 8}


@dataclass(frozen=True)
class Termination:
    """Why a cluster ends, in EMR's code and words."""

    code: str
    message: str
    with_errors: bool = False

    @property
    def state(self) -> str:
        return "TERMINATED_WITH_ERRORS" if self.with_errors else "TERMINATED"


@dataclass
class Runtime:
    """What all clusters share.

    Args:
        clock: the cloud's clock.
        phase_seconds: real seconds of each state in which EMR only prepares.
        step_slots: room for steps that execute at the same time.
        publish: sends an event, given its detail type and its detail.
        spot_delay: cloud seconds until there is spot capacity.
        faults: names of FAULTS, one for each of the next clusters.
        listing_lag: cloud seconds until a new cluster is in ListClusters.
        max_active: how many clusters may be active at once.
    """

    clock: CloudClock
    phase_seconds: float
    step_slots: threading.Semaphore
    publish: Callable[[str, dict[str, Any]], None]
    spot_delay: float = 0
    faults: list[str] = field(default_factory=list)
    listing_lag: float = 0
    max_active: int = MAX_ACTIVE_CLUSTERS


@dataclass(eq=False)
class Cluster:
    """A cluster made from a RunJobFlow request."""

    id: str
    arn: str
    request: dict[str, Any]
    node: Node
    runtime: Runtime
    created: datetime
    master_dns: str
    state: str = "STARTING"
    reason: dict[str, str] = field(default_factory=lambda: {"Message": STATE_REASONS["STARTING"]})
    ready: datetime | None = None
    ended: datetime | None = None
    fault: str = ""
    """The name of the fault that this cluster will have, "" for none."""
    problem: str = ""
    """Why EMR cannot start it, "" where it can."""
    steps: list[Step] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    protected: bool = False
    idle_timeout: int | None = None
    market: str = ""
    """What fulfilled the fleets' spot targets: SPOT or ON_DEMAND, "" while they wait."""

    def __post_init__(self) -> None:
        instances = self.request["Instances"]
        self.protected = bool(instances.get("TerminationProtected", False))
        self.idle_timeout = self.request.get("AutoTerminationPolicy", {}).get("IdleTimeout")
        self.tags = {tag["Key"]: tag.get("Value", "") for tag in self.request.get("Tags", [])}
        self.lock = threading.RLock()
        self.changed = self.runtime.clock.event()
        self.termination: Termination | None = None
        self.stop_requested = threading.Event()
        self.halted = threading.Event()
        self.steps = [self._new_step(config) for config in self.request.get("Steps", [])]

    @property
    def name(self) -> str:
        return str(self.request["Name"])

    @property
    def keeps_alive(self) -> bool:
        return bool(self.request["Instances"].get("KeepJobFlowAliveWhenNoSteps", False))

    @property
    def is_alive(self) -> bool:
        return self.state in ALIVE and self.termination is None

    @property
    def instance_groups(self) -> list[tuple[str, str, int]]:
        """Role, instance type and number of nodes of each group or fleet."""
        instances = self.request["Instances"]
        if requested := instances.get("InstanceFleets"):
            return [fleets.nodes(fleet) for fleet in requested]
        if groups := instances.get("InstanceGroups"):
            return [(group["InstanceRole"], group["InstanceType"], group["InstanceCount"]) for group in groups]
        nodes = [("MASTER", instances.get("MasterInstanceType", "m5.xlarge"), 1)]
        if (workers := instances.get("InstanceCount", 1) - 1) > 0:
            nodes.append(("CORE", instances.get("SlaveInstanceType", "m5.xlarge"), workers))
        return nodes

    @property
    def normalized_hours(self) -> int:
        """Hours since the cluster was ready, each begun hour in full, weighted by its instances' sizes."""
        if self.ready is None:
            return 0
        until = self.ended or self.runtime.clock.now()
        hours = max(1, math.ceil((until - self.ready).total_seconds() / 3600))
        return hours * sum(count * _weight(kind) for _, kind, count in self.instance_groups)

    def add_steps(self, configs: list[dict[str, Any]]) -> list[Step]:
        with self.lock:
            added = [self._new_step(config) for config in configs]
            self.steps += added
        for step in added:
            self.publish_step(step)
        self.changed.set()
        return added

    def cancel(self, step: Step) -> bool:
        """Cancel a step that is still pending. Returns whether it was."""
        with self.lock:
            if step.state != "PENDING":
                return False
            self.set_step_state(step, "CANCELLED")
        self.publish_step(step)
        return True

    def terminate(self, termination: Termination) -> None:
        """Have the cluster end. Of several calls the first one gives the reason."""
        with self.lock:
            if self.termination or self.state not in ALIVE:
                return
            self.termination = termination
        self.stop_requested.set()
        self.changed.set()
        threading.Thread(target=self.node.kill, daemon=True).start()

    def fail(self, code: str, message: str) -> None:
        """End as EMR does on a fault of its own, e.g. INTERNAL_ERROR or INSTANCE_FAILURE."""
        self.terminate(Termination(code, message, with_errors=True))

    def inject(self, name: str) -> None:
        """Make this cluster fail now, as the fault of that name in FAULTS does."""
        fault = FAULTS[name]
        self.fail(fault.code, fault.message)

    def halt(self) -> None:
        """Stop at once because the embedded cloud ends: no further state or event."""
        self.halted.set()
        self.terminate(Termination("USER_REQUEST", "Terminated by user request"))
        self.node.kill()

    def cancel_pending(self) -> None:
        for step in self.steps:
            self.cancel(step)

    def _new_step(self, config: dict[str, Any]) -> Step:
        return Step(new_id("s"), config, self.runtime.clock.now())

    def set_step_state(self, step: Step, state: str) -> None:
        step.state = state
        if state == "RUNNING":
            step.started = self.runtime.clock.now()
        else:
            step.ended = self.runtime.clock.now()

    def publish(self, state: str, code: str | None = None, reason: str = "", ran_steps: bool = False) -> None:
        label = Label(self.id, self.name)
        detail = events.cluster_detail(label, state, code, reason, self.runtime.clock.now(), ran_steps)
        if detail and not self.halted.is_set():
            self.runtime.publish(events.CLUSTER_EVENT, detail)

    def publish_shortage(self) -> None:
        detail = events.shortage_detail(Label(self.id, self.name))
        if not self.halted.is_set():
            self.runtime.publish(events.FLEET_EVENT, detail)

    def publish_step(self, step: Step) -> None:
        labels = Label(step.id, step.config["Name"]), Label(self.id, self.name)
        now = self.runtime.clock.now()
        detail = events.step_detail(*labels, step.state, step.on_failure, now, step.started)
        if detail and not self.halted.is_set():
            self.runtime.publish(events.STEP_EVENT, detail)


def _weight(instance_type: str) -> int:
    size = instance_type.rsplit(".", 1)[-1]
    if size.endswith("xlarge") and size != "xlarge":
        return 8 * int(size.removesuffix("xlarge"))
    return _WEIGHTS.get(size, 1)
