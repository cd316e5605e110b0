"""Writes the table of AWS's limits that the embedded cloud plays into docs/embedded-cloud.md, from localaws/limits.py.

Run by `make docs`.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from localaws.limits import PUBLISHED  # noqa: E402

PAGE = ROOT / "docs" / "embedded-cloud.md"
BAR = "\\|"
BLOCK = re.compile(r"(<!-- written by docs/limits.py -->\n).*?(<!-- end of table -->)", re.DOTALL)


def table() -> str:
    rows = [
        f"| {one.what.replace('|', BAR)} | {one.refusal} | {_place(one.where)} | `{one.test}` | [source]({one.source}) |"
        for one in PUBLISHED
    ]
    return "\n".join(["| limit | refusal | played by | test | |", "|---|---|---|---|---|", *rows])


def _place(where: str) -> str:
    return where if where == "moto" else f"`{where}`"


def redrawn(page: str) -> str:
    """The page with its table written anew."""
    return BLOCK.sub(lambda block: f"{block[1]}\n{table()}\n\n{block[2]}", page)


if __name__ == "__main__":
    PAGE.write_text(redrawn(PAGE.read_text()))
