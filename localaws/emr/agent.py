"""What the agent of emr/watch_activity.py finds on an embedded master: its files, and what its servers answer.

No Jupyter or YARN runs there. The console answers in their place what `answers` holds (localaws/console/console.py): by default
that no kernel and no application exists.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any

_TICKS = 100
_CORES = 4


class Agent:
    """The world of one node's agent, under `folder`. `answers` has what its servers say, by the path; `busy_cores` is how many
    processors compute."""

    def __init__(self, folder: Path, instance: str) -> None:
        self._folder = folder
        self._instance = instance
        self._busy = 0.0
        self._at = 0.0
        self.busy_cores = 0.0
        self.answers: dict[str, Any] = {"jupyter/api/kernels": [], "yarn/ws/v1/cluster/apps": {"apps": None}}

    def prepare(self, at: float) -> None:
        """Write the files that the agent reads as they are at this moment, in seconds since 1970."""
        self._busy += self.busy_cores * _TICKS * (at - self._at if self._at else 0)
        self._at = at
        idle = int(at * _TICKS * _CORES - self._busy)
        cores = "".join(f"cpu{number} 0\n" for number in range(_CORES))
        self._write("proc/stat", f"cpu  {int(self._busy)} 0 0 {idle} 0 0 0 0\n{cores}btime 1\n")
        self._write("var/lib/cloud/data/instance-id", self._instance)
        (self._folder / "dev/pts").mkdir(parents=True, exist_ok=True)

    @property
    def is_executing(self) -> bool:
        """Whether one of Jupyter's kernels executes."""
        return any(kernel.get("execution_state") == "busy" for kernel in self.answers["jupyter/api/kernels"])

    def execute(self, at: datetime) -> None:
        """Let a kernel begin to execute, or the one that does be done."""
        state = "idle" if self.is_executing else "busy"
        kernel = {"id": "k-1", "execution_state": state, "last_activity": at.isoformat()}
        self.answers["jupyter/api/kernels"] = [kernel]

    def type(self, at: float) -> None:
        """Somebody types something into a terminal."""
        self._write("dev/pts/0", "")
        os.utime(self._folder / "dev/pts/0", (at, at))

    def _write(self, name: str, text: str) -> None:
        file = self._folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
