"""The clusters of the embedded account: launching them, finding them, ending them with the cloud."""

from __future__ import annotations

import threading
from pathlib import Path

from localaws.emr import machines, network
from localaws.emr.cluster import Cluster, Runtime
from localaws.emr.errors import EmrError, invalid
from localaws.emr.faults import FAULTS
from localaws.emr.lifecycle import Lifecycle
from localaws.emr.links import Link
from localaws.emr.node import Node
from localaws.emr.protocol import Params
from localaws.emr.steps import Step, new_id
from localaws.emr.validation import validate_launch


class Clusters:
    """Every cluster that was launched, in `by_id`, oldest first. Nodes' files are below `folder`. `links` has the links to
    clusters' pages that work now, by their tokens."""

    def __init__(self, account: str, region: str, folder: Path, runtime: Runtime) -> None:
        self._account = account, region
        self._arn_prefix = f"arn:aws:elasticmapreduce:{region}:{account}"
        self._folder = folder
        self._threads: list[threading.Thread] = []
        self.runtime = runtime
        self.by_id: dict[str, Cluster] = {}
        self.links: dict[str, Link] = {}

    def launch(self, request: Params) -> Cluster:
        """A cluster from a RunJobFlow request, with its lifecycle begun in a thread of its own.

        Raises:
            EmrError: RunJobFlow refuses the request.
        """
        validate_launch(request)
        network.check_request(request, *self._account)
        if sum(cluster.is_alive for cluster in self.by_id.values()) >= self.runtime.max_active:
            raise invalid(f"You have reached the maximum number of active clusters ({self.runtime.max_active}).")
        fault = self.runtime.faults.pop(0) if self.runtime.faults else ""
        if fault and FAULTS[fault].phase == "request":
            raise invalid(FAULTS[fault].message)
        cluster = self._new(request)
        cluster.fault = fault
        cluster.problem = network.problem(request, *self._account)
        self.by_id[cluster.id] = cluster
        thread = threading.Thread(target=Lifecycle(cluster).run, daemon=True, name=cluster.id)
        self._threads.append(thread)
        thread.start()
        return cluster

    def _new(self, request: Params) -> Cluster:
        cluster_id = new_id("j")
        number = len(self.by_id) + 1
        return Cluster(
            id=cluster_id,
            arn=f"{self._arn_prefix}:cluster/{cluster_id}",
            request=request,
            node=Node(self._folder / cluster_id, machines.ec2_id(cluster_id, "MASTER"), request.get("JobFlowRole", "")),
            runtime=self.runtime,
            created=self.runtime.clock.now(),
            # TEST-NET-3: an address that belongs to nobody.
            master_dns=f"ec2-203-0-113-{number % 254 + 1}.compute-1.amazonaws.com",
        )

    def find(self, cluster_id: str) -> Cluster:
        """The cluster with this id.

        Raises:
            EmrError: there is none.
        """
        if cluster_id not in self.by_id:
            raise EmrError("InvalidRequestException", f"Cluster id '{cluster_id}' is not valid.")
        return self.by_id[cluster_id]

    def find_modifiable(self, cluster_id: str) -> Cluster:
        """The cluster with this id, for calls that change it.

        Raises:
            EmrError: there is none, or it is ending or has ended.
        """
        if cluster_id not in self.by_id:
            raise invalid("Specified job flow ID does not exist.")
        cluster = self.by_id[cluster_id]
        if not cluster.is_alive:
            raise invalid("A job flow that is shutting down, terminated, or finished may not be modified.")
        return cluster

    def close(self) -> None:
        """Kill every step and end every cluster's thread, without events."""
        halting = [threading.Thread(target=cluster.halt, daemon=True) for cluster in self.by_id.values()]
        for thread in halting:
            thread.start()
        for thread in halting + self._threads:
            thread.join(timeout=5)


def find_step(cluster: Cluster, step_id: str) -> Step:
    """The cluster's step with this id.

    Raises:
        EmrError: there is none.
    """
    for step in cluster.steps:
        if step.id == step_id:
            return step
    raise EmrError("InvalidRequestException", f"Step id '{step_id}' is not valid.")
