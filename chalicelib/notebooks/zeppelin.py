"""Zeppelin notes as they are uploaded: what counts as one, and its paragraphs. Pure.

Zeppelin 0.8 to 0.11 write them, to files named .json and, since 0.9, .zpln. What of them runs where is decided on the
cluster (emr/zeppelin/note.py), which alone knows whether there is a Zeppelin.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

SUFFIXES = (".json", ".zpln")

# `%name`, and perhaps properties of this one paragraph: %spark(pool=pool_1).
_HEAD = re.compile(r'\s*%(\w+(?:\.\w+)*)(?:\((?:[^()"\\]|\\.|"[^"]*")*\))?')
_LANGUAGES = {
    **dict.fromkeys(("pyspark", "ipyspark", "python", "ipython"), "python"),
    "sql": "sql", "md": "markdown", "markdown": "markdown", "sh": "shell",
}  # fmt: skip


@dataclass(frozen=True)
class Paragraph:
    """`number` counts all paragraphs from 1; `head` is what names the interpreter, such as %sql, as it was written.

    `title` is empty where the note does not show it.
    """

    number: int
    title: str
    head: str
    source: str
    language: str


def is_note(content: bytes) -> bool:
    """Whether this is a note: an object whose paragraphs are objects with text, which an empty one may lack. What has cells
    is a Jupyter notebook, whatever else it has."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return False
    return is_decoded_note(document)


def is_decoded_note(document: Any) -> bool:
    """The same of JSON that was decoded already."""
    return (
        isinstance(document, dict)
        and isinstance(document.get("paragraphs"), list)
        and not isinstance(document.get("cells"), list)
        and all(isinstance(entry, dict) and isinstance(_text(entry), str) for entry in document["paragraphs"])
    )


def texts(content: bytes) -> list[str]:
    """The text of every paragraph of a note that was checked."""
    return [str(_text(entry)) for entry in json.loads(content)["paragraphs"]]


def paragraphs(content: bytes) -> list[Paragraph]:
    """The paragraphs of a note that was checked, without those that have no text."""
    note = json.loads(content)
    default = str(note.get("defaultInterpreterGroup") or "spark")
    return [
        _paragraph(number, entry, default)
        for number, entry in enumerate(note["paragraphs"], start=1)
        if _text(entry).strip()
    ]


def _paragraph(number: int, entry: dict[str, Any], default: str) -> Paragraph:
    text, config = _text(entry), entry.get("config")
    title = entry.get("title") if isinstance(config, dict) and config.get("title") else None
    directive = _HEAD.match(text)
    head = directive.group() if directive else ""
    interpreter = directive.group(1) if directive else default
    source = text[len(head) :] if head.strip() else text
    return Paragraph(
        number, str(title or ""), head.strip(), source, _LANGUAGES.get(interpreter.rpartition(".")[2], "scala")
    )


def _text(entry: dict[str, Any]) -> Any:
    return entry.get("text") or ""
