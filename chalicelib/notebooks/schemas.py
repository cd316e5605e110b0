"""How the API represents versions of notebooks and their differences."""

from __future__ import annotations

from typing import Any

from chalicelib.core.errors import NotFound
from chalicelib.core.schemas import TEXT, Record, many
from chalicelib.notebooks import cell_diff, uploads, versions
from chalicelib.notebooks.models import NotebookVersion

UPLOAD = Record(
    "Upload", uploads.Ticket, "id", "url", "fields", fields={"type": "object", "additionalProperties": TEXT}
)
VERSION = Record("NotebookVersion", NotebookVersion, "number", "name", "size", "uploaded_by", "uploaded_at")
LINKED_VERSION = VERSION.plus("LinkedNotebookVersion", url=TEXT)
CHANGED_CELL = Record("ChangedCell", cell_diff.Change, "what", "kind", "before", "after", lines=many(TEXT))
CHANGED_CELLS = Record("ChangedCells", cells=many(CHANGED_CELL))


def version_record(version: NotebookVersion) -> dict[str, Any]:
    """A version as the API gives it; `size` in bytes."""
    return VERSION.of(version)


def difference(before: versions.HasNotebook, after: versions.HasNotebook) -> list[dict[str, Any]]:
    """The cells that are not the same, as the API gives them; lines begin with + or - or a space.

    Raises:
        NotFound: one of the notebooks is not kept any more.
    """
    old, new = versions.content(before), versions.content(after)
    if old is None or new is None:
        raise NotFound("One of the notebooks is no longer kept.")
    changes = cell_diff.diff(cell_diff.cells_of(old), cell_diff.cells_of(new))
    return [
        CHANGED_CELL.of(change, lines=[line.sign + line.text for line in cell_diff.folded(change)])
        for change in cell_diff.first(changes)
        if change.what != "same"
    ]
