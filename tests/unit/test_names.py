"""One word, one meaning: modules have one alias each, and names are those of the field."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted(path.relative_to(ROOT) for path in (ROOT / "chalicelib").rglob("*.py"))


def is_module(name: str) -> bool:
    place = ROOT / name.replace(".", "/")
    return place.with_suffix(".py").exists() or (place / "__init__.py").exists()


def module_imports(path: Path) -> Iterator[tuple[str, str]]:
    """The modules that a file imports from other packages, and what it calls them."""
    package = ".".join(path.parent.parts)
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module != package:
            for name in node.names:
                if is_module(f"{node.module}.{name.name}"):
                    yield f"{node.module}.{name.name}", name.asname or name.name


def test_each_module_has_one_alias_and_each_alias_one_module() -> None:
    aliases: dict[str, set[str]] = defaultdict(set)
    modules: dict[str, set[str]] = defaultdict(set)
    for module, alias in (imported for path in FILES for imported in module_imports(path)):
        aliases[module].add(alias)
        modules[alias].add(module)
    assert {module: names for module, names in aliases.items() if len(names) > 1} == {}
    ambiguous = {alias: names for alias, names in modules.items() if len(names) > 1}
    assert {alias: names for alias, names in ambiguous.items() if not own_names(alias, names)} == {}


def own_names(alias: str, modules: set[str]) -> bool:
    """The same file in several packages, such as `rules`, may be imported by its own name from its neighbours."""
    return all(module.rpartition(".")[2] == alias for module in modules)


FORBIDDEN = {
    "found", "given", "asked", "told", "kept", "wanted", "deed", "gist", "door", "in_vain", "nothing_new", "whose", "someone",
    "Sheet", "words_of", "LONGEST", "KEPT", "MOST", "TRIES", "PATIENCE", "DEEDS", "trail", "measures", "job_words",
    "seat", "seats", "pass_on", "call_up", "as_seen", "stands", "befall", "strike", "troubles", "nudge", "following",
}  # fmt: skip
"""Names that say how a value was come by, or need a dictionary; say what it is."""
CHECKED = ("chalicelib", "cli", "deployment", "emr", "localaws", "scripts", "tests")


def defined_names(tree: ast.AST) -> Iterator[str]:
    """What a file gives names to: variables, arguments, functions, classes, aliases of imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.alias) and node.asname:
            yield node.asname


def checked_files() -> list[Path]:
    return [path.relative_to(ROOT) for part in CHECKED for path in sorted((ROOT / part).rglob("*.py"))]


@pytest.mark.parametrize("path", checked_files(), ids=str)
def test_no_name_is_forbidden(path: Path) -> None:
    assert FORBIDDEN.intersection(defined_names(ast.parse((ROOT / path).read_text()))) == set()


def test_forbidden_names_are_noticed() -> None:
    source = "def told(given):\n    found: int = 1\n    for asked in given: ...\nimport a.b as kept\n"
    assert FORBIDDEN.intersection(defined_names(ast.parse(source))) == {"told", "given", "found", "asked", "kept"}
