"""The front door as programs use it, and waiting for conditions."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import urllib3
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.support.contract import amiss

T = TypeVar("T")
HTTP_TIMEOUT = 30.0
"""Seconds for one answer; urllib3's own three are too few while Spark has the machine."""
RELEASE = "7.10.0"
TINY: dict[str, Any] = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    "cells": [
        {
            "cell_type": "code",
            "id": "a",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": "print('hello')",
        }
    ],
}


@dataclass(frozen=True)
class Answer:
    """Status, decoded JSON (None for no body) and headers of an answer."""

    status: int
    body: Any
    headers: Any


@dataclass(frozen=True)
class Api:
    """The API with one person's token."""

    url: str
    token: str

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """`body` is sent as JSON, bytes as they are. Whatever comes back is as the OpenAPI document says."""
        sent = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        fixed = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        response = urllib3.request(
            method, f"{self.url}/api/v1{path}", body=sent, headers=fixed | named, retries=False, timeout=HTTP_TIMEOUT
        )
        answer = Answer(response.status, json.loads(response.data) if response.data else None, response.headers)
        assert not (wrong := amiss(method, path, answer.status, answer.headers.get("Content-Type"), answer.body)), wrong
        return answer

    def add_key(self) -> str:
        """Store a fresh SSH key; returns its id."""
        answer = self("POST", "/keys", {"title": "laptop", "key": fresh_key()})
        assert answer.status == 201, answer.body
        return str(answer.body["id"])

    def launch(self, **changes: Any) -> Any:
        """Launch a cluster; returns its record."""
        body = {
            "size": 1,
            "lifetime": 2,
            "ssh_key": changes.pop("ssh_key", None) or self.add_key(),
            "emr_release": RELEASE,
        }
        answer = self("POST", "/clusters", body | changes)
        assert answer.status == 201, answer.body
        return answer.body

    def schedule(self, identifier: str, **changes: Any) -> Any:
        """Schedule a job, far in the future unless told otherwise; returns its record."""
        body = {
            "identifier": identifier, "description": "a test", "notebook": {"name": "tiny.ipynb", "content": TINY}, "size": 1,
            "schedule": "daily", "job_timeout": 1, "start_date": "2040-01-01T06:00:00Z", "emr_release": RELEASE,
        }  # fmt: skip
        answer = self("POST", "/jobs", body | changes)
        assert answer.status == 201, answer.body
        return answer.body


def fresh_key() -> str:
    """A public key that nobody has stored."""
    key = Ed25519PrivateKey.generate().public_key()
    return key.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()


def until(condition: Callable[[], T | None], seconds: float = 30, longest_pause: float = 0.15) -> T:
    """What `condition` returns once it is true; fails with the last answer when that takes longer."""
    for pause in _pauses(seconds, longest_pause):
        if value := condition():
            return value
        time.sleep(pause)
    value = condition()
    assert value, f"still {value!r} after {seconds} s"
    return value


def _pauses(seconds: float, longest: float = 0.15) -> Iterator[float]:
    """Seconds to wait between looks, within so many seconds in all. They grow: whoever looks all the time holds up, in the
    same process, what it waits for."""
    give_up, pause = time.monotonic() + seconds, 0.02
    while time.monotonic() < give_up:
        yield pause
        pause = min(pause * 1.3, longest)


def reaches(api: Api, path: str, *statuses: str, seconds: float = 30) -> Any:
    """The record at this path once its status is one of these."""
    seen: list[str] = []

    def arrived() -> Any:
        record = api("GET", path).body
        if record["status"] not in seen:
            seen.append(record["status"])
        return record if record["status"] in statuses else None

    for pause in _pauses(seconds):
        if record := arrived():
            return record
        time.sleep(pause)
    raise AssertionError(f"{path} went through {seen} in {seconds} s, waiting for {statuses}")
