"""What of this repository, and of Chalice, is deployed: app.py, chalicelib/, and vendor/ at the top."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import chalice

CHALICE = ("__init__.py", "app.py")
"""The rest of Chalice is its command line. `chalice package` takes the same two files."""


def sources(project: Path) -> dict[str, bytes]:
    """The files by their place in the zip. Links are followed, as vendor/ is made of them."""
    ours = [("", project / "app.py"), *below(project / "chalicelib", "chalicelib/"), *below(project / "vendor", "")]
    theirs = [("chalice/", Path(chalice.__file__).parent / name) for name in CHALICE]
    return {prefix + path.name: path.read_bytes() for prefix, path in [*ours, *theirs]}


def below(folder: Path, prefix: str) -> Iterator[tuple[str, Path]]:
    """Every file of a folder at any depth, each after the place of its own folder in the zip."""
    for root, _, names in os.walk(folder, followlinks=True):
        inside = Path(root).relative_to(folder).as_posix()
        for name in names:
            yield prefix + ("" if inside == "." else inside + "/"), Path(root) / name
