"""Run one notebook from S3 and put what came of it back into S3: the step of a job's cluster, on EMR or embedded.

    run_notebook.py --notebook s3://bucket/key [--version-id V] --results s3://bucket/prefix/
                    [--timeout-seconds N] [--deadline TIME] [--parameters JSON] [--context JSON]
                    [--checkpoint-seconds N]

Below --results, in this order: run.log, notebook.ipynb (executed, or as far as it came; a Zeppelin note as notebook.json),
files/... (everything the notebook left in its output folder), outcome.json, notebook.html (self-contained). Whoever sees
outcome.json finds the rest complete, but for the page, which takes its time. All but outcome.json and the page are there
before, too: they are kept every minute, and at once when the run is stopped from outside. Exit code 0 for SUCCEEDED, 1 for
FAILED, 124 for TIMED_OUT (as timeout(1) has it), 3 when even the outcome could not be written.

The notebook is stopped when it has run for --timeout-seconds, and in any case so long before --deadline, when the cluster
will be ended, that everything can be uploaded.

The notebook finds:
- `spark` and `sc`, as in the pyspark shell, made when a cell first reads one of them (see kernel.py);
- ATMO_OUTPUT_DIR in its environment: the folder whose files are kept, which is also the working directory; the other
  variables it finds are those that environment.py names;
- its parameters, set in a cell after the one tagged "parameters", or before all others;
- what the run is for (--context): ATMO_SLOT and the like in its environment, and as parameters those that the cell tagged
  "parameters" gives a default (see run_context.py).
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import importlib
import json
import logging
import os
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn, Protocol

import environment
import ipynb
import kernel
import nbformat
import oom
import parameters as job_parameters
import run_context
import spark_use
from checkpoint import Checkpoint, OutputFolder
from credentials import RunCredentials
from engine import KernelStart
from execution import Execution, Terminated, kill_children, stoppable
from log_copy import LogCopy
from outcome import FAILED, SUCCEEDED, TIMED_OUT, Outcome, terminated
from storage import Results, StorageError, fetch, s3_client
from zeppelin.note import is_note

log = logging.getLogger("atmo")

EXIT_CODES = {SUCCEEDED: 0, FAILED: 1, TIMED_OUT: 124}
NO_OUTCOME = 3
LOG_FORMAT = "%(asctime)s %(name)s %(levelname)s %(message)s"
MAX_RESERVE, RESERVED_SHARE = 300.0, 0.1
"""Seconds that are kept before the cluster's end for uploading, and the share of the timeout that they may take at most."""
MAX_NAMED = 20
"""Files that the outcome names of those that could not be kept."""


def arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Run a notebook from S3 and keep its results in S3.", allow_abbrev=False
    )
    parser.add_argument("--notebook", required=True, help="s3://bucket/key")
    parser.add_argument("--version-id", help="the version of the notebook; the newest without it")
    parser.add_argument("--results", required=True, help="s3://bucket/prefix/")
    parser.add_argument("--timeout-seconds", type=float, default=24 * 3600.0)
    parser.add_argument("--deadline", type=datetime.fromisoformat, help="when the cluster is ended, RFC 3339")
    parser.add_argument(
        "--report", action="store_true", help="leave report.html too: the page without the cells' source"
    )
    parser.add_argument(
        "--credentials", nargs=3, metavar=("FUNCTION", "RUN", "TOKEN"),
        help="the function that gives this run its credentials for S3 and its parameters, and what it is shown; without it, "
        "the machine's credentials are used",
    )  # fmt: skip
    parser.add_argument(
        "--parameters", help="a JSON object; without it the function gives the run's, and else there are none"
    )
    parser.add_argument("--context", default="{}", help="what the run is for, a JSON object")
    parser.add_argument("--checkpoint-seconds", type=float, default=60.0, help="how often what there is is uploaded")
    return parser.parse_args(argv)


class Runnable(Protocol):
    """A notebook or note, ready to be executed; `result` is where the executed one is kept, `part` what it is divided into."""

    result: Path
    part: str

    def run(self, seconds: float, limit: float) -> Outcome:
        """Execute for at most `seconds`, what is left of the `limit` the user knows."""

    def to_keep(self) -> Path:
        """Write what has been executed so far, unless nothing is new; returns where, whether or not there is anything yet."""

    def write_executed(self) -> Any:
        """Write the executed note or notebook; returns the notebook for its page, None when nothing has been executed."""


def seconds_left(timeout: float, deadline: datetime | None, now: datetime) -> float:
    """How long the notebook may run: its timeout, or less where the cluster is ended before there is time to upload."""
    if deadline is None:
        return timeout
    return min(timeout, (deadline - now).total_seconds() - min(MAX_RESERVE, timeout * RESERVED_SHARE))


class Run:
    """One run and its folder on this machine; the folder goes away with it."""

    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        self.options = options
        self.started_at = now()
        self.deadline = time.monotonic() + seconds_left(options.timeout_seconds, options.deadline, self.started_at)
        self.folder, self.page = folder, folder / "notebook.html"
        self.log, self.outcome = folder / "run.log", folder / "outcome.json"
        self.spark_used = folder / "spark.json"
        self.repairs: tuple[str, ...] = ()
        self.execution: Runnable | None = None
        self.preparing = threading.Thread(target=prepare_page, daemon=True)
        self.context: dict[str, Any] = {}
        self.output, self.temporary = folder / "output", folder / "tmp"
        for path in (self.output, self.temporary):
            path.mkdir()
        os.environ["JUPYTER_PATH"] = str(kernel.install(folder))
        self.credentials = RunCredentials(*options.credentials) if options.credentials else None
        self.client = s3_client(self.credentials.session()) if self.credentials else s3_client()
        self.results = Results(self.client, options.results)
        self.files = OutputFolder(self.results, self.output)
        self.checkpoint = Checkpoint(self.results, self.so_far, self.files, options.checkpoint_seconds)

    def execute(self) -> Outcome:
        """Fetch and execute. Whatever goes wrong becomes an outcome."""
        before = oom.oom_kills()
        outcome = self._execute()
        used = spark_use.load(self.spark_used) if outcome.status == SUCCEEDED else None
        outcome = dataclasses.replace(outcome, repairs=self.repairs, spark=used)
        killed = oom.oom_kills() - before
        if killed > 0 and outcome.status != SUCCEEDED:
            log.error("Linux ended %d process(es) of this machine because no memory was left", killed)
            return dataclasses.replace(outcome, oom_kills=killed)
        return outcome

    def so_far(self) -> list[Path]:
        """The files that are worth keeping before the run is over."""
        return [self.log, *([self.execution.to_keep()] if self.execution else [])]

    def _execute(self) -> Outcome:
        try:
            with stoppable():
                return self._fetch_and_execute()
        except (StorageError, ipynb.Refused) as error:
            return Outcome(FAILED, message=str(error))
        except Terminated:
            kill_children()
            return terminated({})
        except Exception as error:  # ours, not the notebook's: the user must still get an outcome
            log.exception("the runner failed")
            return Outcome(FAILED, error=type(error).__name__, message=f"The runner failed: {error}")

    def _fetch_and_execute(self) -> Outcome:
        self.context = run_context.parse(self.options.context)
        parameters = self.parameters()
        if self.credentials:
            self.context |= self.objects(*self.credentials.keys())
        content = fetch(self.client, self.options.notebook, self.options.version_id)
        document = ipynb.decode(content, "The notebook")
        if is_note(document):
            self.execution = self.of_note(document, parameters)
        else:
            self.execution = self.of_notebook(ipynb.read(content), parameters)
        return self.execution.run(self.deadline - time.monotonic(), self.options.timeout_seconds)

    def parameters(self) -> dict[str, Any]:
        """Those that were given as an argument, or else the run's own."""
        if self.options.parameters is None and self.credentials:
            return job_parameters.checked(self.credentials.parameters())
        return job_parameters.parse(self.options.parameters or "{}")

    def objects(self, keys: list[str], address: str) -> dict[str, Any]:
        """What the run is for of objects that arrived: their keys, and the file with all of them where these are not all."""
        file = self.folder / "keys.json"
        if address:
            file.write_bytes(fetch(self.client, address, None, "read the list of keys"))
        return {"keys": keys, "keys_file": str(file) if address else ""}

    def of_notebook(self, notebook: ipynb.Notebook, parameters: dict[str, Any]) -> Execution:
        """How a notebook is executed, with the magics of sparkmagic where it names a kernel of sparkmagic's."""
        self.repairs = notebook.repairs
        if notebook.repairs:
            log.info("the notebook was repaired before it was run: %s", "; ".join(notebook.repairs))
        declared = run_context.declared(notebook.cells)
        ours = {name: value for name, value in self.context_parameters().items() if name in declared}
        node = nbformat.from_dict(notebook.document)  # type: ignore[no-untyped-call]
        executed = self.folder / "notebook.ipynb"
        start = self.kernel_start(["--sparkmagic"] if "pyspark" in notebook.kernel.lower() else [])
        return Execution(node, ours | parameters, executed, start, self.checkpoint.save)

    def of_note(self, document: dict[str, Any], parameters: dict[str, Any]) -> Runnable:
        """How a note is executed: in Zeppelin where one of its paragraphs needs that, or refused; else as notebooks are."""
        from zeppelin import note as zeppelin_note  # imported where there is a note
        from zeppelin import server_execution
        from zeppelin.kernel_execution import NoteExecution

        note = zeppelin_note.parse(document, self.context_parameters() | parameters)
        beyond = note.beyond_python()
        if beyond is None:
            return NoteExecution(note, parameters, self.folder, self.kernel_start([]), self.checkpoint.save)
        url = server_execution.address()
        if url is None:
            raise ipynb.Refused(zeppelin_note.refusal(beyond))
        log.info("paragraph %d is %%%s: Zeppelin at %s runs the note", beyond.number, beyond.interpreter, url)
        return server_execution.ServerExecution(note, self.folder, url, self.checkpoint.save)

    def context_parameters(self) -> dict[str, Any]:
        """What the run is for, and where its files go, as parameters; the job's own of the same name are before these."""
        return run_context.parameters(self.context) | {"atmo_output_dir": str(self.output)}

    def kernel_start(self, arguments: list[str]) -> KernelStart:
        """The kernel's temporary files live and go with the run's folder."""
        output, temporary = str(self.output), str(self.temporary)
        context = run_context.variables(self.context)
        variables = environment.of_notebook(os.environ, ATMO_OUTPUT_DIR=output, TMPDIR=temporary, **context)
        arguments = [*arguments, "--spark-use", str(self.spark_used)]
        return KernelStart(output, variables, arguments, self.preparing.start)

    def upload_files(self) -> tuple[dict[str, str], ...]:
        """The output folder; returns what could not be kept, and why."""
        failed = self.files.upload(final=True)
        for each in failed[:MAX_NAMED]:
            log.warning("%s was not kept: %s", each["name"], each["reason"])
        if len(failed) > MAX_NAMED:
            more = {"name": f"and {len(failed) - MAX_NAMED} more", "reason": failed[MAX_NAMED]["reason"]}
            return (*failed[:MAX_NAMED], more)
        return tuple(failed)

    def upload(self, outcome: Outcome) -> Any:
        """The log and the executed notebook, and the outcome last; returns the notebook for the page. Raises StorageError."""
        shown = self._executed()
        self.results.put(self.log, "run.log")
        if self.execution and self.execution.result.exists():
            self.results.put(self.execution.result, self.execution.result.name)
        self.outcome.write_text(json.dumps(outcome.document(self.started_at, now()), indent=2))
        self.results.put(self.outcome, "outcome.json")
        return shown

    def _executed(self) -> Any:
        try:
            return self.execution.write_executed() if self.execution else None
        except Exception:  # what a note cannot hold must not cost the user the other results
            log.exception("the executed notebook could not be written")
            return None

    def render(self, shown: Any) -> None:
        """Make the page of what was executed, and keep it."""
        if self.preparing.ident:  # no kernel was started for a note that Zeppelin ran
            self.preparing.join()
        try:
            import html_export  # takes longer to import than most notebooks to run; the outcome does not wait for it

            self.page.write_text(html_export.html(shown, PurePosixPath(self.options.notebook).name), "utf-8")
            self.results.put(self.page, "notebook.html")
            if self.options.report:
                self.page.write_text(html_export.report(shown, PurePosixPath(self.options.notebook).stem), "utf-8")
                self.results.put(self.page, "report.html")
        except Exception:  # an output that nbconvert cannot show
            log.exception("the page of the notebook could not be created")
            with contextlib.suppress(StorageError):
                self.results.put(self.log, "run.log")


def now() -> datetime:
    return datetime.now(UTC)


def main(argv: list[str]) -> int:
    options = arguments(argv)
    with tempfile.TemporaryDirectory(prefix="atmo-run-", ignore_cleanup_errors=True) as folder:
        run = Run(options, Path(folder))
        with LogCopy(run.log):
            logging.basicConfig(level=logging.INFO, format=LOG_FORMAT)
            logging.getLogger("papermill").setLevel(logging.WARNING)  # it names files that are ours, not the user's
            log.info("notebook %s version %s", options.notebook, options.version_id or "(newest)")
            with run.checkpoint.running():
                outcome = run.execute()
            outcome = dataclasses.replace(outcome, not_uploaded=run.upload_files())
            log.info("%s %s", outcome.status, describe(outcome, run.execution.part if run.execution else ""))
        log.addHandler(log_file(run.log))
        try:
            shown = run.upload(outcome)
        except StorageError as error:
            log.error("%s", error)
            return NO_OUTCOME
        if shown is not None:
            run.render(shown)
        return EXIT_CODES[outcome.status]


def prepare_page() -> None:
    """Load what makes pages, and make an empty one, which compiles the templates: it takes as long as a small notebook, and is
    done while the kernel starts. What goes wrong goes wrong again when the page is made, and is logged there."""
    with contextlib.suppress(Exception):
        empty: Any = nbformat.v4.new_notebook()  # type: ignore[no-untyped-call]
        importlib.import_module("html_export").html(empty, "")


def log_file(path: Path) -> logging.Handler:
    """For what is logged after the copy of the log has ended."""
    handler = logging.FileHandler(path)
    handler.setFormatter(logging.Formatter(LOG_FORMAT))
    return handler


def describe(outcome: Outcome, part: str) -> str:
    where = f"{part} {outcome.cell}: " if outcome.cell else ""
    what = ": ".join(part for part in (outcome.error, outcome.message) if part)
    return where + what


def leave(code: int) -> NoReturn:
    """End the process at once: everything has been kept, and to take apart what was imported takes 0.3 s of an empty notebook's
    2 s."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    leave(main(sys.argv[1:]))
