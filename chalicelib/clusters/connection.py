"""How to connect to a cluster that is ready. Pure: from the record, the deployment's settings and the site's."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.clusters import session_manager, ssh
from chalicelib.clusters.models import Cluster
from chalicelib.clusters.session_manager import LocalPorts, SessionManager, local_ports
from chalicelib.clusters.ssh import Ssh
from chalicelib.core.config import Settings
from chalicelib.site_settings.settings import SiteSettings


@dataclass(frozen=True)
class Connection:
    """The ways to a cluster; a way is None where the site has closed it, or EMR has not named the master yet. `private` is a
    cluster whose addresses only the site's own network reaches."""

    private: bool
    ports: LocalPorts
    session_manager: SessionManager | None
    ssh: Ssh | None


def connection(cluster: Cluster, settings: Settings, site: SiteSettings, region: str) -> Connection | None:
    """How to connect to it; None unless it is ready."""
    if not cluster.is_ready:
        return None
    ports = local_ports(cluster.id)
    session = session_manager.commands(cluster, ports, region) if settings.session_manager else None
    return Connection(
        settings.private_subnets, ports, session, ssh.commands(cluster, settings, site, ports, session, region)
    )
