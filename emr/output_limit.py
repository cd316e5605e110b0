"""How much output of a notebook is kept. A cell that prints for ever would otherwise fill the master node's memory, and so take
with it the results of all cells before. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MAX_OUTPUT = 200_000_000
"""Characters of all outputs of one notebook. The runner takes about six times as many bytes of memory."""
LIMITED = ("stream", "display_data", "execute_result")
NOTE = f"\nMore output than this is not kept: a notebook may have {MAX_OUTPUT // 1_000_000} MB. Write large results to files.\n"


class OutputLimit:
    """Counts what each cell has put out and not cleared."""

    def __init__(self, limit: int = MAX_OUTPUT) -> None:
        self.limit, self.total = limit, 0
        self._of_cell: dict[int, int] = {}
        self._told: set[int] = set()

    def passed(self, message: Mapping[str, Any], cell: int) -> Mapping[str, Any] | None:
        """The kernel's message about this cell if its output is kept; instead of the cell's first that is not, one that says
        so; None for those after that."""
        kind = message["header"]["msg_type"]
        if kind == "clear_output":
            self.total -= self._of_cell.pop(cell, 0)
        if kind not in LIMITED:
            return message
        new = size(message["content"])
        if self.total + new <= self.limit:
            self.total += new
            self._of_cell[cell] = self._of_cell.get(cell, 0) + new
            return message
        if cell in self._told:
            return None
        self._told.add(cell)
        note = {"name": "stderr", "text": NOTE}
        return {**message, "msg_type": "stream", "header": {**message["header"], "msg_type": "stream"}, "content": note}


def size(content: Mapping[str, Any]) -> int:
    """Characters of what a message carries."""
    texts = (content.get("text", ""), *content.get("data", {}).values())
    return sum(len(text) if isinstance(text, str) else len(repr(text)) for text in texts)
