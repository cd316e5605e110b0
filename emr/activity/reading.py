"""The agent's look at the machine. Thin: each function gives a sign, whatever is missing."""

from __future__ import annotations

import json
import os
import socket
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from http.client import HTTPException
from pathlib import Path
from typing import Any

from activity import signs
from activity.signs import Processors, Sign

SECONDS = 5
"""How long any server may take to answer."""
MOST_BYTES = 20_000_000
MOST_NOTES = 200
SESSIONS = ("sshd", "sshd-session", "ssm-session-wor")
"""The programs that a connection to the machine starts, as /proc names them: it cuts names after 15 characters."""
_STARTED = 17
"""Which field after the parent says when a process began, in ticks since the machine did:
https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html"""


@dataclass(frozen=True)
class World:
    """Where things are on a master of EMR; tests and the embedded cloud have them elsewhere."""

    root: Path = Path("/")
    jupyter: str = "http://127.0.0.1:8888"
    zeppelin: str = "http://127.0.0.1:8890"
    yarn: str = ""
    """The ResourceManager listens on the node's own name, not on localhost."""

    @property
    def resource_manager(self) -> str:
        return self.yarn or f"http://{socket.gethostname()}:8088"


Look = Callable[[World, float], Sign]


def _tolerant(look: Look) -> Look:
    @wraps(look)
    def tolerant(world: World, now: float) -> Sign:
        try:
            return look(world, now)
        except (
            OSError,
            HTTPException,
            ValueError,
            TypeError,
            KeyError,
            IndexError,
            AttributeError,
            StopIteration,
        ) as error:
            return Sign(unknown=f"{type(error).__name__}: {error}"[:200])

    return tolerant


@_tolerant
def kernels(world: World, now: float) -> Sign:
    return signs.of_kernels(_json(f"{world.jupyter}/api/kernels"), now)


@_tolerant
def spark(world: World, now: float) -> Sign:
    states = "NEW,NEW_SAVING,SUBMITTED,ACCEPTED,RUNNING"
    answer = _json(f"{world.resource_manager}/ws/v1/cluster/apps?states={states}")
    applications = (answer["apps"] or {}).get("app", [])
    running = [one for one in applications if signs.is_running_spark(one)]
    return signs.of_applications(applications, {one["id"]: _active_stages(one) for one in running}, now)


def _active_stages(application: Any) -> Any:
    """What Spark's driver says through YARN's proxy; None where it says nothing."""
    address = f"{application['trackingUrl'].rstrip('/')}/api/v1/applications/{application['id']}/stages?status=active"
    try:
        return _json(address)
    except (OSError, HTTPException, ValueError):
        return None


def has_zeppelin(world: World) -> bool:
    return (world.root / "usr/lib/zeppelin").is_dir()


@_tolerant
def zeppelin(world: World, now: float) -> Sign:
    notes = _json(f"{world.zeppelin}/api/notebook")["body"]
    if len(notes) > MOST_NOTES:
        return Sign(unknown=f"Zeppelin has more than {MOST_NOTES} notes")
    return signs.of_notes([_json(f"{world.zeppelin}/api/notebook/job/{note['id']}")["body"] for note in notes], now)


@_tolerant
def logins(world: World, now: float) -> Sign:
    """What was last typed into a terminal, SSH's, Session Manager's or JupyterLab's, and when the last connection was made.
    A connection that is only left open is no use of the machine."""
    typed = [file.stat().st_atime for file in (world.root / "dev/pts").iterdir() if file.name.isdigit()]
    return Sign(signs.latest([*typed, *_connections(world.root / "proc")]))


def _connections(proc: Path) -> list[float]:
    """When the processes of connections began. The daemon that waits for them is no connection: its parent is init."""
    booted = next(
        int(line.split()[1]) for line in (proc / "stat").read_text().splitlines() if line.startswith("btime ")
    )
    begun = []
    for stat in proc.glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text(errors="replace").partition("(")[2].rpartition(")")
        except OSError:  # it ended meanwhile
            continue
        _, parent, *fields = rest.split()
        if name in SESSIONS and parent != "1":
            begun.append(booted + int(fields[_STARTED]) / os.sysconf("SC_CLK_TCK"))
    return begun


def load(world: World, now: float) -> Processors | None:
    try:
        return signs.processors((world.root / "proc/stat").read_text(), now)
    except OSError:
        return None


def _json(url: str) -> Any:
    """Raises OSError, HTTPException or ValueError. No proxy stands between a node and itself."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=SECONDS) as answer:
        return json.loads(answer.read(MOST_BYTES))
