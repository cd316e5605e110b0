"""Zeppelin's display system and Jupyter's, each in terms of the other: messages (type, data) and outputs."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from typing import Any

Message = tuple[str, str]

TABLE_MIME = "application/vnd.zeppelin.table"
ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
# What a program prints decides how it is shown when a line begins so.
DISPLAYED = re.compile(r"^%(text|html|table|img|svg)[ \t\n]", re.MULTILINE)


def tsv(columns: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    """A table as Zeppelin writes it: no cell may hold a tab or the end of a line."""
    lines = ["\t".join(_cell(value) for value in row) for row in [columns, *rows]]
    return "\n".join(lines) + "\n"


def _cell(value: object) -> str:
    return "null" if value is None else " ".join(re.split(r"[\t\r\n]", str(value)))


def bundle(kind: str, data: str) -> dict[str, str]:
    """The Jupyter data of one message."""
    if kind == "TABLE":
        return {"text/html": _html_table(data), "text/plain": data, TABLE_MIME: data}
    if kind in ("HTML", "ANGULAR"):
        return {"text/html": data}
    if kind == "IMG":
        return {"image/png": data.strip().removeprefix("data:image/png;base64,")}
    return {"image/svg+xml": data} if kind == "SVG" else {"text/plain": data}


def _html_table(data: str) -> str:
    head, *rows = data.rstrip("\n").split("\n")
    body = "".join(f"<tr>{_cells('td', row)}</tr>\n" for row in rows)
    return f'<table class="dataframe">\n<thead><tr>{_cells("th", head)}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>'


def _cells(tag: str, row: str) -> str:
    return "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in row.split("\t"))


def outputs(messages: Iterable[Message]) -> list[dict[str, Any]]:
    """Messages as the outputs of a Jupyter cell."""
    return [
        {"output_type": "stream", "name": "stdout", "text": data}
        if kind == "TEXT"
        else {"output_type": "display_data", "metadata": {}, "data": bundle(kind, data)}
        for kind, data in messages
    ]


def printed(text: str) -> list[Message]:
    """What a paragraph printed, split where it names another way of being shown."""
    starts = list(DISPLAYED.finditer(text))
    begins = [match.start() for match in starts] + [len(text)]
    named = [(match.group(1).upper(), text[match.end() : end]) for match, end in zip(starts, begins[1:], strict=True)]
    return [message for message in [("TEXT", text[: begins[0]]), *named] if message[1]]


def messages(output: dict[str, Any]) -> list[Message]:
    """One output of a Jupyter cell as messages."""
    if output["output_type"] == "stream":
        return printed(ANSI.sub("", output["text"]))
    if output["output_type"] == "error":
        return [("TEXT", ANSI.sub("", "\n".join(output["traceback"])) + "\n")]
    data = output.get("data", {})
    for mime, kind in ((TABLE_MIME, "TABLE"), ("text/html", "HTML"), ("image/png", "IMG"), ("image/svg+xml", "SVG")):
        if mime in data:
            return [(kind, data[mime])]
    return [("TEXT", data["text/plain"] + "\n")] if "text/plain" in data else []
