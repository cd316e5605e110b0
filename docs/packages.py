"""Draws the packages of chalicelib by their layer, from the imports, into docs/packages.md. Run by `make docs`.

The drawing and the table stand between markers; the text around them is written by hand and stays.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "packages.md"
BLOCK = re.compile(r"(<!-- (drawing|table) of packages -->\n).*?(<!-- end of \2 -->)", re.DOTALL)
ENTRYPOINTS = "entrypoints"
FOUNDATION = ("audit", "aws", "core", "identity", "mail", "web")

Imports = dict[str, set[str]]
"""The packages that each package imports."""


def read_imports() -> Imports:
    """What the packages of chalicelib import of each other, wherever in their files."""
    imports: Imports = {}
    for path in sorted((ROOT / "chalicelib").rglob("*.py")):
        folders = path.relative_to(ROOT / "chalicelib").parts
        if len(folders) > 1:
            imports.setdefault(folders[0], set()).update(set(_packages(ast.parse(path.read_text()))) - {folders[0]})
    return imports


def _packages(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        names = [name.name for name in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{name}" for name in names]
        yield from (name.split(".")[1] for name in names if name.startswith("chalicelib."))


def layer_of(package: str) -> str:
    return package if package == ENTRYPOINTS else "foundation" if package in FOUNDATION else "domains"


def direct(imports: Mapping[str, set[str]]) -> Imports:
    """The imports without those that follow from others: where a imports b and b imports c, a -> c is left out."""
    return {
        package: {name for name in names if not any(name in _all(imports, other) for other in names - {name})}
        for package, names in imports.items()
    }


def _all(imports: Mapping[str, set[str]], package: str) -> set[str]:
    names = imports.get(package, set())
    return names.union(*(_all(imports, name) for name in names)) if names else set()


def within(imports: Imports, layer: str) -> Imports:
    """The imports of a layer's packages among themselves."""
    members = {package for package in imports if layer_of(package) == layer}
    return {package: imports[package] & members for package in sorted(members)}


def drawing(imports: Imports) -> str:
    """The layers as a Mermaid flowchart; an arrow means "imports"."""
    lines = ["flowchart TB", f"    {ENTRYPOINTS} --> domains --> foundation"]
    for layer in ("domains", "foundation"):
        lines.append(f"    subgraph {layer}")
        for package, names in direct(within(imports, layer)).items():
            lines += [f"        {package}", *(f"        {package} --> {name}" for name in sorted(names))]
        lines.append("    end")
    return "```mermaid\n" + "\n".join(lines) + "\n```\n"


def table(imports: Imports) -> str:
    """Every package with all that it imports."""
    rows = ["| package | domains it imports | of the foundation |", "| --- | --- | --- |"]
    for package in sorted(imports, key=lambda name: (layer_of(name) == "foundation", name)):
        domains, foundation = (
            ", ".join(sorted(name for name in imports[package] if layer_of(name) == layer))
            for layer in ("domains", "foundation")
        )
        rows.append(f"| `{package}` | {domains} | {foundation} |")
    return "\n".join(rows) + "\n"


def redrawn(page: str) -> str:
    """The page with its drawing and table as the imports are now."""
    imports, writers = read_imports(), {"drawing": drawing, "table": table}
    return BLOCK.sub(lambda block: f"{block[1]}\n{writers[block[2]](imports)}\n{block[3]}", page)


if __name__ == "__main__":
    PAGE.write_text(redrawn(PAGE.read_text()))
