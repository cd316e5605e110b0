"""A notebook as people read it before it runs: Markdown rendered, code coloured. What comes out is safe HTML."""

from __future__ import annotations

import builtins
import keyword
import re
from dataclasses import dataclass
from functools import cache

from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from chalicelib.jobs import notebooks

_TRIPLE = "|".join(rf"{quote}(?:\\.|[^\\])*?{quote}" for quote in ('"' * 3, "'" * 3))
_SINGLE = "|".join(rf"{quote}(?:\\.|[^{quote}\\\n])*{quote}" for quote in ('"', "'"))
_KINDS = {
    "comment": r"\#[^\n]*",
    "string": rf"""(?:\b[rbfuRBFU]{{1,2}}(?=["']))?(?:{_TRIPLE}|{_SINGLE})""",
    "number": r"\b\d[\d_]*(?:\.\d*)?(?:[eE][+-]?\d+)?\b",
    "magic": r"^[ \t]*[%!][^\n]*",
    "name": r"[^\W\d]\w*",
}
_TOKENS = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _KINDS.items()), re.MULTILINE | re.DOTALL)
_COLOURED_UP_TO = 20_000
"""Characters of a cell; longer ones are rarely code, and strings that never end make the search slow."""
_KEYWORDS = frozenset(keyword.kwlist)
_BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_"))


@dataclass(frozen=True)
class Cell:
    """`kind` is code, markdown or raw; `number` is a code cell's number in Jupyter, None for others and empty ones."""

    kind: str
    number: int | None
    html: Markup


def shown(content: bytes) -> list[Cell]:
    """The cells of a notebook that was checked."""
    return [
        Cell(cell["kind"], cell["number"], _html(cell["kind"], cell["source"])) for cell in notebooks.cells(content)
    ]


def _html(kind: str, source: str) -> Markup:
    if kind == "markdown":
        return markdown(source)
    return coloured(source) if kind == "code" else escape(source)


@cache
def _reader() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def markdown(source: str) -> Markup:
    """Markdown as HTML: tags in it stay text, links that are not of the web are left out, headings start below ours."""
    reader = _reader()
    tokens = reader.parse(source)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"
        for part in token.children or ():
            if part.type == "link_open":
                part.attrSet("rel", "noopener noreferrer nofollow")
    return Markup(reader.renderer.render(tokens, reader.options, {}))  # noqa: S704 - html is off


def coloured(source: str) -> Markup:
    """Python as HTML with a class at every comment, string, number, keyword, builtin and line magic."""
    if len(source) > _COLOURED_UP_TO:
        return escape(source)
    parts, end = [], 0
    for found in _TOKENS.finditer(source):
        parts.append(escape(source[end : found.start()]))
        parts.append(_coloured(found.lastgroup or "", found.group()))
        end = found.end()
    return Markup("").join([*parts, escape(source[end:])])


def _coloured(kind: str, text: str) -> Markup:
    if kind == "name":
        kind = "keyword" if text in _KEYWORDS else "builtin" if text in _BUILTINS else ""
    return Markup('<span class="code-{}">{}</span>').format(kind, text) if kind else escape(text)
