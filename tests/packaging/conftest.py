"""The deployment package, made once as `make package` makes it, and once so that it runs here."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Packaged:
    """What `make package` left in a folder."""

    folder: Path
    template: dict[str, Any]

    def resources(self, kind: str) -> dict[str, dict[str, Any]]:
        """Logical id -> properties of every resource of this type."""
        resources = self.template["Resources"].items()
        return {name: made.get("Properties", {}) for name, made in resources if made["Type"] == kind}

    @property
    def zip(self) -> bytes:
        return (self.folder / "deployment.zip").read_bytes()

    def entries(self) -> list[zipfile.ZipInfo]:
        with zipfile.ZipFile(self.folder / "deployment.zip") as archive:
            return archive.infolist()


@pytest.fixture(scope="session")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Packaged:
    """As it is deployed."""
    return _package(tmp_path_factory.mktemp("package"))


@pytest.fixture(scope="session")
def runnable(tmp_path_factory: pytest.TempPathFactory) -> Packaged:
    """The same for this machine's Python and processor."""
    return _package(tmp_path_factory.mktemp("runnable"), "--for-this-machine")


@pytest.fixture(scope="session")
def unpacked(runnable: Packaged, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The content of the zip that runs here."""
    folder = tmp_path_factory.mktemp("task")
    with zipfile.ZipFile(runnable.folder / "deployment.zip") as archive:
        archive.extractall(folder)
    return folder


def _package(folder: Path, *options: str) -> Packaged:
    command = [sys.executable, "-m", "scripts.package", str(folder), *options]
    environment = _environment() | {"PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return Packaged(folder, yaml.safe_load((folder / "sam.yaml").read_text()))


def _environment() -> dict[str, str]:
    """How pip is to reach its index, and nothing of what a deployment sets: packaging must not need it."""
    return {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "HOME", "HTTP", "SSL_"))}
