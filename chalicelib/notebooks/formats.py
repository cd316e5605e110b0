"""What counts as a notebook: a Jupyter notebook of format 4 or a Zeppelin note. Pure."""

from __future__ import annotations

import json
import re
from typing import Any

from chalicelib.notebooks import zeppelin

MEGABYTE = 1_000_000
LARGEST = 50 * MEGABYTE
"""Bytes of a notebook, whichever way it comes."""
LARGEST_DIRECT = 4 * MEGABYTE
"""Bytes that fit through API Gateway and Lambda together with the rest of the form; larger ones are uploaded to S3."""
MOST_MEMORY = 300 * MEGABYTE
"""Bytes that the lists, objects and numbers of a notebook may take in memory, besides its text."""

_STRING_AND_MORE = re.compile(rb'"(?:[^"\\]++|\\.)*+"([^"]*+)', re.DOTALL)
_KINDS = ("code", "markdown", "raw")


def refuse_name(name: str) -> str:
    """Why a notebook cannot be called so, or ""."""
    if not name.isprintable() or "/" in name or "\\" in name or not 1 <= len(name) <= 200:
        return "The notebook needs a file name of at most 200 characters, without slashes or line breaks."
    if not name.endswith((".ipynb", *zeppelin.SUFFIXES)):
        return f"{name} is no notebook: a Jupyter notebook's name ends in .ipynb, a Zeppelin note's in .json or .zpln."
    return ""


def refuse_size(name: str, size: int, largest: int) -> str:
    """Why a notebook of so many bytes is not accepted, or ""."""
    if size < 1:
        return f"{name} is empty."
    if size > largest:
        megabytes = f"{name} has {size / MEGABYTE:.1f} MB; up to {largest / MEGABYTE:.0f} MB are accepted"
        if size <= LARGEST:
            return f"{megabytes} this way. Clear its outputs and try again, or upload it first."
        return f"{megabytes}. Clear its outputs and try again."
    return ""


def refuse(name: str, content: bytes, largest: int = LARGEST) -> str:
    """Why this is not accepted as a notebook, and what to do, or ""."""
    if refusal := refuse_name(name) or refuse_size(name, len(content), largest):
        return refusal
    if memory(content) > MOST_MEMORY:
        return f"{name} has too many values to be read here. Clear its outputs and try again."
    found = _decoded(content)
    if name.endswith(zeppelin.SUFFIXES):
        return _refuse_note(name, found)
    return _refuse_notebook(name, found)


def memory(content: bytes) -> int:
    """About how many bytes the values of a JSON text take when it is decoded, without the text in them; never too few.

    Fifty megabytes of brackets would take more than a gigabyte.
    """
    strings = 60 * max(0, content.count(b'"') - content.count(b'\\"')) // 2
    at_most = strings + _weight(content)
    if at_most <= MOST_MEMORY or strings > MOST_MEMORY:
        return at_most
    return strings + _weight(_bare(content))


def _weight(text: bytes | bytearray) -> int:
    return 250 * text.count(b"{") + 90 * text.count(b"[") + 32 * text.count(b",")


def _bare(content: bytes) -> bytearray:
    """The text without its strings, in which brackets and commas mean nothing."""
    bare = bytearray(content[: content.find(b'"')])
    for found in _STRING_AND_MORE.finditer(content):
        bare += found[1]
    return bare


def _decoded(content: bytes) -> Any:
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None


def _refuse_note(name: str, found: Any) -> str:
    if not _refuse_notebook(name, found):
        return f"{name} is a Jupyter notebook: give it a name that ends in .ipynb and try again."
    if not zeppelin.is_decoded_note(found):
        return f"{name} is not a Zeppelin note: it is not JSON with paragraphs. Export the note from Zeppelin again."
    return ""


def _refuse_notebook(name: str, found: Any) -> str:
    version = found.get("nbformat") if isinstance(found, dict) else None
    if isinstance(version, int) and version < 4:
        return f"{name} is of notebook format {version}. Open it in today's Jupyter, save it, and try again."
    cells = found.get("cells") if isinstance(found, dict) and version == 4 else None
    if not isinstance(cells, list):
        return f"{name} is not a Jupyter notebook: it is not JSON with cells in notebook format 4. Save it from Jupyter again."
    for number, cell in enumerate(cells, start=1):
        if not _is_cell(cell):
            return (
                f"{name} is not a Jupyter notebook of format 4: its cell {number} is not as the format has it. "
                "Save it from Jupyter again."
            )
    return ""


def _is_cell(cell: Any) -> bool:
    """What nbformat 4 demands of a cell, as far as our preview and the runner depend on it."""
    if not isinstance(cell, dict) or cell.get("cell_type") not in _KINDS:
        return False
    source = cell.get("source")
    lines = source if isinstance(source, list) else [source]
    runs = cell["cell_type"] != "code" or (isinstance(cell.get("outputs"), list) and "execution_count" in cell)
    return all(isinstance(line, str) for line in lines) and isinstance(cell.get("metadata"), dict) and runs
