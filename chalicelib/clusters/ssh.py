"""Connecting to a cluster by SSH: directly, through the site's bastion, or inside a session of Session Manager.

ssh_config(5), and
https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-getting-started-enable-ssh-connections.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.clusters.models import Cluster
from chalicelib.clusters.session_manager import JUPYTER_PORT, ZEPPELIN_PORT, LocalPorts, SessionManager
from chalicelib.core.config import Settings
from chalicelib.site_settings.settings import SiteSettings

_KEY_FILES = {
    "ssh-ed25519": "id_ed25519",
    "ssh-rsa": "id_rsa",
    "sk-ssh-ed25519@openssh.com": "id_ed25519_sk",
    "sk-ecdsa-sha2-nistp256@openssh.com": "id_ecdsa_sk",
}
"""Where ssh-keygen keeps the private key, by the public key's first word; all others are id_ecdsa."""


class SshRoute(StrEnum):
    """How an SSH connection gets to the master."""

    DIRECT = "direct"
    BASTION = "bastion"
    SESSION_MANAGER = "session-manager"


@dataclass(frozen=True)
class Ssh:
    """Commands of OpenSSH, and the lines for ~/.ssh/config. `host` is the name that these lines give the cluster."""

    route: SshRoute
    host: str
    shell: str
    tunnels: str
    upload: str
    download: str
    config: str


def commands(
    cluster: Cluster,
    settings: Settings,
    site: SiteSettings,
    ports: LocalPorts,
    session: SessionManager | None,
    region: str,
) -> Ssh | None:
    """The commands; None where the site lets nobody in by SSH, or EMR has not named the master yet."""
    if not (route := _route(cluster, settings, site, session)):
        return None
    host, tunnel = cluster.identifier, f"{cluster.identifier}-tunnel"
    address = session.instance if session and route == SshRoute.SESSION_MANAGER else str(cluster.master_address)
    if route == SshRoute.SESSION_MANAGER:
        ssh, scp, to, tunnels = "ssh", "scp", host, f"ssh -N {tunnel}"
    else:
        jump = f" -J {site.bastion}" if route == SshRoute.BASTION else ""
        options, to = f" -i ~/.ssh/{key_file(cluster.public_key)}{jump}", f"hadoop@{address}"
        ssh, scp = f"ssh{options}", f"scp{options}"
        tunnels = f"{ssh} -N -o ExitOnForwardFailure=yes -o ServerAliveInterval=30 {_forwards(ports)} {to}"
    config = "\n".join(_config(cluster, site, route, address, ports, region))
    upload, download = f"{scp} analysis.ipynb {to}:notebooks/", f"{scp} {to}:notebooks/analysis.ipynb ."
    return Ssh(route, host, f"{ssh} {to}", tunnels, upload, download, config)


def _route(cluster: Cluster, settings: Settings, site: SiteSettings, session: SessionManager | None) -> SshRoute | None:
    """A bastion is named by an admin for a reason; where port 22 is closed, SSH travels inside a session."""
    if cluster.master_address and site.bastion:
        return SshRoute.BASTION
    if cluster.master_address and settings.ssh_from:
        return SshRoute.DIRECT
    return SshRoute.SESSION_MANAGER if session else None


def _forwards(ports: LocalPorts) -> str:
    return f"-L {ports.jupyter}:127.0.0.1:{JUPYTER_PORT} -L {ports.zeppelin}:127.0.0.1:{ZEPPELIN_PORT}"


def _config(
    cluster: Cluster, site: SiteSettings, route: SshRoute, address: str, ports: LocalPorts, region: str
) -> Iterator[str]:
    """Lines for ~/.ssh/config. The tunnels have a name of their own: a second shell would fail on the first one's ports."""
    yield f"Host {cluster.identifier} {cluster.identifier}-tunnel"
    yield f"  HostName {address}"
    yield "  User hadoop"
    yield f"  IdentityFile ~/.ssh/{key_file(cluster.public_key)}"
    yield "  IdentitiesOnly yes"
    if route == SshRoute.BASTION:
        yield f"  ProxyJump {site.bastion}"
    if route == SshRoute.SESSION_MANAGER:
        start = f"aws ssm start-session --region {region} --target %h --document-name AWS-StartSSHSession"
        yield f"  ProxyCommand {start} --parameters portNumber=%p"
    # AWS gives addresses to other machines later, whose host keys are others.
    yield f"  HostKeyAlias {cluster.id}"
    yield "  StrictHostKeyChecking accept-new"
    yield "  ServerAliveInterval 30"
    yield f"Host {cluster.identifier}-tunnel"
    yield "  ExitOnForwardFailure yes"
    yield f"  LocalForward {ports.jupyter} 127.0.0.1:{JUPYTER_PORT}"
    yield f"  LocalForward {ports.zeppelin} 127.0.0.1:{ZEPPELIN_PORT}"


def key_file(public_key: str) -> str:
    """The name under which ssh-keygen keeps the private key of a public one, unless told otherwise."""
    return _KEY_FILES.get(public_key.partition(" ")[0], "id_ecdsa")
