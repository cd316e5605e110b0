"""`python -m localaws` as a person starts and ends it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from localaws.__main__ import CannotStart, read_options

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"PORT": "eighty"}, "PORT must be a port number"),
        ({"PORT": "65536"}, "PORT must be a port number"),
        ({"AWS_PORT": "0"}, "AWS_PORT must be a port number"),
        ({"PORT": "4566"}, "PORT and AWS_PORT are both 4566"),
        ({"SPEED": "fast"}, "SPEED must be a number"),
        ({"SPEED": "601"}, "SPEED must be a number"),
        ({"SPEED": "0"}, "SPEED must be a number"),
        ({"SPEED": "nan"}, "SPEED must be a number"),
    ],
)
def test_what_makes_no_sense_is_said(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], sentence: str) -> None:
    for name in ("PORT", "AWS_PORT", "SPEED"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(CannotStart, match=sentence):
        read_options()


@pytest.mark.parametrize("name", ["PORT", "AWS_PORT"])
def test_a_port_in_use_is_one_sentence(name: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ports = {"PORT": str(free_port()), "AWS_PORT": str(free_port()), name: str(port)}
        done = subprocess.run(
            [sys.executable, "-m", "localaws"], cwd=tmp_path, env=environment(ports), capture_output=True, text=True
        )
    assert done.returncode == 1
    assert done.stderr == f"Port {port} is in use; choose another one with {name}=.\n"


def environment(variables: dict[str, str]) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**clean, "PYTHONPATH": str(ROOT), **variables}


class Up:
    """A running `python -m localaws` in a folder, and what it has printed so far."""

    def __init__(self, folder: Path, speed: str) -> None:
        self.folder = folder
        self.port, self.aws_port = free_port(), free_port()
        variables = {"PORT": str(self.port), "AWS_PORT": str(self.aws_port), "SPEED": speed}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "localaws"],
            cwd=folder,
            env=environment(variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.printed: list[str] = []

    def ready(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.printed.append(line)
            if line.startswith("Ctrl-C"):
                return
        raise AssertionError("".join(self.printed))

    @property
    def tokens(self) -> dict[str, str]:
        return dict(json.loads((self.folder / ".local" / "tokens.json").read_text()))

    def api(self, path: str, person: str = "alice", **body: Any) -> Any:
        bearer = {"Authorization": f"Bearer {self.tokens[person]}"}
        url = f"http://127.0.0.1:{self.port}/api/v1{path}"
        answer = requests.request("POST" if body else "GET", url, json=body or None, headers=bearer, timeout=20)
        assert answer.ok, answer.text
        return answer.json()

    def end(self, number: int) -> tuple[int, str]:
        """Its exit code and what it said at the end."""
        self.process.send_signal(number)
        rest, _ = self.process.communicate(timeout=20)
        return self.process.returncode, rest


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Any]:
    started: list[Up] = []

    def start(speed: str = "1") -> Up:
        started.append(Up(tmp_path, speed))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()


def test_two_side_by_side_share_tokens_and_end_cleanly(up: Any) -> None:
    one, two = up(), up(speed="120")
    one.ready()
    two.ready()
    assert any(line == f"Portal ready at http://127.0.0.1:{one.port}\n" for line in one.printed)
    for running in (one, two):
        assert running.api("/me")["username"] == "alice"
        assert running.api("/me", "admin")["username"] == "admin"
    pages = requests.get(f"http://127.0.0.1:{two.aws_port}/_local/", timeout=20).text
    assert "120 times as fast as real time" in pages
    assert (one.folder / ".local" / "tokens.json").stat().st_mode & 0o077 == 0
    tokens = one.tokens
    for running, number in ((one, signal.SIGINT), (two, signal.SIGTERM)):
        began = time.monotonic()
        code, rest = running.end(number)
        assert (code, rest.strip()) == (0, "Everything has ended.")
        assert time.monotonic() - began < 8
        socket.create_server(("127.0.0.1", running.port)).close()
    again = up()
    again.ready()
    assert again.tokens == tokens
    assert again.api("/me")["username"] == "alice"


def test_it_can_be_ended_while_it_starts(up: Any) -> None:
    starting = up()
    line = starting.process.stdout.readline()
    assert line == "Starting the embedded cloud ...\n"
    code, rest = starting.end(signal.SIGINT)
    assert code == 0
    assert not re.search("Traceback|Error", rest), rest
