"""Executing a note without Zeppelin: in the kernel that notebooks run in."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine import KernelStart
from execution import Execution
from outcome import Outcome

from zeppelin import conversion
from zeppelin.note import Note


class NoteExecution:
    """One note; `result` is where the executed note is kept, in Zeppelin's own format."""

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
        self.execution = Execution(conversion.notebook(note), parameters, executed, start, when_told_to_stop)

    def run(self, seconds: float, limit: float) -> Outcome:
        """Cells' ids and lines are those of a notebook that nobody sees."""
        return replace(self.execution.run(seconds, limit), cell_id=None, line=None)

    def write_executed(self) -> Any:
        """Write the executed note; returns the notebook for its page, None when nothing has been executed."""
        executed = self.execution.so_far()
        if executed is None:
            return None
        document = conversion.executed_note(self.note, executed)
        self.result.write_text(json.dumps(document, indent=2), "utf-8")
        return conversion.page_of_executed(self.note, executed)
