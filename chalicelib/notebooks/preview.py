"""A notebook as people read it before it runs: Markdown rendered, code coloured. What comes out is safe HTML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from chalicelib.core.markdown import rendered
from chalicelib.notebooks import formats, ipynb, zeppelin
from chalicelib.notebooks.highlighting import coloured, marked

LARGEST_SHOWN = 2_000_000
"""Characters of HTML: what Lambda takes, with room for the rest of the page."""


@dataclass(frozen=True)
class Cell:
    """`kind` is code, markdown or raw; `number` is a code cell's number in Jupyter, None for others and empty ones.

    Paragraphs of a Zeppelin note all have numbers. `label` is how people see the number; `id` is
    the cell's in the notebook, as the runner names it, and empty for paragraphs.
    """

    kind: str
    number: int | None
    html: Markup
    label: str = ""
    id: str = ""


def shown(content: bytes) -> list[Cell]:
    """The cells of a notebook, or the paragraphs of a note, that was checked."""
    if zeppelin.is_note(content):
        return [cell for paragraph in zeppelin.paragraphs(content) for cell in _paragraph(paragraph)]
    cells = formats.cells(content)
    numbers = {cell["id"]: number for number, cell in ipynb.numbered(cells)}
    return [_cell(cell, numbers.get(cell["id"])) for cell in cells]


def _cell(cell: dict[str, Any], number: int | None) -> Cell:
    kind = cell["cell_type"]
    return Cell(kind, number, _html(kind, cell["source"]), f"In [{number}]" if number else "", cell["id"])


def first(cells: list[Cell], largest: int = LARGEST_SHOWN) -> list[Cell]:
    """As many of the cells as fit on a page."""
    kept, room = [], largest
    for cell in cells:
        room -= len(cell.html) + 200
        if room < 0:
            break
        kept.append(cell)
    return kept


def _paragraph(paragraph: zeppelin.Paragraph) -> list[Cell]:
    title = [Cell("markdown", None, Markup("<p><strong>{}</strong></p>").format(paragraph.title))]
    return [*(title if paragraph.title else []), _body(paragraph)]


def _body(paragraph: zeppelin.Paragraph) -> Cell:
    if paragraph.language == "markdown":
        return Cell("markdown", paragraph.number, _html("markdown", paragraph.source))
    head = marked("magic", paragraph.head) if paragraph.head else Markup("")
    code = coloured(paragraph.source, paragraph.language)
    return Cell("code", paragraph.number, head + code, str(paragraph.number))


def _html(kind: str, source: str) -> Markup:
    if kind == "markdown":
        return rendered(source, below=2)
    return coloured(source) if kind == "code" else escape(source)
