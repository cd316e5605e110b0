"""How much of its cluster a notebook's Spark used: read from Spark's own figures in the kernel, told in outcome.json.

Spark counts for each executor the time of its tasks, whether or not it has a web interface:
https://spark.apache.org/docs/latest/monitoring.html#executor-metrics
"""

from __future__ import annotations

import contextlib
import json
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DRIVER = "driver"
MEMORY = "OnHeapUnifiedMemory"
"""What an executor had for its work and for what it cached, at most, in bytes."""
SETTLES_MS = 2000


@dataclass(frozen=True)
class Executor:
    """One executor, the driver included: what Spark says of it at its end. `busy` is in seconds, memory in bytes."""

    id: str
    host: str
    cores: int
    busy: float
    memory: int
    max_memory: int


def summary(executors: Sequence[Executor], seconds: float) -> dict[str, Any]:
    """What becomes a part of outcome.json: `seconds` that Spark ran, `busy_core_seconds` that its tasks took in all,
    `cores_per_worker` and `workers` that had executors, and the largest `memory_share` of an executor's that was used.

    Without executors of its own, as on one machine, the driver does the work.
    """
    working = [one for one in executors if one.id != DRIVER] or list(executors)
    cores: dict[str, int] = defaultdict(int)
    for one in working:
        cores[one.host] = max(cores[one.host], one.cores)
    return {
        "seconds": round(seconds, 1),
        "busy_core_seconds": round(sum(one.busy for one in working), 1),
        "cores_per_worker": max(cores.values(), default=0),
        "workers": len(cores),
        "memory_share": round(max((one.memory / one.max_memory for one in working if one.max_memory), default=0.0), 3),
    }


def read(session: Any) -> dict[str, Any]:
    """What the session's Spark has used so far. Raises whatever Py4J does where Spark is not as expected."""
    context = session.sparkContext
    scala = context._jsc.sc()
    with contextlib.suppress(Exception):  # the latest tasks are counted a moment later
        scala.listenerBus().waitUntilEmpty(SETTLES_MS)
    listed = scala.statusStore().executorList(False)
    executors = [_executor(listed.apply(number)) for number in range(listed.size())]
    return summary(executors, time.time() - context.startTime / 1000)


def _executor(jvm: Any) -> Executor:
    peaks = jvm.peakMemoryMetrics()
    return Executor(
        id=jvm.id(),
        host=jvm.hostPort().rpartition(":")[0],
        cores=jvm.totalCores(),
        busy=jvm.totalDuration() / 1000,
        memory=peaks.get().getMetricValue(MEMORY) if peaks.isDefined() else 0,
        max_memory=jvm.maxMemory(),
    )


class Noted:
    """In the kernel: keeps what Spark used in a file when it ends, by the notebook's own `spark.stop()` or with the kernel.

    The file says that nothing was used until the notebook imports Spark, and from then on that it is not known: it may begin
    and stop Spark in the same cell.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._most = 0.0
        file.write_text(json.dumps(summary([], 0)))

    def note(self, session: Any) -> None:
        """Keep it, unless an earlier session of the same notebook did more. Never in the notebook's way."""
        with contextlib.suppress(Exception):
            used = read(session)
            if used["busy_core_seconds"] >= self._most:
                self._most = used["busy_core_seconds"]
                self._file.write_text(json.dumps(used))

    def before_stop(self, context_class: Any, session: Callable[[], Any]) -> None:
        """From now on, a context that is stopped is looked at first."""
        if hasattr(context_class.stop, "noted"):
            return
        self._file.write_text("null")
        stop = context_class.stop

        def noted(context: Any) -> None:
            self.note(session())
            stop(context)

        noted.noted = True  # type: ignore[attr-defined]
        context_class.stop = noted


def load(file: Path) -> dict[str, Any] | None:
    """In the runner: what the kernel kept, None where that is not known. The notebook can write the file as well:
    who reads the outcome takes nothing of it on trust."""
    with contextlib.suppress(OSError, ValueError):
        used = json.loads(file.read_text())
        return used if isinstance(used, dict) else None
    return None
