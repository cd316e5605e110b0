"""No list is forgotten: each can be searched, or is one of the short ones that docs/finding.md names with the reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib.core import rendering
from chalicelib.core.schemas import Record
from chalicelib.entrypoints import addresses
from chalicelib.web.endpoint import Endpoint

ENDPOINTS = [endpoint for module in addresses.API for endpoint in addresses.routes_of(module).endpoints]
READ = [endpoint for endpoint in ENDPOINTS if endpoint.method == "GET" and endpoint.gives]
TEMPLATES = {
    str(path.relative_to(rendering.TEMPLATES)): path.read_text() for path in rendering.TEMPLATES.rglob("*.html")
}
PAGES = {name: text for name, text in TEMPLATES.items() if "{% extends" in text}
SHORT = set(
    re.findall(
        r"`([^`]+/[^`]+)`",
        "".join(
            line.split("|")[1]
            for line in Path(__file__)
            .parents[3]
            .joinpath("docs/finding.md")
            .read_text()
            .partition("## Short lists")[2]
            .splitlines()
            if line.startswith("| `")
        ),
    )
)
TABLE_ROWS = re.compile(r"<tbody>\s*{%-? for |{% for [^%]+%}\s*<tr>")
IMPORTED = re.compile(r'{% (?:from|include|import) "([^"]+)"')


def lists(schema: Any) -> Iterator[str]:
    """The names of a record's fields that are lists of records."""
    for name, field in schema.schema()["properties"].items():
        if isinstance(field, dict) and field.get("type") == "array" and isinstance(field["items"], Record):
            yield name


def is_searched(page: str) -> bool:
    return "components/search.html" in IMPORTED.findall(TEMPLATES[page])


def has_table(name: str) -> bool:
    """Whether a page, or something that it includes, has a table with a row for each of some things."""
    parts = [name, *(part for part in IMPORTED.findall(TEMPLATES[name]) if not part.startswith("components/"))]
    return any(TABLE_ROWS.search(TEMPLATES[part]) for part in parts)


@pytest.mark.parametrize("endpoint", READ, ids=lambda endpoint: endpoint.path)
def test_a_list_of_the_api_is_searched_or_short(endpoint: Endpoint) -> None:
    assert endpoint.gives
    names = set(lists(endpoint.gives)) - ({"items"} if "sort" in endpoint.query else set())
    assert bool(names) == (endpoint.path in SHORT), names


@pytest.mark.parametrize("endpoint", [one for one in READ if one.gives and one.gives.is_list], ids=lambda one: one.path)
def test_a_searched_list_is_paged_too(endpoint: Endpoint) -> None:
    assert endpoint.path in SHORT or {"q", "sort", "limit", "cursor"} <= set(endpoint.query)


@pytest.mark.parametrize("name", sorted(name for name in PAGES if has_table(name)))
def test_a_table_of_a_page_is_searched_or_short(name: str) -> None:
    assert is_searched(name) or name in SHORT or name in PARTS


PARTS = {
    "dashboard/dashboard.html": "/clusters",
    "jobs/detail.html": "/jobs/{job_id}/audit",
    "clusters/detail.html": "/clusters/{cluster_id}/audit",
    "runs/detail.html": "/runs/{run_id}/files",
}
"""Pages that show the beginning of lists, and the page on which such a list is searched."""


def test_the_beginnings_of_lists_lead_to_the_whole() -> None:
    routes = [addresses.routes_of(module) for module in addresses.PORTAL if module != "portal.health"]
    assert set(PARTS.values()) <= {path for each in routes for path in each.shown}
    assert {name for name in SHORT if name.endswith(".html")} <= set(PAGES)
