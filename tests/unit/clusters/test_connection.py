"""The commands with which people connect, for each kind of site."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.clusters.connection import Connection, connection
from chalicelib.clusters.models import Cluster, ClusterStatus
from chalicelib.clusters.session_manager import local_ports
from chalicelib.clusters.ssh import SshRoute, key_file
from chalicelib.site_settings.settings import SiteSettings
from tests.support.emr_requests import SETTINGS

ADDRESS, INSTANCE = "ec2-203-0-113-7.compute-1.amazonaws.com", "i-0123456789abcdef0"
PLAIN = SiteSettings()
PORTS = local_ports("c-1")
SESSION = f"aws ssm start-session --region us-east-1 --target {INSTANCE}"


def to(site: SiteSettings = PLAIN, *, record: dict[str, Any] | None = None, **settings: Any) -> Connection:
    fields = {
        "identifier": "keen-noether-1", "public_key": "ssh-ed25519 AAAA ada", "status": ClusterStatus.WAITING,
        "master_address": ADDRESS, "master_instance": INSTANCE,
    }  # fmt: skip
    way = connection(Cluster("c-1", **fields | (record or {})), replace(SETTINGS, **settings), site, "us-east-1")
    assert way
    return way


def test_a_session_is_one_line_for_each_page() -> None:
    session = to().session_manager
    assert session
    forward = f"{SESSION} --document-name AWS-StartPortForwardingSession --parameters"
    assert session.jupyter == f"{forward} portNumber=8888,localPortNumber={PORTS.jupyter}"
    assert session.zeppelin == f"{forward} portNumber=8890,localPortNumber={PORTS.zeppelin}"
    assert session.shell == SESSION


@pytest.mark.parametrize(
    ("settings", "site", "record", "route"),
    [
        ({}, SiteSettings(), {}, SshRoute.SESSION_MANAGER),
        ({"ssh_from": "10.0.0.0/8"}, SiteSettings(), {}, SshRoute.DIRECT),
        ({"ssh_from": "10.0.0.0/8"}, SiteSettings(bastion="jump.example.com"), {}, SshRoute.BASTION),
        ({}, SiteSettings(bastion="jump.example.com"), {}, SshRoute.BASTION),
        ({"session_manager": False}, SiteSettings(), {}, None),
        ({"session_manager": False, "ssh_from": "10.0.0.0/8"}, SiteSettings(), {}, SshRoute.DIRECT),
        ({}, SiteSettings(), {"master_instance": None}, None),
        ({"ssh_from": "10.0.0.0/8"}, SiteSettings(), {"master_address": None}, SshRoute.SESSION_MANAGER),
    ],
)
def test_the_way_of_ssh(
    settings: dict[str, Any], site: SiteSettings, record: dict[str, Any], route: SshRoute | None
) -> None:
    ssh = to(site, record=record, **settings).ssh
    assert (ssh and ssh.route) == route


def test_private_is_what_the_deployment_says() -> None:
    assert to().private is False
    assert to(emr_service_group="sg-0cc").private is True


@pytest.mark.parametrize("status", sorted(set(ClusterStatus) - {ClusterStatus.RUNNING, ClusterStatus.WAITING}))
def test_nobody_connects_to_what_is_not_ready(status: str) -> None:
    assert connection(Cluster("c-1", status=status), SETTINGS, SiteSettings(), "us-east-1") is None


def test_commands_of_a_direct_way_stand_alone() -> None:
    ssh = to(ssh_from="10.0.0.0/8").ssh
    assert ssh
    assert ssh.shell == f"ssh -i ~/.ssh/id_ed25519 hadoop@{ADDRESS}"
    assert "-o ExitOnForwardFailure=yes" in ssh.tunnels
    assert "-o ServerAliveInterval=30" in ssh.tunnels
    assert f"-L {PORTS.jupyter}:127.0.0.1:8888 -L {PORTS.zeppelin}:127.0.0.1:8890" in ssh.tunnels
    assert ssh.upload == f"scp -i ~/.ssh/id_ed25519 analysis.ipynb hadoop@{ADDRESS}:notebooks/"


def test_commands_through_a_bastion_jump() -> None:
    ssh = to(SiteSettings(bastion="ada@jump.example.com:2222")).ssh
    assert ssh
    assert f"-J ada@jump.example.com:2222 hadoop@{ADDRESS}" in ssh.shell
    assert " -J ada@jump.example.com:2222 " in ssh.tunnels
    assert "  ProxyJump ada@jump.example.com:2222\n" in ssh.config


SITES = [
    ({}, SiteSettings()),
    ({"ssh_from": "10.0.0.0/8"}, SiteSettings()),
    ({}, SiteSettings(bastion="ada@jump.example.com:2222")),
]


@pytest.mark.skipif(shutil.which("ssh") is None, reason="there is no ssh")
@pytest.mark.parametrize(("settings", "site"), SITES)
def test_openssh_reads_the_lines_as_they_are_meant(
    tmp_path: Path, settings: dict[str, Any], site: SiteSettings
) -> None:
    ssh = to(site, **settings).ssh
    assert ssh
    shell, tunnel = (options(ssh.config, host, tmp_path) for host in (ssh.host, f"{ssh.host}-tunnel"))
    for one in (shell, tunnel):
        assert one["user"] == ["hadoop"]
        assert one["identityfile"] == ["~/.ssh/id_ed25519"]
        assert one["identitiesonly"] == ["yes"]
        assert one["hostkeyalias"] == ["c-1"]
        assert one["serveraliveinterval"] == ["30"]
        assert one["hostname"] == [INSTANCE if ssh.route == SshRoute.SESSION_MANAGER else ADDRESS]
    assert tunnel["exitonforwardfailure"] == ["yes"]
    assert {re.sub(r"[\[\]]", "", line) for line in tunnel["localforward"]} == {
        f"{PORTS.jupyter} 127.0.0.1:8888",
        f"{PORTS.zeppelin} 127.0.0.1:8890",
    }
    # A second shell must not fail on the first one's ports.
    assert "localforward" not in shell
    assert shell.get("proxyjump") == ([site.bastion] if site.bastion else None)
    assert ("AWS-StartSSHSession" in "".join(shell.get("proxycommand", []))) == (ssh.route == SshRoute.SESSION_MANAGER)


def options(config: str, host: str, folder: Path) -> dict[str, list[str]]:
    """What OpenSSH would do for this host."""
    (folder / "config").write_text(config + "\n")
    said = subprocess.run(
        ["ssh", "-G", "-F", str(folder / "config"), host], capture_output=True, text=True, check=True
    ).stdout
    read: dict[str, list[str]] = {}
    for line in said.splitlines():
        name, _, value = line.partition(" ")
        read.setdefault(name, []).append(value)
    return read


@pytest.mark.parametrize(
    ("key", "file"),
    [
        ("ssh-ed25519 AAAA ada", "id_ed25519"),
        ("ssh-rsa AAAA", "id_rsa"),
        ("ecdsa-sha2-nistp384 AAAA", "id_ecdsa"),
        ("sk-ssh-ed25519@openssh.com AAAA", "id_ed25519_sk"),
        ("sk-ecdsa-sha2-nistp256@openssh.com AAAA", "id_ecdsa_sk"),
    ],
)
def test_the_private_key_is_where_ssh_keygen_leaves_it(key: str, file: str) -> None:
    assert key_file(key) == file


@given(st.text(min_size=1, max_size=40))
def test_local_ports_need_no_rights_and_are_not_those_of_outgoing_connections(cluster_id: str) -> None:
    """Linux gives outgoing connections ports from 32768, macOS and Windows from 49152."""
    ports = local_ports(cluster_id)
    assert 1024 <= ports.jupyter < ports.zeppelin < 32_768
    assert local_ports(cluster_id) == ports


def test_several_clusters_have_ports_of_their_own() -> None:
    pairs = {local_ports(f"c-{number}") for number in range(30)}
    assert len(pairs) == 30
