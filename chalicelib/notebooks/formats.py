"""What is accepted as a notebook: a Jupyter notebook that the clusters can run, or a Zeppelin note. Pure."""

from __future__ import annotations

import re
from typing import Any

from chalicelib.core.limits import LIMITS, MEGABYTE
from chalicelib.core.text import megabytes
from chalicelib.notebooks import ipynb, zeppelin

LARGEST, LARGEST_DIRECT = LIMITS.notebook_bytes, LIMITS.direct_notebook_bytes
MAX_MEMORY = 300 * MEGABYTE
"""Bytes that the lists, objects and numbers of a notebook may take in memory, besides its text."""

_STRING_AND_MORE = re.compile(rb'"(?:[^"\\]++|\\.)*+"([^"]*+)', re.DOTALL)


def refuse_name(name: str) -> str:
    """Why a notebook cannot be called so, or ""."""
    if not name.isprintable() or "/" in name or "\\" in name or not 1 <= len(name) <= LIMITS.notebook_name:
        return f"The notebook needs a file name of at most {LIMITS.notebook_name} characters, without slashes or line breaks."
    if not name.endswith((".ipynb", *zeppelin.SUFFIXES)):
        return f"{name} is no notebook: a Jupyter notebook's name ends in .ipynb, a Zeppelin note's in .json or .zpln."
    return ""


def refuse_size(name: str, size: int, largest: int) -> str:
    """Why a notebook of so many bytes is not accepted, or ""."""
    if size < 1:
        return f"{name} is empty."
    if size > largest:
        too_large = f"{name} has {size / MEGABYTE:.1f} MB; up to {megabytes(largest)} are accepted"
        if size <= LARGEST:
            return f"{too_large} this way. Clear its outputs and try again, or upload it first."
        return f"{too_large}. Clear its outputs and try again."
    return ""


def refuse(name: str, content: bytes, largest: int = LARGEST) -> str:
    """Why this is not accepted as a notebook, and what to do, or ""."""
    if refusal := refuse_name(name) or refuse_size(name, len(content), largest):
        return refusal
    if memory(content) > MAX_MEMORY:
        return f"{name} is too complex to read: it has too many values. Clear its outputs and try again."
    try:
        return _refuse_document(name, ipynb.decode(content, name))
    except ipynb.Refused as refused:
        return _not_a_note(name) if name.endswith(zeppelin.SUFFIXES) else str(refused)


def _refuse_document(name: str, document: Any) -> str:
    """Raises ipynb.Refused."""
    if not name.endswith(zeppelin.SUFFIXES):
        ipynb.from_document(document, name)
        return ""
    if isinstance(document, dict) and isinstance(document.get("cells"), list) and "nbformat" in document:
        return f"{name} is a Jupyter notebook: give it a name that ends in .ipynb and try again."
    return "" if zeppelin.is_decoded_note(document) else _not_a_note(name)


def _not_a_note(name: str) -> str:
    return f"{name} is not a Zeppelin note: it is not JSON with paragraphs. Export the note from Zeppelin again."


def repairs(content: bytes) -> tuple[str, ...]:
    """What the clusters repair of a Jupyter notebook before it runs, in phrases; nothing of a Zeppelin note."""
    if zeppelin.is_note(content):
        return ()
    try:
        return ipynb.read(content, any_language=True).repairs
    except ipynb.Refused:
        return ()


def cells(content: bytes) -> list[dict[str, Any]]:
    """The cells of a Jupyter notebook as the clusters read them, whatever its language; none where it cannot be read."""
    try:
        return ipynb.read(content, any_language=True).cells
    except ipynb.Refused:
        return []


def memory(content: bytes) -> int:
    """About how many bytes the values of a JSON text take when it is decoded, without the text in them; never too few.

    Fifty megabytes of brackets would take more than a gigabyte.
    """
    strings = 60 * max(0, content.count(b'"') - content.count(b'\\"')) // 2
    at_most = strings + _weight(content)
    if at_most <= MAX_MEMORY or strings > MAX_MEMORY:
        return at_most
    return strings + _weight(_bare(content))


def _weight(text: bytes | bytearray) -> int:
    return 250 * text.count(b"{") + 90 * text.count(b"[") + 32 * text.count(b",")


def _bare(content: bytes) -> bytearray:
    """The text without its strings, in which brackets and commas mean nothing."""
    bare = bytearray(content[: content.find(b'"')])
    for match in _STRING_AND_MORE.finditer(content):
        bare += match[1]
    return bare
