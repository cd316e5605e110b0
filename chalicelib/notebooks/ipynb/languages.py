"""Which language a notebook is written in, by what its metadata say. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from .metadata import as_object

_UNDECIDED = "plaintext"
"""What Visual Studio Code says while no kernel has been chosen."""
_PYTHON = re.compile(r"(?:i|x)?python[\d.]*|pyspark[\d.]*|micropython|")
_LANGUAGES = {"r": "R", "sparkr": "R", "scala": "Scala", "spark": "Scala", "julia": "Julia", "sql": "SQL"}
# Kernels by their names, for notebooks that do not name their language.
_KERNELS = (
    (re.compile(r"python|pyspark|conda|venv|xpython|ipykernel", re.I), ""),
    (re.compile(r"ir\d*|irkernel|sparkrkernel|.*_sparkr|xr|webr", re.I), "R"),
    (re.compile(r"scala.*|almond|sparkkernel|spylon.*|.*toree_scala|toree|spark", re.I), "Scala"),
    (re.compile(r"julia.*|ijulia.*", re.I), "Julia"),
    (re.compile(r"x?sql.*|.*toree_sql|.*_sql", re.I), "SQL"),
    (re.compile(r"bash|zsh|calysto_bash", re.I), "Bash"),
    (re.compile(r"javascript|deno|tslab|jslab|ijavascript", re.I), "JavaScript"),
)
_DATABRICKS = "application/vnd.databricks.v1+notebook"


def other_language(metadata: Mapping[str, Any], cells: Iterable[Any] = ()) -> str:
    """The language a notebook is in, as people write it, or "" for Python and where nothing says so."""
    kernel = as_object(metadata.get("kernelspec"))
    says = (
        kernel.get("language"),
        as_object(metadata.get("language_info")).get("name"),
        as_object(metadata.get(_DATABRICKS)).get("language"),
        *(cell.get("language") for cell in cells if isinstance(cell, dict) and cell.get("cell_type") == "code"),
    )
    for language in says:
        if isinstance(language, str) and language.strip() not in ("", _UNDECIDED):
            return "" if _PYTHON.fullmatch(language.strip().lower()) else _written(language.strip())
    name = str(kernel.get("name") or "")
    return next(
        (language for pattern, language in _KERNELS if pattern.match(name) and _whole(pattern, name, language)), ""
    )


def _whole(pattern: re.Pattern[str], name: str, language: str) -> bool:
    """A Python kernel may be called anything that begins so; another language's name must be just that."""
    return not language or bool(pattern.fullmatch(name))


def _written(language: str) -> str:
    return _LANGUAGES.get(language.lower(), language[:50])
