"""Run one notebook from S3 and put what came of it back into S3: the step of a job's cluster, on EMR or embedded.

    run_notebook.py --notebook s3://bucket/key [--version-id V] --results s3://bucket/prefix/
                    [--timeout-seconds N] [--parameters JSON] [--keep-seconds N]

Below --results, in this order: run.log, notebook.ipynb (executed, or as far as it came; a Zeppelin note as
notebook.json), notebook.html (self-contained), files/... (everything the notebook left in its output folder),
outcome.json. Whoever sees
outcome.json finds the rest complete. run.log and the executed notebook are there before, too: they are kept every minute,
and at once when the run is stopped from outside. Exit code 0 for SUCCEEDED, 1 for FAILED, 124 for TIMED_OUT (as timeout(1) has
it), 3 when even the outcome could not be written.

The notebook finds:
- `spark` and `sc`, as in the pyspark shell, made when a cell first reads one of them (see kernel.py);
- ATMO_OUTPUT_DIR in its environment: the folder whose files are kept, which is also the working directory;
- its parameters, set in a cell after the one tagged "parameters", or before all others.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import logging
import os
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import html_export
import ipynb
import kernel
import nbformat
import oom
import parameters as job_parameters
from checkpoint import Keeping
from execution import Execution, Terminated, kill_children, stoppable
from log_copy import LogCopy
from outcome import FAILED, SUCCEEDED, TIMED_OUT, Outcome, terminated
from storage import Results, StorageError, fetch, s3_client
from zeppelin import note as zeppelin_note
from zeppelin import server_execution as zeppelin_server
from zeppelin.kernel_execution import NoteExecution
from zeppelin.note import Note
from zeppelin.server_execution import ServerExecution

log = logging.getLogger("atmo")

EXIT_CODES = {SUCCEEDED: 0, FAILED: 1, TIMED_OUT: 124}
NO_OUTCOME = 3


def arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Run a notebook from S3 and keep its results in S3.", allow_abbrev=False
    )
    parser.add_argument("--notebook", required=True, help="s3://bucket/key")
    parser.add_argument("--version-id", help="the version of the notebook; the newest without it")
    parser.add_argument("--results", required=True, help="s3://bucket/prefix/")
    parser.add_argument("--timeout-seconds", type=float, default=24 * 3600.0)
    parser.add_argument("--parameters", default="{}", help="a JSON object")
    parser.add_argument("--keep-seconds", type=float, default=60.0, help="how often what there is so far is uploaded")
    return parser.parse_args(argv)


class Run:
    """One run and its folder on this machine; the folder goes away with it."""

    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        self.options = options
        self.started_at, self.deadline = now(), time.monotonic() + options.timeout_seconds
        self.folder, self.page = folder, folder / "notebook.html"
        self.log, self.outcome = folder / "run.log", folder / "outcome.json"
        self.repairs: tuple[str, ...] = ()
        self.execution: Execution | NoteExecution | ServerExecution | None = None
        self.output, self.temporary = folder / "output", folder / "tmp"
        self.jupyter = kernel.install(folder)
        self.client = s3_client()
        self.results = Results(self.client, options.results)
        self.keeping = Keeping(self.results, self.so_far, options.keep_seconds)
        for path in (self.output, self.temporary):
            path.mkdir()

    def execute(self) -> Outcome:
        """Fetch and execute. Whatever goes wrong becomes an outcome."""
        before = oom.oom_kills()
        outcome = dataclasses.replace(self._execute(), repairs=self.repairs)
        killed = oom.oom_kills() - before
        if killed > 0 and outcome.status != SUCCEEDED:
            log.error("Linux ended %d process(es) of this machine because no memory was left", killed)
            return dataclasses.replace(outcome, oom_kills=killed)
        return outcome

    def so_far(self) -> list[Path]:
        """The files that are worth keeping before the run is over."""
        return [self.log, *([self.execution.executed] if isinstance(self.execution, Execution) else [])]

    def _execute(self) -> Outcome:
        try:
            with stoppable():
                return self._fetch_and_execute()
        except (StorageError, ipynb.Refused) as error:
            return Outcome(FAILED, message=str(error))
        except Terminated:
            kill_children()
            return terminated(None)
        except Exception as error:  # ours, not the notebook's: the user must still get an outcome
            log.exception("the runner failed")
            return Outcome(FAILED, error=type(error).__name__, message=f"The runner failed: {error}")

    def _fetch_and_execute(self) -> Outcome:
        parameters = job_parameters.parse(self.options.parameters)
        content = fetch(self.client, self.options.notebook, self.options.version_id)
        os.environ.update(self.kernel_environment())
        document = ipynb.decode(content, "The notebook")
        if zeppelin_note.is_note(document):
            self.execution = self.of_note(zeppelin_note.parse(document, parameters), parameters)
        else:
            self.execution = self.of_notebook(ipynb.read(content), parameters)
        return self.execution.run(self.deadline - time.monotonic(), self.options.timeout_seconds)

    def of_notebook(self, notebook: ipynb.Notebook, parameters: dict[str, Any]) -> Execution:
        self.repairs = notebook.repairs
        if notebook.repairs:
            log.info("the notebook was repaired before it was run: %s", "; ".join(notebook.repairs))
        node = nbformat.from_dict(notebook.document)  # type: ignore[no-untyped-call]
        return Execution(node, parameters, self.folder / "notebook.ipynb", self.output, self.keeping.now)

    def of_note(self, note: Note, parameters: dict[str, Any]) -> NoteExecution | ServerExecution:
        """How a note is executed: in Zeppelin where one of its paragraphs needs that, or refused; else as notebooks are."""
        beyond = note.beyond_python()
        if beyond is None:
            return NoteExecution(note, parameters, self.folder, self.output)
        url = zeppelin_server.address()
        if url is None:
            raise ipynb.Refused(zeppelin_note.refusal(beyond))
        log.info("paragraph %d is %%%s: Zeppelin at %s runs the note", beyond.number, beyond.interpreter, url)
        return ServerExecution(note, self.folder, url)

    def kernel_environment(self) -> dict[str, str]:
        """What the kernel inherits. Its temporary files live and go with the run's folder."""
        return {
            "ATMO_OUTPUT_DIR": str(self.output),
            "JUPYTER_PATH": str(self.jupyter),
            "TMPDIR": str(self.temporary),
        }

    def render(self) -> None:
        """Make the page of what was executed."""
        try:
            shown = self.execution.keep() if self.execution else None
            if shown is not None:
                self.page.write_text(html_export.html(shown, PurePosixPath(self.options.notebook).name), "utf-8")
        except Exception:  # an output nbconvert cannot show must not cost the user the other results
            log.exception("the page of the notebook could not be made")

    def upload(self, outcome: Outcome) -> None:
        """Raises StorageError. The outcome goes last."""
        results = self.results
        results.put(self.log, "run.log")
        if self.execution and self.execution.result.exists():
            results.put(self.execution.result, self.execution.result.name)
        if self.page.exists():
            results.put(self.page, "notebook.html")
        results.put_folder(self.output, "files")
        self.outcome.write_text(json.dumps(outcome.document(self.started_at, now()), indent=2))
        results.put(self.outcome, "outcome.json")


def now() -> datetime:
    return datetime.now(UTC)


def main(argv: list[str]) -> int:
    options = arguments(argv)
    with tempfile.TemporaryDirectory(prefix="atmo-run-", ignore_cleanup_errors=True) as folder:
        run = Run(options, Path(folder))
        with LogCopy(run.log):
            logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
            log.info("notebook %s version %s", options.notebook, options.version_id or "(newest)")
            with run.keeping.going_on():
                outcome = run.execute()
            run.render()
            log.info("%s %s", outcome.status, describe(outcome))
        try:
            run.upload(outcome)
        except StorageError as error:
            log.error("%s", error)
            return NO_OUTCOME
        return EXIT_CODES[outcome.status]


def describe(outcome: Outcome) -> str:
    where = f"cell {outcome.cell}: " if outcome.cell else ""
    what = ": ".join(part for part in (outcome.error, outcome.message) if part)
    return where + what


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
