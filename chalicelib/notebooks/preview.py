"""A notebook as people read it before it runs: Markdown rendered, code coloured. What comes out is safe HTML."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from markupsafe import Markup, escape

from chalicelib.notebooks import formats, ipynb, markdown, zeppelin
from chalicelib.notebooks.highlighting import coloured, marked

LARGEST_SHOWN = 2_000_000
"""Characters of HTML: what Lambda takes, with room for the rest of the page."""
MAX_EFFORT = 600_000
"""What making a page may cost: a character of code costs one, of Markdown four. A cell that has too many to be coloured or
rendered costs nothing."""


@dataclass(frozen=True)
class Cell:
    """`kind` is code, markdown or raw; `number` is a code cell's number in Jupyter, None for others and empty ones.

    Paragraphs of a Zeppelin note all have numbers. `label` is how people see the number; `id` is the cell's in the notebook, as
    the runner names it, and empty for paragraphs; `head` is a paragraph's title, or what names its interpreter. `html` is made
    when it is first asked for.
    """

    kind: str
    number: int | None
    source: str
    language: str = "python"
    head: str = ""
    label: str = ""
    id: str = ""
    attachments: dict[str, dict[str, str]] | None = None

    @cached_property
    def html(self) -> Markup:
        if self.kind == "markdown" and self.head:
            return Markup("<p><strong>{}</strong></p>").format(self.head)
        if self.kind == "markdown":
            return markdown.rendered(self.source, self.attachments, below=2)
        if self.kind == "raw":
            return escape(self.source)
        head = marked("magic", self.head) if self.head else Markup("")
        return head + coloured(self.source, self.language)

    @property
    def effort(self) -> int:
        length = len(self.source) if len(self.source) <= markdown.MAX_LENGTH else 0
        return length * 4 if self.kind == "markdown" else length


def shown(content: bytes) -> list[Cell]:
    """The cells of a notebook, or the paragraphs of a note, that was checked."""
    if zeppelin.is_note(content):
        return [cell for paragraph in zeppelin.paragraphs(content) for cell in _paragraph(paragraph)]
    cells = formats.cells(content)
    numbers = {cell["id"]: number for number, cell in ipynb.numbered(cells)}
    return [_cell(cell, numbers.get(cell["id"])) for cell in cells]


def _cell(cell: dict[str, Any], number: int | None) -> Cell:
    return Cell(
        cell["cell_type"],
        number,
        cell["source"],
        label=f"In [{number}]" if number else "",
        id=cell["id"],
        attachments=cell.get("attachments"),
    )


def first(cells: list[Cell], largest: int = LARGEST_SHOWN) -> list[Cell]:
    """As many of the cells as fit on a page and can be shown in a few seconds, whatever is in them."""
    shown, room, effort = [], largest, MAX_EFFORT
    for cell in cells:
        effort -= cell.effort
        # Before its HTML is made, which has at least the characters of its source.
        if effort < 0 or room < len(cell.source):
            break
        room -= len(cell.html) + 200
        if room < 0:
            break
        shown.append(cell)
    return shown


def _paragraph(paragraph: zeppelin.Paragraph) -> list[Cell]:
    title = [Cell("markdown", None, "", head=paragraph.title)]
    return [*(title if paragraph.title else []), _body(paragraph)]


def _body(paragraph: zeppelin.Paragraph) -> Cell:
    if paragraph.language == "markdown":
        return Cell("markdown", paragraph.number, paragraph.source)
    label = str(paragraph.number)
    return Cell("code", paragraph.number, paragraph.source, paragraph.language, paragraph.head, label)
