"""Cells of notebooks that Databricks has exported: %sql, %md, %sh and %python in the first line say what the cell is written in.

https://docs.databricks.com/aws/en/notebooks/notebooks-code#mix-languages. Jupyter has two percent signs for that.
"""

from __future__ import annotations

from typing import Any

MAGICS = {"%md": "%%markdown", "%md-sandbox": "%%markdown", "%sh": "%%bash", "%sql": "%%sql", "%python": "%%pyspark"}
IN_ONE_LINE = ("%md", "%md-sandbox", "%sh")
"""Those after which the text may begin in the same line; Jupyter has line magics of the other names, or nothing to say."""


def install(shell: Any) -> None:
    # Before the magics that these become are looked at.
    shell.input_transformers_cleanup.insert(0, as_cell_magic)


def as_cell_magic(lines: list[str]) -> list[str]:
    """The cell as Jupyter writes it; each line keeps its number where the language's name stands alone."""
    first = next((number for number, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return lines
    name, _, text = lines[first].strip().partition(" ")
    after = lines[first + 1 :]
    if name not in MAGICS or (text and name not in IN_ONE_LINE) or not (text or "".join(after).strip()):
        return lines
    return [f"{MAGICS[name]}\n", *([f"{text}\n"] if text else []), *after]
