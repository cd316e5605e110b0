"""What a look at the machine says about use. Pure: answers of programs in, signs out; nothing here reads a clock or a file.

A sign has the last moment of use that it shows, in seconds since 1970, or the reason why it shows nothing. What could not be
read is unknown, and unknown is never idle. A part that is not installed gives no sign at all.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

BUSY_CORES = 0.5
"""More than EMR's own daemons take of a master that nobody uses, less than one program that computes."""
CPU_SECONDS = 300
"""Over how long the processors are judged: daemons are busy for moments."""
ZEPPELIN_BUSY = ("RUNNING", "PENDING")
_ZEPPELIN_TIME = "%a %b %d %H:%M:%S UTC %Y"
_ENDED = ("FINISHED", "FAILED", "KILLED")


@dataclass(frozen=True)
class Sign:
    """The last use that it shows, None for none; `unknown` says why it cannot tell."""

    last: float | None = None
    unknown: str = ""


@dataclass(frozen=True)
class Processors:
    """A reading of /proc/stat: when, and so many ticks in all and busy, of so many cores."""

    at: float
    total: int
    busy: int
    cores: int


def latest(moments: Iterable[float | None]) -> float | None:
    return max((moment for moment in moments if moment is not None), default=None)


def of_kernels(kernels: Any, now: float) -> Sign:
    """Jupyter's `GET /api/kernels`: a kernel that executes is used now, others were when they last had something to do.

    https://jupyter-server.readthedocs.io/en/latest/developers/rest-api.html
    """
    if not isinstance(kernels, list) or not all(isinstance(kernel, dict) for kernel in kernels):
        return Sign(unknown="Jupyter's answer is no list of kernels")
    used = [now if kernel.get("execution_state") == "busy" else _iso(kernel.get("last_activity")) for kernel in kernels]
    if None in used:
        return Sign(latest(used), "a kernel does not say when it was used")
    return Sign(latest(used))


def of_notes(notes: Sequence[Any], now: float) -> Sign:
    """Zeppelin's `GET /api/notebook/job/<note>` of each note: paragraphs that run or wait are use, others when they finished."""
    used: list[float | None] = []
    for note in notes:
        paragraphs = note.get("paragraphs") if isinstance(note, dict) else note
        if not isinstance(paragraphs, list) or not all(isinstance(one, dict) for one in paragraphs):
            return Sign(latest(used), "Zeppelin's answer has no paragraphs")
        used += [
            now if one.get("status") in ZEPPELIN_BUSY else _zeppelin_time(one.get("finished")) for one in paragraphs
        ]
    return Sign(latest(used))


def of_applications(applications: Sequence[Mapping[str, Any]], stages: Mapping[str, Any], now: float) -> Sign:
    """YARN's applications that have not ended. One of Spark is used while stages run, however long it exists; any other is.

    `stages` has what Spark's `/stages?status=active` answered, by the application's id; what is missing is unknown.
    """
    used, unknown = None, ""
    for one in applications:
        if one.get("state") in _ENDED:
            continue
        active = stages.get(str(one.get("id"))) if is_running_spark(one) else ["an application of another kind"]
        if not isinstance(active, list):
            unknown = "a Spark application does not say whether stages run"
        elif active:
            used = now
    return Sign(used, unknown)


def is_running_spark(application: Mapping[str, Any]) -> bool:
    return application.get("applicationType") == "SPARK" and application.get("state") == "RUNNING"


def of_processors(before: Processors | None, seen: Processors | None) -> Sign:
    """How busy the master's processors were since a reading some minutes ago."""
    if seen is None:
        return Sign(unknown="the load cannot be read")
    if before is None or seen.total <= before.total or seen.busy < before.busy:
        return Sign(unknown="the load was read once so far")
    cores = (seen.busy - before.busy) / (seen.total - before.total) * seen.cores
    return Sign(seen.at if cores >= BUSY_CORES else None)


def processors(stat: str, at: float) -> Processors | None:
    """/proc/stat: https://man7.org/linux/man-pages/man5/proc_stat.5.html. Waiting for disks is not being busy."""
    lines = [line.split() for line in stat.splitlines() if line.startswith("cpu")]
    try:
        user, nice, system, idle, waiting, *others = (int(field) for field in lines[0][1:9])
    except (IndexError, ValueError):
        return None
    busy = user + nice + system + sum(others)
    return Processors(at, busy + idle + waiting, busy, max(1, len(lines) - 1))


def _iso(text: Any) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _zeppelin_time(text: Any) -> float | None:
    """As Java writes dates, on nodes whose zone is UTC; one that cannot be read says nothing."""
    with contextlib.suppress(TypeError, ValueError):
        return datetime.strptime(text, _ZEPPELIN_TIME).replace(tzinfo=UTC).timestamp()
    return None
