"""The numbers that Jupyter gives to cells. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

_UNNUMBERED_TAGS = {"injected-parameters", "skip-execution"}


def numbered(cells: Iterable[Any]) -> Iterator[tuple[int, Any]]:
    """The cells that Jupyter numbers when all is run, with their numbers: In [1] for the first. Code that is not empty counts,
    unless papermill made the cell to set the parameters, or a tag says not to run it."""
    runs = (cell for cell in cells if cell["cell_type"] == "code" and cell["source"].strip() and not _unnumbered(cell))
    return enumerate(runs, start=1)


def _unnumbered(cell: Any) -> bool:
    return bool(_UNNUMBERED_TAGS & set(cell["metadata"].get("tags", ())))
