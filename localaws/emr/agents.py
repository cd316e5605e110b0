"""The timers of the nodes' agents: whoever asked for one with its bootstrap gets looked at."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Mapping

from localaws.clock import CloudClock
from localaws.emr.cluster import Cluster

log = logging.getLogger("localaws.emr")
SERVERS = "/_local/nodes"
_EVERY, _REAL = 300.0, 3.0
"""Cloud seconds from one look to the next, and real seconds at the least, as each is a process. On EMR it is a minute."""


def address(cluster: Cluster) -> str:
    """Where the cluster's agent reports to; "" where it has none."""
    for action in cluster.request.get("BootstrapActions", []):
        arguments = action["ScriptBootstrapAction"].get("Args", [])
        if "--activity" in arguments:
            return str(arguments[arguments.index("--activity") + 1])
    return ""


def look(cluster: Cluster) -> None:
    """Let the cluster's agent look once.

    Raises:
        RuntimeError: it failed, with what it wrote.
    """
    servers = f"{os.environ['AWS_ENDPOINT_URL']}{SERVERS}/{cluster.id}"
    done = cluster.node.look(address(cluster), servers, cluster.runtime.clock.timestamp())
    if done.returncode != 0:
        raise RuntimeError(f"the agent of {cluster.id} failed: {done.stderr}")


class Agents:
    """Looks at every cluster that is ready, again and again, until it is closed."""

    def __init__(self, clusters: Callable[[], Mapping[str, Cluster]], clock: CloudClock) -> None:
        self._clusters = clusters
        self._clock = clock
        self._closing = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._run, daemon=True, name="agents").start()

    def close(self) -> None:
        self._closing.set()

    def _run(self) -> None:
        while not self._closing.wait(max(_EVERY / self._clock.speed, _REAL)):
            for cluster in list(self._clusters().values()):
                if cluster.ready and cluster.is_alive and address(cluster) and not self._closing.is_set():
                    self._look(cluster)

    def _look(self, cluster: Cluster) -> None:
        try:
            look(cluster)
        except Exception:
            if not self._closing.is_set() and cluster.is_alive:
                log.exception("nobody knows whether %s is used", cluster.id)
