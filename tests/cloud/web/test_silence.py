"""A DynamoDB that takes connections and never answers: people and programs hear it from us, before API Gateway would say it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from localaws.cloud import LocalCloud
from scripts.bench.functions import request

ROOT = Path(__file__).parents[3]
LIMIT = 12
"""Seconds of a function that is not as patient as ours, which has 29: time for one try of a call and not for two."""
FUNCTION = """
import json, sys, time
from chalicelib.entrypoints.http import app
begun = time.monotonic()
class Context:
    aws_request_id = "silence"
    def get_remaining_time_in_millis(self):
        return int((begun + float(sys.argv[2]) - time.monotonic()) * 1000)
answer = app(json.loads(sys.argv[1]), Context())
print(json.dumps({"seconds": time.monotonic() - begun, **answer}))
"""


@dataclass(frozen=True)
class Answer:
    status: int
    kind: str
    body: str
    seconds: float


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that never answers; the system takes its connections."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def ask(silent: str, path: str, **headers: str) -> Answer:
    """What a process of the portal answers that was just started."""
    environment = {**os.environ, "AWS_ENDPOINT_URL_DYNAMODB": silent}
    command = [sys.executable, "-c", FUNCTION, json.dumps(request(path, **headers)), str(LIMIT)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    answer = json.loads(done.stdout.splitlines()[-1])
    kinds = {name.lower(): value for name, value in answer["headers"].items()}
    return Answer(answer["statusCode"], kinds["content-type"], answer["body"], answer["seconds"])


def test_a_person_gets_our_page(cloud: LocalCloud, silent: str) -> None:
    from chalicelib.web import auth

    answer = ask(silent, "/", cookie=f"{auth.cookie_name()}=anybody")
    assert (answer.status, answer.kind) == (503, "text/html; charset=utf-8")
    assert "AWS is not answering" in answer.body
    assert answer.seconds < LIMIT


def test_a_program_gets_our_problem(cloud: LocalCloud, silent: str) -> None:
    from chalicelib.identity import tokens

    answer = ask(silent, "/api/v1/jobs", authorization=f"Bearer {tokens.new_secret()}")
    assert (answer.status, answer.kind) == (503, "application/problem+json")
    assert json.loads(answer.body)["title"] == "AWS is not answering"
    assert answer.seconds < LIMIT


def test_a_health_check_says_what_is_silent(cloud: LocalCloud, silent: str) -> None:
    answer = ask(silent, "/__heartbeat__")
    assert answer.status == 503
    checks = json.loads(answer.body)["checks"]
    assert [name for name, word in checks.items() if word != "ok"] == ["dynamodb"]
