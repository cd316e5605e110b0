"""The documentation names files that exist: whoever moves one sees here who speaks of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / ".github").rglob("*.md")])
FOLDERS = (
    "chalicelib",
    "deployment",
    "docs",
    "emr",
    "localaws",
    "notebooks",
    "scripts",
    "statemachines",
    "templates",
    "tests",
)
YOURS = ".chalice/parameters/"
"""Where operators put files of their own."""
NAMED = re.compile(rf"`((?:{'|'.join(FOLDERS)}|\.chalice|\.github)/[\w./-]*\w/?)`")
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_files_it_names_exist(page: Path) -> None:
    named = [name for name in NAMED.findall(page.read_text()) if not name.startswith(YOURS)]
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_its_links_lead_somewhere(page: Path) -> None:
    assert [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()] == []


def test_the_index_has_every_page() -> None:
    index = (ROOT / "docs/README.md").read_text()
    pages = {page.name for page in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert pages - set(LINK.findall(index)) == set()
    records = {page.name for page in (ROOT / "docs/adr").glob("0*.md")}
    assert records == set(LINK.findall((ROOT / "docs/adr/README.md").read_text()))
