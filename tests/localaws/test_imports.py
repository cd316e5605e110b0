"""The embedded cloud's files import each other one way, and nothing of what only people call."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in (ROOT / "localaws").rglob("*.py")
}


def imports(path: Path) -> Iterator[str]:
    """The modules that a file imports, wherever in it, also for its types alone."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{name.name}" for name in node.names}
            yield from names & MODULES.keys() or {node.module}


def test_no_file_is_in_an_import_cycle() -> None:
    graph = {name: set(imports(path)) & MODULES.keys() for name, path in MODULES.items()}
    assert len(list(TopologicalSorter(graph).static_order())) == len(MODULES)


def test_nothing_is_imported_from_commands_or_tests() -> None:
    used = {name.split(".")[0] for path in MODULES.values() for name in imports(path)}
    assert used & {"scripts", "tests", "docs", "assets"} == set()
