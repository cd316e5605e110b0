"""How a run ended, as outcome.json tells it. Pure: from the executed notebook to words.

Cells are numbered as Jupyter numbers them in the executed notebook (ipynb/numbering.py). A Zeppelin note's paragraphs are
its cells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import ipynb

ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
# outcome.json is read into a record and a page; the whole text stays in notebook.ipynb.
LONGEST_MESSAGE = 2_000
LONGEST_TRACEBACK = 20_000

SUCCEEDED, FAILED, TIMED_OUT = "SUCCEEDED", "FAILED", "TIMED_OUT"


@dataclass(frozen=True)
class Outcome:
    """Members are None where there is nothing to say. `oom_kills` is how many processes of the machine Linux ended for want
    of memory while the notebook ran; `repairs` are phrases of what was repaired in the notebook before."""

    status: str
    cell: int | None = None
    error: str | None = None
    message: str | None = None
    traceback: str | None = None
    oom_kills: int | None = None
    repairs: tuple[str, ...] = ()

    def document(self, started_at: datetime, finished_at: datetime) -> dict[str, Any]:
        """outcome.json: no key without a value; times in UTC, RFC 3339."""
        known = {name: value for name, value in asdict(self).items() if value not in (None, ())}
        return {**known, "started_at": rfc3339(started_at), "finished_at": rfc3339(finished_at)}


def rfc3339(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def numbered(notebook: Any) -> Iterator[tuple[int, Any]]:
    return ipynb.numbered(notebook.cells)


def raised(notebook: Any) -> Outcome:
    """The outcome of a notebook in which a cell raised."""
    for number, cell in numbered(notebook):
        if cell.metadata.get("papermill", {}).get("exception"):
            return failed_in(number, cell)
    return Outcome(FAILED, message="The notebook failed, but no cell says why; see the log.")


def failed_in(number: int, cell: Any) -> Outcome:
    errors = [output for output in cell.outputs if output.output_type == "error"]
    if not errors:
        return Outcome(FAILED, number, message="The cell failed without an error message; see the log.")
    error = errors[-1]
    return Outcome(
        FAILED,
        number,
        error=error.ename,
        message=plain(error.evalue)[:LONGEST_MESSAGE],
        traceback=plain("\n".join(error.traceback))[-LONGEST_TRACEBACK:],
    )


def kernel_died(notebook: Any) -> Outcome:
    message = "Python stopped without an error of its own; most often it ran out of memory. See the log."
    return Outcome(FAILED, last_started(notebook), error="DeadKernelError", message=message)


def timed_out(notebook: Any, seconds: float) -> Outcome:
    return Outcome(
        TIMED_OUT, last_started(notebook), message=f"Stopped because it ran longer than {duration(seconds)}."
    )


def terminated(notebook: Any) -> Outcome:
    message = "Stopped from outside before it finished: the run was cancelled or its cluster was ended."
    return Outcome(FAILED, last_started(notebook), error="Terminated", message=message)


def last_started(notebook: Any) -> int | None:
    """The number of the cell that was running when everything was stopped."""
    if notebook is None:
        return None
    started = [n for n, cell in numbered(notebook) if cell.metadata.get("papermill", {}).get("start_time")]
    return started[-1] if started else None


def duration(seconds: float) -> str:
    """4 hours, 90 minutes, 45 seconds: the largest unit that says it without a fraction."""
    for size, unit in ((3600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= size and seconds % size == 0:
            count = int(seconds // size)
            return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
    return f"{seconds:g} seconds"


def plain(text: str) -> str:
    return ANSI.sub("", text)
