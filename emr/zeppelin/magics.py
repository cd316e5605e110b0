"""What a Zeppelin note's paragraphs find in the kernel: the magics %%sql, %%md and %%sh, and the name `z`.

`z` is what is used most of Zeppelin's own: z.show, and the values of dynamic forms. Nobody fills in a form here, so each
has the value that the job's parameters give it, else the one the note was saved with, else its default.
"""

from __future__ import annotations

import subprocess
import tempfile
from typing import Any

from IPython.display import Markdown, display
from sql import statements

from zeppelin.display import bundle, tsv

MAX_LINE = 300
"""Characters of a script's last line that its failure repeats."""
MAX_ROWS = 1_000
"""Zeppelin's own limit (zeppelin.spark.maxResult)."""


class ShellFailed(Exception):
    """A %sh paragraph ended with another exit code than 0."""

    def _render_traceback_(self) -> list[str]:
        """IPython asks for it: where in this file it was raised tells nobody anything."""
        return [f"ShellFailed: {self}"]


def install(shell: Any, forms: list[dict[str, Any]]) -> None:
    """`forms` are the values of each paragraph's forms. The cell that sets the parameters is not among the paragraphs."""
    context = Context(forms)
    shell.events.register("pre_run_cell", context.begin)

    def sql(line: str, cell: str) -> None:
        shell.atmo_provide_spark()
        for statement in statements(cell):
            table = shell.user_ns["spark"].sql(statement)
            if table.columns:
                context.show(table)

    for magic, name in ((sql, "sql"), (markdown, "md"), (run_script, "sh")):
        shell.register_magic_function(magic, "cell", name)
    shell.user_ns["z"] = context


def markdown(line: str, cell: str) -> None:
    display(Markdown(cell))  # type: ignore[no-untyped-call]


def run_script(line: str, cell: str) -> None:
    """Hand the paragraph to bash, as a file: no shell reads its text but the one it is meant for."""
    with tempfile.NamedTemporaryFile("w", suffix=".sh", encoding="utf-8") as script:
        script.write(cell)
        script.flush()
        with subprocess.Popen(
            ["bash", script.name],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process:
            last = ""
            try:
                for printed in process.stdout or ():
                    print(printed, end="", flush=True)
                    last = printed.strip() or last
            except BaseException:
                process.kill()
                raise
    if process.returncode:
        said = f": {last[:MAX_LINE]}" if last else "."
        raise ShellFailed(f"The script ended with exit code {process.returncode}{said}")


class Context:
    """Zeppelin's `z`, as far as it makes sense where nobody looks on."""

    def __init__(self, forms: list[dict[str, Any]]) -> None:
        self._forms, self._begun, self._kept = forms, 0, dict[str, Any]()

    def begin(self, cell: Any) -> None:
        """A cell starts; paragraphs are those that are kept in the history."""
        self._begun += cell.store_history

    def show(self, frame: Any, **options: Any) -> None:
        """A Spark or pandas DataFrame as a table; anything else as text."""
        limit = int(options.get("maxResult", MAX_ROWS))
        if hasattr(frame, "toPandas"):
            rows = frame.limit(limit + 1).collect()
        elif hasattr(frame, "itertuples"):
            rows = list(frame.head(limit + 1).itertuples(index=False, name=None))
        else:
            print(frame)
            return
        display(bundle("TABLE", tsv(list(frame.columns), rows[:limit])), raw=True)  # type: ignore[no-untyped-call]
        if len(rows) > limit:
            print(f"Only the first {limit:,} rows are shown.")

    def input(self, name: str, defaultValue: Any = "") -> Any:  # noqa: N803 - the names are Zeppelin's
        """The value of a form."""
        return self._forms[self._begun - 1].get(name, defaultValue)

    def select(self, name: str, options: Any, defaultValue: Any = "") -> Any:  # noqa: N803
        return self.input(name, defaultValue)

    def checkbox(self, name: str, options: Any, defaultChecked: Any = None) -> Any:  # noqa: N803
        every = [value for value, *_ in options]
        return self.input(name, every if defaultChecked is None else defaultChecked)

    def configure_mpl(self, **options: Any) -> None:
        """How Zeppelin shows plots; here they are pictures of the size that matplotlib gives them."""

    def put(self, key: str, value: Any) -> None:
        self._kept[key] = value

    def get(self, key: str) -> Any:
        return self._kept.get(key)

    textbox = noteTextbox = input  # noqa: N815
    noteSelect, noteCheckbox = select, checkbox  # noqa: N815
