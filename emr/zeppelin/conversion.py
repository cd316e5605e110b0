"""A Zeppelin note as a notebook that the kernel can execute, and what was executed as a note and as a page again.

Every paragraph becomes a code cell, so that a paragraph's number is also the number Jupyter gives its cell and names in
tracebacks. Paragraphs that do not run become cells that do nothing.
"""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from html import escape
from typing import Any

import nbformat
import outcome
from outcome import FAILED, SUCCEEDED, TERMINATED, Outcome

from zeppelin import display
from zeppelin import note as zeppelin_note
from zeppelin.note import MARKDOWN, PYTHON, SHELL, SQL, Note, Paragraph

build: Any = nbformat.v4

# Pygments' names, by which nbconvert colours a cell.
LEXERS = {SQL: "sql", SHELL: "bash", None: "scala"}
# What a run leaves on a paragraph; `result` is how Zeppelin before 0.8 called it.
LEFT = ("results", "result", "errorMessage", "runtimeInfos", "dateStarted", "dateFinished")


def notebook(note: Note) -> Any:
    """The note to be executed."""
    return build.new_notebook(cells=[_cell(paragraph) for paragraph in note.paragraphs])


def _cell(paragraph: Paragraph) -> Any:
    source = "pass"
    if paragraph.runs:
        source = paragraph.source if paragraph.kind == PYTHON else f"%%{paragraph.kind}\n{paragraph.source}"
        if paragraph.kind == SQL:
            source = zeppelin_note.filled(source, paragraph.forms)
    return build.new_code_cell(source, metadata={"paragraph": paragraph.number})


def cleared(note: Note) -> dict[str, Any]:
    """The note as if it had never run."""
    document = deepcopy(note.document)
    for entry in document["paragraphs"]:
        for name in LEFT:
            entry.pop(name, None)
        entry |= {"status": "READY", "progress": 0}
    return document


def executed_note(note: Note, executed: Any, ended: Outcome | None = None) -> dict[str, Any]:
    """The note with the results of an executed notebook, as Zeppelin saves it. What did not run has none. `ended` is how the
    notebook did, once it has."""
    document = cleared(note)
    cells = {cell.metadata.get("paragraph"): cell for cell in executed.cells}
    for paragraph, entry in zip(note.paragraphs, document["paragraphs"], strict=True):
        if paragraph.runs and (cell := cells.get(paragraph.number)):
            entry |= _left_by(cell, ended if ended and ended.cell == paragraph.number else None)
    return document


def _left_by(cell: Any, ended: Outcome | None) -> dict[str, Any]:
    times = cell.metadata.get("papermill", {})
    if not times.get("start_time"):
        return {}
    errors = [output for output in cell.outputs if output.output_type == "error"]
    failed = not all(map(outcome.is_exit, errors))
    failed |= ended is not None and ended.status == FAILED and ended.error != TERMINATED
    exited = bool(errors) or (ended is not None and ended.status == SUCCEEDED)
    status = "ERROR" if failed else "FINISHED" if exited or times.get("status") == "completed" else "ABORT"
    left = {
        "status": status,
        "results": {"code": "SUCCESS" if status == "FINISHED" else "ERROR", "msg": _messages(cell.outputs)},
        "dateStarted": zeppelin_time(times["start_time"]),
    }
    if times.get("end_time"):
        left["dateFinished"] = zeppelin_time(times["end_time"])
    return left


def _messages(outputs: Any) -> list[dict[str, str]]:
    messages: list[display.Message] = []
    for output in joined(outputs):
        text = output.get("data", {}).get("text/markdown")
        if text is not None:
            messages.append(("HTML", f'<div class="markdown-body">\n{_html(text)}\n</div>'))
        else:
            messages += display.messages(output)
    return [{"type": kind, "data": data} for kind, data in messages]


def _html(text: str) -> str:
    from zeppelin import markdown

    return markdown.html(text)


def zeppelin_time(moment: str) -> str:
    """A time of papermill's as Zeppelin writes times: in UTC, without saying so."""
    return datetime.fromisoformat(moment).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def page_of_executed(note: Note, executed: Any) -> Any:
    """The executed notebook with the paragraphs as they were written, for people to read."""
    shown = deepcopy(executed)
    paragraphs = {paragraph.number: paragraph for paragraph in note.paragraphs}
    shown.cells = []
    for cell in executed.cells:
        own = "paragraph" in cell.metadata
        shown.cells += _shown(paragraphs[cell.metadata["paragraph"]], cell.outputs) if own else [cell]
    return shown


def page_of_note(note: Note, document: dict[str, Any]) -> Any:
    """A note that Zeppelin itself has executed, for people to read."""
    cells: list[Any] = []
    for paragraph, entry in zip(note.paragraphs, document["paragraphs"], strict=True):
        messages = [(str(m["type"]), str(m["data"])) for m in (entry.get("results") or {}).get("msg", [])]
        cells += _shown(paragraph, [nbformat.from_dict(o) for o in display.outputs(messages)])  # type: ignore[no-untyped-call]
    return build.new_notebook(cells=cells)


def _shown(paragraph: Paragraph, outputs: Any) -> list[Any]:
    """The cells of one paragraph; none for an empty one."""
    title = [build.new_markdown_cell(f"**{escape(paragraph.title)}**")] if paragraph.title else []
    if not paragraph.text.strip():
        return title
    if paragraph.runs and paragraph.kind == MARKDOWN:
        return [*title, build.new_markdown_cell(paragraph.source)]
    return [*title, _shown_code(paragraph, outputs)]


def _shown_code(paragraph: Paragraph, outputs: Any) -> Any:
    lexer = LEXERS.get(paragraph.kind)
    return build.new_code_cell(
        paragraph.text.strip(),
        execution_count=paragraph.number if paragraph.runs else None,
        outputs=[shown for output in joined(outputs) for shown in _as_displayed(output)],
        metadata={"magics_language": lexer} if lexer else {},
    )


def joined(outputs: Any) -> list[Any]:
    """The outputs with each stream in one piece: Jupyter sends what is printed as it comes."""
    whole: list[Any] = []
    for output in deepcopy(outputs):
        last = whole[-1] if whole else None
        if last and last.output_type == output.output_type == "stream" and last.name == output.name:
            last.text += output.text
        else:
            whole.append(output)
    return whole


def _as_displayed(output: Any) -> list[Any]:
    if output.output_type != "stream" or not display.DISPLAYED.search(output.text):
        return [output]
    return [nbformat.from_dict(shown) for shown in display.outputs(display.printed(output.text))]  # type: ignore[no-untyped-call]
