"""The bootstrap action: what it accepts, and that the versions it installs are the ones the tests run with."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.emr.runs import EMR, ROOT

SCRIPT = EMR / "bootstrap.sh"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJq2mFHzyNMdJkTDHmzKwq5lBtQ9pYXcmRhqmGZ1yQpX alice's laptop $(id)"


def bash(script: str, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
    return subprocess.run(["bash", "-c", script, "bash", *arguments], env=environment, text=True, capture_output=True)


def install_key(line: str, home: Path) -> subprocess.CompletedProcess[str]:
    encoded = base64.b64encode(line.encode()).decode()
    script = 'source "$1"; parse_arguments s3://bucket/emr/abc --ssh-key-base64 "$2"; install_ssh_key'
    return bash(script, home, str(SCRIPT), encoded)


def test_shellcheck() -> None:
    shellcheck = Path(sys.executable).parent / "shellcheck"
    checked = subprocess.run([str(shellcheck), str(SCRIPT)], text=True, capture_output=True)
    assert checked.returncode == 0, checked.stdout


def test_key_is_added_once_and_to_what_is_there(tmp_path: Path) -> None:
    keys = tmp_path / ".ssh" / "authorized_keys"
    keys.parent.mkdir()
    keys.write_text("ssh-rsa AAAA ec2\n")
    for _ in range(2):
        assert install_key(KEY + "\n", tmp_path).returncode == 0
    assert keys.read_text() == f"ssh-rsa AAAA ec2\n{KEY}\n"
    assert keys.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "line",
    [
        "",
        'command="id" ' + KEY,
        KEY + "\n" + KEY,
        "-----BEGIN OPENSSH PRIVATE KEY-----",
        "ssh-ed25519 not*base64",
        "ssh-dss AAAA old",
    ],
)
def test_anything_but_one_public_key_is_refused(tmp_path: Path, line: str) -> None:
    refused = install_key(line, tmp_path)
    assert refused.returncode != 0
    assert refused.stderr.startswith("bootstrap: ") or "needs a key" in refused.stderr
    assert not (tmp_path / ".ssh").exists()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "the address of the scripts is missing"),
        (["https://bucket/emr"], "not an S3 address: https://bucket/emr"),
        (["s3://bucket/emr", "--verbose"], "unknown argument: --verbose"),
        (["s3://bucket/emr", "--ssh-key-base64"], "--ssh-key-base64 needs a key"),
    ],
)
def test_bad_arguments_stop_it_before_anything_is_done(tmp_path: Path, arguments: list[str], complaint: str) -> None:
    stopped = bash('"$@"', tmp_path, "bash", str(SCRIPT), *arguments)
    assert stopped.returncode != 0
    assert complaint in stopped.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-jupyter.txt"])
def test_clusters_run_the_versions_the_tests_run(name: str) -> None:
    tested, installed = pins(ROOT / "requirements-dev.txt"), pins(EMR / name)
    assert {"papermill", "ipykernel", "nbconvert", "pandas", "boto3"} <= set(installed)
    assert {package: pin for package, pin in installed.items() if package in tested and pin - tested[package]} == {}


def pins(path: Path) -> dict[str, set[str]]:
    """package -> its versions; a package may have several, for different Pythons."""
    found: dict[str, set[str]] = {}
    for package, version in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", path.read_text(), re.MULTILINE):
        found.setdefault(package, set()).add(version)
    return found
