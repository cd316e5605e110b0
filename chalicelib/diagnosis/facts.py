"""What is known of a run that did not succeed, and the cause among the many lines that Java and Python write of an error."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.diagnosis.traceback import causes, last_raised, without_source

CAUSED_BY = re.compile(r"^\s*(?:Caused by: |: )(?P<error>[\w.$]+(?:Exception|Error|Failure)\b.*)")
PYTHON_CAUSE = re.compile(r"^(?P<error>[A-Za-z_][\w.]*(?:Error|Exception|Warning|Interrupt|Exit)\b(?:: .*)?)$")
CELL_TIME = re.compile(r"\batmo INFO cell \d+: ")
COMPLAINT = re.compile(r"\b(?:ERROR|FATAL)\b|Killed|Exception|Error:")
MAX_SEARCHED = 2000
"""Characters of a line that are searched."""
Lines = tuple[tuple[str, str], ...]
"""Lines that show something, each with where it is from."""
WRAPPERS = ("Py4JJavaError", "PythonException", "SparkException", "IllegalArgumentException", "Exception")
"""Errors that say only that another one happened on the other side, in Java or on the workers."""


@dataclass(frozen=True)
class Facts:
    """`status` (a `RunStatus` of chalicelib/runs/models.py) and `reason` are the run's; `reported` is the runner's outcome.json,
    None when it left none.

    `code` and `message` are EMR's for the cluster's state; `step_message` is EMR's for the step; `log` is the end of run.log.
    `error_code` is the first of EMR's ErrorDetails, a stable code such as INTERNAL_ERROR_SPOT_NO_CAPACITY_PRIMARY.
    `part` is what the notebook is divided into: "Cell", or "Paragraph" for a Zeppelin note.
    """

    status: str
    reason: str = ""
    reported: Mapping[str, Any] | None = None
    code: str = ""
    message: str = ""
    error_code: str = ""
    step_message: str = ""
    log: str = ""
    part: str = "Cell"
    timeout: str = ""
    launched: bool = True
    begun: bool = True
    cancelled_by: str = ""

    @property
    def error(self) -> str:
        return self._text("error")

    @property
    def traceback(self) -> str:
        return self._text("traceback")

    @property
    def stopped(self) -> bool:
        """Whether the runner was stopped from outside; its word for that is in emr/outcome.py."""
        return self.error == "Terminated"

    @property
    def where(self) -> str:
        cell = (self.reported or {}).get("cell")
        return f"{self.part} {cell:g}" if isinstance(cell, (int, float)) else "The notebook"

    @property
    def raised(self) -> str:
        """The error as one text, such as "ValueError: no reading"; "" when none was reported."""
        return ": ".join(part for part in (self.error, self._text("message")) if part)

    @property
    def failing_line(self) -> str:
        """The line of the cell at which it stopped, such as `at line 3: frame["b"]`; "" when the runner names none."""
        line, code = (self.reported or {}).get("line"), self.code_of_line
        if not code:
            return ""
        return f"at line {line}: {code}" if isinstance(line, int) else f"at: {code}"

    @property
    def code_of_line(self) -> str:
        """The source of the line at which it stopped."""
        return self._text("code").strip()

    @property
    def failing_import(self) -> str:
        """The line that imports what is not there: of a.b.c the error names only a, where there is no a."""
        return self.code_of_line if self.error in ("ModuleNotFoundError", "ImportError") else ""

    @property
    def errors(self) -> list[str]:
        """What was raised and what it was raised from, each as one text without the source that tracebacks quote."""
        texts = (without_source(self.raised), last_raised(self.traceback), *causes(self.traceback))
        return [text for text in texts if text.strip()]

    @property
    def by_emr(self) -> Lines:
        said = ": ".join(part for part in (self.error_code or self.code, self.message) if part)
        return (("emr", said),) if said else ()

    @property
    def by_step(self) -> Lines:
        said = self.step_message.strip().splitlines()
        return (("step", said[-1]),) if said else ()

    @property
    def by_notebook(self) -> Lines:
        """The error, and the line of the cell at which it stopped."""
        said = [*self.raised.splitlines()[:1], self.failing_line]
        return tuple(("notebook", line) for line in said if line.strip())

    @property
    def cell_times(self) -> Lines:
        """The runner's lines about how long the last cells took."""
        return tuple(("log", line) for line in self.log.splitlines() if CELL_TIME.search(line[:MAX_SEARCHED]))[-3:]

    @property
    def complaints(self) -> Lines:
        """The log's last lines in which Spark or a program complains."""
        return tuple(("log", line) for line in self.log.splitlines() if COMPLAINT.search(line[:MAX_SEARCHED]))[-2:]

    def _text(self, name: str) -> str:
        value = (self.reported or {}).get(name)
        return value if isinstance(value, str) else ""


def cause(facts: Facts) -> str:
    """What the error comes down to: the last cause that Java or the Python on a worker names, else the error's first line."""
    text = "\n".join(facts.errors)
    if facts.error in WRAPPERS:
        inner = _last(PYTHON_CAUSE, text, but=WRAPPERS) if _from_worker(text) else ""
        inner = inner or _last(CAUSED_BY, text)
        if inner:
            return inner
    return next((line.strip() for line in facts.raised.splitlines() if line.strip()), "")


def _from_worker(text: str) -> bool:
    """Whether a Python function failed on a worker; Spark then quotes that worker's traceback."""
    return "Traceback (most recent call last)" in text


def _last(pattern: re.Pattern[str], text: str, but: tuple[str, ...] = ()) -> str:
    errors = [match["error"].strip() for line in text.splitlines() if (match := pattern.match(line[:MAX_SEARCHED]))]
    inner = [error for error in errors if error.split(":")[0].rpartition(".")[2] not in but]
    return inner[-1] if inner else ""
