"""Cells that the notebook format allows, from those of any format and with any flaw that can be repaired. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .metadata import Repairs, as_object, cell_metadata
from .refusal import Refused

_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def cleaned(cells: list[Any], name: str, repairs: Repairs) -> Iterator[dict[str, Any]]:
    ids: set[str] = set()
    taken = {cell.get("id") for cell in cells if isinstance(cell, dict) and isinstance(cell.get("id"), str)}
    for number, cell in enumerate(cells, start=1):
        source = _source(cell) if isinstance(cell, dict) else None
        if source is None:
            raise Refused(
                f"{name} is not a Jupyter notebook: its cell {number} has no text. Save it from Jupyter again."
            )
        kind, source = _kind(cell, source, repairs)
        identifier = cell.get("id")
        if not isinstance(identifier, str) or not _ID.fullmatch(identifier) or identifier in ids:
            if identifier is not None:
                repairs["cell ids that the format does not allow"] = None
            identifier = _new_id(number, taken)
        ids.add(identifier)
        yield _cell(kind, identifier, source, cell, repairs)


def _new_id(number: int, taken: set[Any]) -> str:
    identifier = f"cell-{number}"
    while identifier in taken:
        identifier += "-"
    return identifier


def _source(cell: Mapping[str, Any]) -> str | None:
    """The cell's text, under the name that its format has for it; None where it is no text."""
    source = next((cell[key] for key in ("source", "input", "code", "text") if key in cell), "")
    lines = source if isinstance(source, list) else [source]
    return "".join(lines) if all(isinstance(line, str) for line in lines) else None


def _kind(cell: Mapping[str, Any], source: str, repairs: Repairs) -> tuple[str, str]:
    """code, markdown or raw, and the text: older formats had cells for headings and HTML."""
    kind = cell.get("cell_type")
    if kind in ("code", "markdown", "raw"):
        return str(kind), source
    if kind == "heading":
        level = cell.get("level")
        return "markdown", "#" * (level if isinstance(level, int) and 1 <= level <= 6 else 1) + " " + source
    if kind in ("html", "text"):
        return "markdown", source
    repairs["cells of an unknown kind, which are not run"] = None
    return "raw", source


def _cell(kind: str, identifier: str, source: str, cell: Mapping[str, Any], repairs: Repairs) -> dict[str, Any]:
    clean: dict[str, Any] = {
        "cell_type": kind,
        "id": identifier,
        "metadata": cell_metadata(cell.get("metadata"), repairs),
        "source": source,
    }
    if kind == "code":
        return clean | {"execution_count": None, "outputs": []}
    attachments = _attachments(cell.get("attachments"))
    return clean | ({"attachments": attachments} if attachments else {})


def _attachments(attachments: Any) -> dict[str, dict[str, str]]:
    """File name -> media type -> content, without what is none."""
    named = {name: as_object(bundle) for name, bundle in as_object(attachments).items()}
    texts = {
        name: {
            mime: data if isinstance(data, str) else "".join(data) for mime, data in bundle.items() if _is_text(data)
        }
        for name, bundle in named.items()
    }
    return {name: bundle for name, bundle in texts.items() if bundle}


def _is_text(data: Any) -> bool:
    return isinstance(data, str) or (isinstance(data, list) and all(isinstance(line, str) for line in data))
