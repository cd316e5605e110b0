"""How a run ended, as outcome.json tells it. Pure: from the executed notebook to words.

Cells are numbered as Jupyter numbers them in the executed notebook (ipynb/numbering.py), and named by their ids as well. A
Zeppelin note's paragraphs are its cells; they have no ids.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import ipynb
from nbclient.exceptions import CellExecutionError

ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
# outcome.json is read into a record and a page; the whole text stays in notebook.ipynb.
MAX_MESSAGE = 2_000
MAX_TRACEBACK = 20_000
MAX_CODE = 300

SUCCEEDED, FAILED, TIMED_OUT = "SUCCEEDED", "FAILED", "TIMED_OUT"
TERMINATED = "Terminated"
"""The error of a run that was stopped from outside."""
# What sys.exit() says when it means that all is well.
EXIT_VALUES = ("", "0", "None")
STOPPED_FROM_OUTSIDE = "Stopped from outside before it finished: the run was cancelled or its cluster was ended."


@dataclass(frozen=True)
class Outcome:
    """Members are None or empty where there is nothing to say.

    `cell` is the number and `cell_id` the id of the cell in which the notebook stopped; `line` is the line of that cell, from
    1, and `code` what stands there. `error` is the exception's class, `message` its text or a sentence of ours.
    `cells_not_run` is how many cells were never begun, `oom_kills` how many processes of the machine Linux ended for want of
    memory meanwhile, `repairs` are phrases of what was repaired in the notebook before it ran, and `not_uploaded` are files
    that could not be kept, each with the reason. `spark` is what Spark used of the cluster (spark_use.py), of
    a run that succeeded. What to do about an
    error is said by who diagnoses the run.
    """

    status: str
    cell: int | None = None
    cell_id: str | None = None
    line: int | None = None
    code: str | None = None
    error: str | None = None
    message: str | None = None
    traceback: str | None = None
    cells_not_run: int | None = None
    oom_kills: int | None = None
    repairs: tuple[str, ...] = ()
    not_uploaded: tuple[dict[str, str], ...] = ()
    spark: dict[str, Any] | None = None

    def document(self, started_at: datetime, finished_at: datetime) -> dict[str, Any]:
        """outcome.json: no key without a value; times in UTC, RFC 3339."""
        known = {name: value for name, value in asdict(self).items() if value not in (None, ())}
        return {**known, "started_at": rfc3339(started_at), "finished_at": rfc3339(finished_at)}


def rfc3339(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def stopped_in(notebook: Any, cell: Any, error: CellExecutionError) -> Outcome:
    """The outcome of a notebook that went no further than this cell, and why."""
    where = place(notebook, cell)
    if is_exit(error):
        return Outcome(SUCCEEDED, **where, message=exited(where.get("cell", 1), where.get("cells_not_run", 0)))
    text = _traceback(cell)
    name, message = named(error.ename, plain(error.evalue), text)
    number = where.get("cell")
    line = line_of(text, number, cell.source) if number else None
    return Outcome(
        FAILED,
        **where,
        line=line,
        code=_lines(cell.source)[line - 1].strip()[:MAX_CODE] if line else None,
        error=name,
        message=message[:MAX_MESSAGE],
        traceback=text[-MAX_TRACEBACK:] or None,
    )


def named(error: str, message: str, traceback: str) -> tuple[str, str]:
    """The error's class and message; IPython names none where a value could not be shown, but its traceback ends with them."""
    last = re.fullmatch(r"(?:\w+\.)*(\w+): (.*)", traceback.rstrip().rpartition("\n")[2])
    return (last[1], last[2]) if error == "NoneType" and last else (error, message)


def place(notebook: Any, cell: Any) -> dict[str, Any]:
    """Which cell it is, and how many come after it; nothing of a cell that has no number."""
    cells = list(ipynb.numbered(notebook.cells))
    number = next((number for number, own in cells if own is cell), None)
    return {} if number is None else {"cell": number, "cell_id": cell.get("id"), "cells_not_run": len(cells) - number}


def is_exit(error: Any) -> bool:
    """Whether an error, or an error output, is sys.exit() that says that all is well."""
    return error.ename == "SystemExit" and error.evalue in EXIT_VALUES


def exited(number: int, left: int, part: str = "cell") -> str:
    """What is said of a notebook that ended itself in this cell, with so many cells left; or of a note in a paragraph."""
    not_run = f"; {left} {f'{part} was' if left == 1 else f'{part}s were'} not run" if left else ""
    return f"Stopped at {part} {number} by sys.exit(){not_run}."


def _traceback(cell: Any) -> str:
    """The last error that the cell put out; IPython does not put out every error."""
    errors = [output for output in cell.outputs if output.output_type == "error"]
    return plain("\n".join(errors[-1].traceback)) if errors else ""


def line_of(traceback: str, number: int, source: str) -> int | None:
    """The line of the cell, from 1, at which an error passed through it last; None where the traceback does not say."""
    timed = re.findall(r"File <(?:timed exec|magic-timeit)>:(\d+)", traceback)
    own = re.findall(rf"(?:Cell )?In ?\[{number}\], line (\d+)", traceback)
    if not timed and not own:
        return None
    # A cell magic's code is numbered without the magic's own line; IPython cuts empty lines at the beginning.
    line = int(timed[-1]) + 1 if timed else int(own[-1])
    lines = _lines(source)
    empty = next((at for at, text in enumerate(lines) if text.strip()), 0)
    return line + empty if line + empty <= len(lines) else None


def _lines(source: str) -> list[str]:
    """As Python counts them: str.splitlines also ends a line at characters that may stand in a string."""
    return re.split(r"\r\n|\r|\n", source)


def kernel_died(where: dict[str, Any]) -> Outcome:
    message = "Python stopped without an error message, most often because it ran out of memory. See the log."
    return Outcome(FAILED, **where, error="DeadKernelError", message=message)


def timed_out(where: dict[str, Any], seconds: float) -> Outcome:
    return Outcome(TIMED_OUT, **where, message=f"Stopped because it ran longer than {duration(seconds)}.")


def terminated(where: dict[str, Any]) -> Outcome:
    return Outcome(FAILED, **where, error=TERMINATED, message=STOPPED_FROM_OUTSIDE)


def duration(seconds: float) -> str:
    """4 hours, 90 minutes, 45 seconds: the largest unit that says it without a fraction."""
    for size, unit in ((3600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= size and seconds % size == 0:
            count = int(seconds // size)
            return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
    return f"{seconds:g} seconds"


def plain(text: str) -> str:
    return ANSI.sub("", text)
