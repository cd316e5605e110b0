"""docs/no-orphans.md names tests as its evidence: each of them exists."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_test_that_the_table_names_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs/no-orphans.md").read_text()))
    there = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    assert len(named) > 30
    assert sorted(name for name in named if f"def {name}(" not in there) == []


def test_every_row_says_what_catches_it_and_which_test_shows_it() -> None:
    rows = [line for line in (ROOT / "docs/no-orphans.md").read_text().splitlines() if line.startswith("| ")]
    rows = [row for row in rows if not row.startswith("| What ")]
    assert len(rows) > 20
    assert [row for row in rows if "`test_" not in row.split(" | ")[-1]] == []
