"""One cluster of the embedded EMR: what was asked for, where it stands, and what API calls ask of it.

It is driven by a thread of its own (localaws/emr/lifecycle.py); API calls only ask, and the thread takes note.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from localaws.clock import CloudClock
from localaws.emr import events as emr_events
from localaws.emr import fleets as emr_fleets
from localaws.emr.events import Named
from localaws.emr.faults import TROUBLES
from localaws.emr.node import Node
from localaws.emr.steps import Step, new_id

ALIVE = ("STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING")
ENDED = ("TERMINATED", "TERMINATED_WITH_ERRORS")

WORDS = {
    "STARTING": "Provisioning Amazon EC2 capacity",
    "BOOTSTRAPPING": "Running bootstrap actions",
    "RUNNING": "Running step",
}
_WEIGHTS = {"medium": 2, "large": 4, "xlarge": 8}


@dataclass(frozen=True)
class End:
    """Why a cluster ends, in EMR's code and words."""

    code: str
    message: str
    errors: bool = False

    @property
    def state(self) -> str:
        return "TERMINATED_WITH_ERRORS" if self.errors else "TERMINATED"


@dataclass
class Surroundings:
    """What clusters share: the clock, a phase's real seconds, room for running steps, where events go, how many cloud
    seconds spot capacity takes to come, and what befalls the next clusters, one each."""

    clock: CloudClock
    phase_seconds: float
    slots: threading.Semaphore
    announce: Callable[[str, dict[str, Any]], None]
    spot_waits: float = 0
    troubles: list[str] = field(default_factory=list)


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
    reason: dict[str, str] = field(default_factory=lambda: {"Message": WORDS["STARTING"]})
    ready: datetime | None = None
    ended: datetime | None = None
    trouble: str = ""
    """Which of TROUBLES is ahead of it."""
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
        self.lock = threading.RLock()
        self.changed = self.around.clock.event()
        self.ending: End | None = None
        self.told = threading.Event()
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
        return self.state in ALIVE and self.ending is None

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
        with self.lock:
            added = [self._new_step(config) for config in configs]
            self.steps += added
        for step in added:
            self.announce_step(step)
        self.changed.set()
        return added

    def cancel(self, step: Step) -> bool:
        """Whether the step could be cancelled: it was pending."""
        with self.lock:
            if step.state != "PENDING":
                return False
            self.move_step(step, "CANCELLED")
        self.announce_step(step)
        return True

    def end(self, end: End) -> None:
        """Tell the cluster to end; the first reason stands."""
        with self.lock:
            if self.ending or self.state not in ALIVE:
                return
            self.ending = end
        self.told.set()
        self.changed.set()
        threading.Thread(target=self.node.kill, daemon=True).start()

    def fail(self, code: str, message: str) -> None:
        """End as EMR does on a fault of its own, e.g. INTERNAL_ERROR or INSTANCE_FAILURE."""
        self.end(End(code, message, errors=True))

    def strike(self, name: str) -> None:
        """Let one of TROUBLES befall this cluster now."""
        trouble = TROUBLES[name]
        self.fail(trouble.code, trouble.message)

    def halt(self) -> None:
        """Stop at once with the cloud: no further state or event."""
        self.halted.set()
        self.end(End("USER_REQUEST", "Terminated by user request"))
        self.node.kill()

    def cancel_pending(self) -> None:
        for step in self.steps:
            self.cancel(step)

    def _new_step(self, config: dict[str, Any]) -> Step:
        return Step(new_id("s"), config, self.around.clock.now())

    def move_step(self, step: Step, state: str) -> None:
        step.state = state
        if state == "RUNNING":
            step.started = self.around.clock.now()
        else:
            step.ended = self.around.clock.now()

    def announce(self, state: str, code: str | None = None, reason: str = "", worked: bool = False) -> None:
        named = Named(self.id, self.name)
        detail = emr_events.cluster_detail(named, state, code, reason, self.around.clock.now(), worked)
        if detail and not self.halted.is_set():
            self.around.announce(emr_events.CLUSTER_EVENT, detail)

    def announce_shortage(self) -> None:
        detail = emr_events.shortage_detail(Named(self.id, self.name))
        if not self.halted.is_set():
            self.around.announce(emr_events.FLEET_EVENT, detail)

    def announce_step(self, step: Step) -> None:
        names = Named(step.id, step.config["Name"]), Named(self.id, self.name)
        now = self.around.clock.now()
        detail = emr_events.step_detail(*names, step.state, step.on_failure, now, step.started)
        if detail and not self.halted.is_set():
            self.around.announce(emr_events.STEP_EVENT, detail)


def _weight(instance_type: str) -> int:
    size = instance_type.rsplit(".", 1)[-1]
    if size.endswith("xlarge") and size != "xlarge":
        return 8 * int(size.removesuffix("xlarge"))
    return _WEIGHTS.get(size, 1)
