"""The magics that most notebooks for Spark expect, whichever kernel they name: %%sql and %%local."""

from __future__ import annotations

import argparse
import shlex
from typing import Any, NoReturn

from IPython.core.error import UsageError
from IPython.display import display
from sql import statements

MAX_ROWS = 2_500
"""sparkmagic's own limit."""
PASSED_THROUGH = ("%%local", "%%pyspark", "%%pretty")
"""sparkmagic runs these cells elsewhere than others, or shows them otherwise; here all cells run in one Python."""


def install(shell: Any) -> None:
    shell.input_transformers_cleanup.append(without_place)

    def sql(line: str, cell: str | None = None) -> None:
        """%%sql [-o NAME] [-n ROWS] [-q]: Spark SQL, shown as a table, kept as the pandas frame NAME."""
        options = _options(line if cell is not None else "")
        shell.atmo_provide_spark()
        for statement in statements(cell if cell is not None else line):
            table = shell.user_ns["spark"].sql(statement)
            if table.columns:
                _show(shell, table, options)

    shell.register_magic_function(sql, "line_cell", "sql")


def without_place(lines: list[str]) -> list[str]:
    """The cell without a first line that only says where it runs; the line stays, so that lines keep their numbers."""
    if lines and lines[0].split()[:1] and lines[0].split()[0] in PASSED_THROUGH:
        return [f"# {lines[0]}", *lines[1:]]
    return lines


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"%%sql: {message}")


def _options(line: str) -> argparse.Namespace:
    parser = _Parser(prog="%%sql", add_help=False)
    parser.add_argument("-o", "--output")
    parser.add_argument("-n", "--maxrows", type=int, default=MAX_ROWS)
    parser.add_argument("-q", "--quiet", action="store_true")
    for ignored in ("-m", "-r", "-c", "-s"):  # how rows are sampled, and which of several sessions is meant
        parser.add_argument(ignored)
    return parser.parse_args(shlex.split(line))


def _show(shell: Any, table: Any, options: argparse.Namespace) -> None:
    limit = options.maxrows if options.maxrows >= 0 else None
    frame = (table if limit is None else table.limit(limit + 1)).toPandas()
    cut = limit is not None and len(frame) > limit
    frame = frame.head(limit) if cut else frame
    if options.output:
        shell.user_ns[options.output] = frame
    if not options.quiet:
        display(frame)  # type: ignore[no-untyped-call]
        if cut:
            print(f"Only the first {limit:,} rows are shown.")
