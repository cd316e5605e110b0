"""Connecting to a cluster by AWS Systems Manager's Session Manager, for which no port is open: one line each to paste.

https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-sessions-start.html
"""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

from chalicelib.clusters.models import Cluster

JUPYTER_PORT, ZEPPELIN_PORT = 8888, 8890
"""Where both listen on the master, on 127.0.0.1: emr/bootstrap.sh and chalicelib/jobflows/local_pages.py."""
_FIRST_LOCAL_PORT, _LOCAL_PAIRS = 10_000, 10_000
"""Local ports come in pairs, below those that Linux, macOS and Windows give to outgoing connections."""


@dataclass(frozen=True)
class LocalPorts:
    """The ports on one's own machine at which a cluster's Jupyter and Zeppelin answer while a tunnel is open."""

    jupyter: int
    zeppelin: int


@dataclass(frozen=True)
class SessionManager:
    """Commands of the AWS command line, each one line, and the master's id in EC2."""

    instance: str
    shell: str
    jupyter: str
    zeppelin: str


def local_ports(cluster_id: str) -> LocalPorts:
    """The same for one cluster always, and others for the next, so that tunnels to several can be open at once."""
    first = _FIRST_LOCAL_PORT + 2 * (crc32(cluster_id.encode()) % _LOCAL_PAIRS)
    return LocalPorts(first, first + 1)


def commands(cluster: Cluster, ports: LocalPorts, region: str) -> SessionManager | None:
    """The commands; None until EMR has named the master."""
    if not (instance := cluster.master_instance):
        return None
    start = f"aws ssm start-session --region {region} --target {instance}"
    forward = (
        f"{start} --document-name AWS-StartPortForwardingSession --parameters portNumber={{}},localPortNumber={{}}"
    )
    return SessionManager(
        instance, start, forward.format(JUPYTER_PORT, ports.jupyter), forward.format(ZEPPELIN_PORT, ports.zeppelin)
    )
