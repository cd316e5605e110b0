"""From bytes to a notebook, whichever way it was encoded and whichever format it is of. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from .cells import cleaned
from .languages import other_language
from .metadata import Repairs, as_object, notebook_metadata
from .refusal import Refused

MAX_CELLS = 50_000
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


@dataclass(frozen=True)
class Notebook:
    """`document` is a valid notebook of format 4.5 without outputs, every source one text; `repairs` are phrases, such as
    "cell ids that the format does not allow", of what had to be repaired; `kernel` is the name of its kernel, "" for none."""

    document: dict[str, Any]
    repairs: tuple[str, ...]
    kernel: str

    @property
    def cells(self) -> list[dict[str, Any]]:
        cells: list[dict[str, Any]] = self.document["cells"]
        return cells


def read(content: bytes, name: str = "The notebook", *, any_language: bool = False) -> Notebook:
    """The notebook in these bytes; `name` is how a refusal calls it. In `any_language` it can be shown, though not run.

    Raises:
        Refused: it is not a notebook, or not one in Python.
    """
    repairs: Repairs = {}
    return from_document(decode(content, name, repairs), name, repairs, any_language=any_language)


def from_document(
    document: Any, name: str = "The notebook", repairs: Repairs | None = None, *, any_language: bool = False
) -> Notebook:
    """The same from JSON that was decoded already; `repairs` are those that decoding took.

    Raises:
        Refused: it is not a notebook, or not one in Python.
    """
    repairs = {} if repairs is None else repairs
    cells = _cells(document, name, repairs)
    metadata = as_object(document.get("metadata"))
    if not any_language and (language := other_language(metadata, cells)):
        raise Refused(
            f"{name} is written in {language}; only Python notebooks are run. Choose a Python kernel for it, or write it "
            "in Python; Spark SQL runs in cells that begin with %%sql."
        )
    clean = {
        "cells": list(cleaned(cells, name, repairs)),
        "metadata": notebook_metadata(metadata, repairs),
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return Notebook(clean, tuple(repairs), str(as_object(metadata.get("kernelspec")).get("name") or ""))


def decode(content: bytes, name: str = "The file", repairs: Repairs | None = None) -> Any:
    """The JSON in these bytes, whichever Unicode it is written in.

    Raises:
        Refused: it is not JSON.
    """
    encoding = next((encoding for mark, encoding in _BOMS if content.startswith(mark)), "utf-8")
    if repairs is not None and encoding != "utf-8":
        repairs["a byte order mark"] = None
    try:
        text = content.decode(encoding)
        document = json.loads(text)
        if re.search(r"\\u[dD][89a-fA-F]", text):
            document = _without_surrogates(document, repairs)
    except (ValueError, RecursionError) as error:
        raise Refused(f"{name} is not a Jupyter notebook: it is not JSON. Save it from Jupyter again.") from error
    return document


def _without_surrogates(document: Any, repairs: Repairs | None) -> Any:
    """Halves of characters cannot be written to any file; those that come in pairs are whole already."""
    text = json.dumps(document, ensure_ascii=False)
    whole = text.encode(errors="replace").decode()
    if whole == text:
        return document
    if repairs is not None:
        repairs["characters that are not Unicode"] = None
    return json.loads(whole)


def _cells(document: Any, name: str, repairs: Repairs) -> list[Any]:
    """The cells, wherever the notebook's format has them."""
    if not isinstance(document, dict):
        raise Refused(f"{name} is not a Jupyter notebook: it has no cells. Save it from Jupyter again.")
    version = document.get("nbformat")
    if isinstance(version, int) and version > 4:
        raise Refused(
            f"{name} is of notebook format {version}, which is newer than what is run here: save it in format 4."
        )
    cells, sheets = document.get("cells"), document.get("worksheets")
    if not isinstance(cells, list) and isinstance(sheets, list):
        cells = [_in_sheet(cell) for sheet in sheets for cell in as_object(sheet).get("cells") or ()]
    if not isinstance(cells, list):
        raise Refused(f"{name} is not a Jupyter notebook: it has no cells. Save it from Jupyter again.")
    if len(cells) > MAX_CELLS:
        raise Refused(f"{name} has {len(cells):,} cells; up to {MAX_CELLS:,} are accepted. Divide it.")
    if isinstance(version, int) and not isinstance(version, bool) and version < 4:
        repairs[f"notebook format {version}"] = None
    elif version != 4 or isinstance(version, bool):
        repairs["a notebook format that is not named"] = None
    return cells


def _in_sheet(cell: Any) -> Any:
    """Cells of the formats before 4 need no metadata."""
    return {"metadata": {}} | cell if isinstance(cell, dict) else cell
