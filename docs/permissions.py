"""Writes the tables of docs/permissions.md from chalicelib/identity/permissions.py and the routes. Run by `make docs`.

Each table stands below its marker; the text around them is written by hand and stays.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "permissions.md"
BLOCK = re.compile(r"(<!-- table of (\w+) -->\n).*?(<!-- end of table -->)", re.DOTALL)
YES = "✓"

sys.path.insert(0, str(ROOT))


def routes() -> Iterator[tuple[str, str, str]]:
    """(path, method, action) of every route that declares its action."""
    from chalicelib.entrypoints import addresses

    for module in addresses.PORTAL:
        yield from getattr(addresses.routes_of(module), "actions", [])
    for module in addresses.API:
        yield from ((found.path, found.method, found.action) for found in addresses.routes_of(module).endpoints)


def actions_table() -> str:
    """Who may do what."""
    from chalicelib.identity.permissions import ACTIONS, Role

    head = ["action", *Role, "what it is"]
    rows = [
        [f"`{name}`", *(YES if role in rule.roles else "" for role in Role), rule.about + _notes(rule.if_public)]
        for name, rule in ACTIONS.items()
    ]
    return table(head, rows)


def _notes(if_public: bool) -> str:
    return "; anybody may if its owner made it public" if if_public else ""


def routes_table() -> str:
    """What each route is for."""
    rows: dict[tuple[str, str], list[str]] = {}
    for path, method, action in routes():
        rows.setdefault((path, action), []).append(method)
    return table(
        ["route", "action"],
        [[f"`{' '.join(methods)} {path}`", f"`{action}`"] for (path, action), methods in sorted(rows.items())],
    )


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def written(page: str) -> str:
    """The page with its tables as they should be."""
    tables = {"actions": actions_table, "routes": routes_table}
    return BLOCK.sub(lambda found: found[1] + "\n" + tables[found[2]]() + "\n" + found[3], page)


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text()))
