"""The documentation names files that exist: whoever moves one sees here who speaks of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.unit import test_architecture as architecture

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
    places = (ROOT, ROOT / "chalicelib")  # the flows of docs/architecture.md leave chalicelib/ out
    assert [name for name in named if not any((place / name).exists() for place in places)] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_its_links_lead_somewhere(page: Path) -> None:
    assert [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()] == []


def test_the_index_has_every_page() -> None:
    index = (ROOT / "docs/README.md").read_text()
    pages = {page.name for page in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert pages - set(LINK.findall(index)) == set()
    records = {page.name for page in (ROOT / "docs/adr").glob("0*.md")}
    assert records == set(LINK.findall((ROOT / "docs/adr/README.md").read_text()))


def flows() -> list[list[str]]:
    """The modules of each line of docs/architecture.md that follows a flow, in its order."""
    text = (ROOT / "docs/architecture.md").read_text().partition("## Six flows")[2].partition("\n## ")[0]
    chains = re.findall(r"`[\w/]+\.py`(?:\s*→\s*`[\w/]+\.py`)+", text)
    return [
        ["chalicelib." + name.replace("/", ".") for name in re.findall(r"`([\w/]+)\.py`", chain)] for chain in chains
    ]


def everything_below(module: str) -> set[str]:
    """The modules that a module imports, and those that they import, and so on."""
    below: set[str] = set()
    todo = [module]
    while todo:
        fresh = architecture.IMPORTS[todo.pop()] - below
        below |= fresh
        todo += fresh
    return below


@pytest.mark.parametrize("flow", flows(), ids=" ".join)
def test_no_flow_goes_back_up(flow: list[str]) -> None:
    assert [name for name in flow if name not in architecture.IMPORTS] == [], "a file that does not exist"
    assert set(flow[1:]) <= everything_below(flow[0])
    for place, module in enumerate(flow):
        assert set(flow[:place]) & everything_below(module) == set()


def test_there_are_six_flows() -> None:
    text = (ROOT / "docs/architecture.md").read_text().partition("## Six flows")[2].partition("\n## ")[0]
    assert len(re.findall(r"^\*\*", text, re.MULTILINE)) == 6
    assert len(flows()) > 12
