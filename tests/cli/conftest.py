"""The command line as people type it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.http import Api

CLIENT = Path(__file__).parents[2] / "cli"


@dataclass
class Shell:
    """Commands as somebody types them, each a process of its own, with nothing of ours in its environment."""

    environment: dict[str, str]

    def __call__(self, *arguments: str, **more: str) -> tuple[int, str, str]:
        """Exit code, output and errors."""
        command = [sys.executable, "-m", "atmo", *arguments]
        done = subprocess.run(
            command, env=self.environment | more, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120
        )
        return done.returncode, done.stdout, done.stderr


@pytest.fixture
def typed(somebody: Api, tmp_path: Path) -> Shell:
    config = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config"), "PYTHONPATH": str(CLIENT)}
    return Shell(config | {"ATMO_URL": somebody.url + "/", "ATMO_TOKEN": somebody.token})
