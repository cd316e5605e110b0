"""Executing a note without Zeppelin: in the kernel that notebooks run in."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import outcome
from checkpoint import State, state_of
from engine import KernelStart
from execution import Execution
from outcome import SUCCEEDED, Outcome

from zeppelin import conversion
from zeppelin.note import PYTHON, Note

log = logging.getLogger("atmo")


class NoteExecution:
    """One note; `result` is where the executed note is kept, in Zeppelin's own format."""

    part = "paragraph"

    def __init__(
        self,
        note: Note,
        parameters: dict[str, Any],
        folder: Path,
        start: KernelStart,
        when_told_to_stop: Callable[[], None],
    ) -> None:
        self.note, self.result = note, folder / "notebook.json"
        forms = folder / "forms.json"
        forms.write_text(json.dumps([paragraph.forms for paragraph in note.paragraphs]))
        start = replace(start, arguments=[*start.arguments, "--forms", str(forms)])
        executed = folder / "executed.ipynb"
        notebook = conversion.notebook(note)
        self.execution = Execution(notebook, parameters, executed, start, when_told_to_stop, self.part)
        self._written: State | None = None
        self._ended: Outcome | None = None

    def run(self, seconds: float, limit: float) -> Outcome:
        """Execute for at most `seconds`, what is left of the `limit` the user knows."""
        self._ended = in_paragraphs(self.execution.run(seconds, limit), self.note)
        return self._ended

    def to_keep(self) -> Path:
        """Write the executed note as far as it has come, if it has come any further."""
        state = state_of(self.execution.executed)
        if state != self._written:
            try:
                self._write(self.execution.so_far())
                self._written = state
            except Exception:  # what a note cannot hold must not end the saving of all else
                log.exception("the note could not be written")
        return self.result

    def write_executed(self) -> Any:
        """Write the executed note; returns the notebook for its page, None when nothing has been executed."""
        executed = self.execution.so_far()
        self._write(executed)
        return None if executed is None else conversion.page_of_executed(self.note, executed)

    def _write(self, executed: Any) -> None:
        if executed is not None:
            document = conversion.executed_note(self.note, executed, self._ended)
            self.result.write_text(json.dumps(document, indent=2), "utf-8")


def in_paragraphs(ended: Outcome, note: Note) -> Outcome:
    """How the note ended, from how the notebook did: cells' ids and lines are those of a notebook that nobody sees, and the
    cells of paragraphs that do not run do not count."""
    paragraph = next((each for each in note.paragraphs if each.number == ended.cell), None)
    if paragraph is None:
        return replace(ended, cell_id=None, line=None)
    left = note.left_after(paragraph)
    return replace(
        ended,
        cell_id=None,
        line=None,
        code=ended.code if paragraph.kind == PYTHON else None,
        cells_not_run=left,
        message=outcome.exited(paragraph.number, left, "paragraph") if ended.status == SUCCEEDED else ended.message,
    )
