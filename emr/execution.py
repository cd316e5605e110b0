"""Executing a notebook: papermill in a thread of its own, watched from the main thread, which stops it when told to."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import kernel
import nbformat
import outcome
import papermill
import psutil  # type: ignore[import-untyped]
from nbclient.exceptions import DeadKernelError
from outcome import Outcome
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from traitlets.config import Config

log = logging.getLogger("atmo")

# How long a cell that is interrupted may take to stop. Its traceback then shows where it was, and Spark ends its jobs.
INTERRUPT_SECONDS = 5
# How long papermill may take to notice that its kernel is gone (it looks once a second) and to save the notebook.
LAST_WORDS_SECONDS = 20


# How long the kernel may take to end Spark before it is ended itself, after half of this time in which it is asked again.
SHUTDOWN_SECONDS = 20


class Terminated(BaseException):
    """SIGTERM or SIGINT came. Not an Exception: no handler of errors on the way may swallow it."""


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Inside, SIGTERM and SIGINT raise Terminated in the main thread. Afterwards they are ignored: uploads finish."""

    def stop(number: int, frame: object) -> None:
        ignore()
        raise Terminated

    def ignore() -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    try:
        yield
    finally:
        ignore()


class Client(PapermillNotebookClient):  # type: ignore[misc]
    """Keeps Jupyter's numbers those of the user's own notebook, and logs each cell's time."""

    def execute_cell(self, cell: Any, index: int) -> Any:
        if cell.cell_type != "code":
            return cell
        number = next((n for n, own in outcome.numbered(self.nb) if own is cell), None)
        if number is None:
            return self._execute_unnumbered(cell, index)
        started = time.monotonic()
        try:
            return super().execute_cell(cell, index)
        finally:
            log.info("cell %d: %.1f s", number, time.monotonic() - started)

    def _execute_unnumbered(self, cell: Any, index: int) -> Any:
        super().execute_cell(cell, index, store_history=False)
        cell["execution_count"] = None
        return cell


class Engine(NBClientEngine):  # type: ignore[misc]
    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> Any:
        # Other users of the machine can read local TCP; what the cells compute is nobody else's.
        config = Config({"KernelManager": {"transport_encryption": "required", "shutdown_wait_time": SHUTDOWN_SECONDS}})
        return Client(
            nb_man, kernel_name=kernel_name, startup_timeout=options["start_timeout"], config=config
        ).execute()


papermill_engines.register("atmo", Engine)


class Execution:
    """One notebook, executed into a file that always holds what has been executed so far."""

    def __init__(
        self,
        notebook: Any,
        parameters: dict[str, Any],
        executed: Path,
        output: Path,
        when_told_to_stop: Callable[[], None] = lambda: None,
    ) -> None:
        self.notebook, self.parameters = notebook, parameters
        self.executed = self.result = executed
        self.output = output
        self.when_told_to_stop = when_told_to_stop
        self.error: BaseException | None = None
        # Not Thread.join: in Python 3.11 a join that a signal interrupts believes the thread has ended.
        self.done = threading.Event()

    def run(self, seconds: float, limit: float) -> Outcome:
        """Execute for at most `seconds`, what is left of the `limit` the user knows. Notebooks' errors do not raise."""
        try:
            threading.Thread(target=self._papermill, daemon=True).start()
            in_time = self.done.wait(max(seconds, 0))
        except Terminated:
            # Whoever stops us may not wait until the notebook has: first what there is, then the rest of it.
            self.when_told_to_stop()
            self._stop()
            return outcome.terminated(self.so_far())
        if not in_time:
            self._stop()
            return outcome.timed_out(self.so_far(), limit)
        return self._ended()

    def so_far(self) -> Any:
        """The notebook with the outputs there are; None before papermill first wrote it."""
        if not self.executed.exists():
            return None
        with contextlib.suppress(ValueError):  # half-written, when papermill itself was stopped in the middle
            return nbformat.read(self.executed, as_version=4)  # type: ignore[no-untyped-call]
        return None

    def keep(self) -> Any:
        """The notebook for the page, None when nothing has been executed; papermill has written the file."""
        return self.so_far()

    def _papermill(self) -> None:
        try:
            papermill.execute_notebook(
                self.notebook,
                self.executed,
                self.parameters,
                engine_name="atmo",
                kernel_name=kernel.NAME,
                language="python",
                progress_bar=False,
                cwd=self.output,
            )
        except BaseException as error:
            self.error = error
        finally:
            self.done.set()

    def _stop(self) -> None:
        interrupt_kernel()
        self.done.wait(INTERRUPT_SECONDS)
        kill_children()
        self.done.wait(LAST_WORDS_SECONDS)

    def _ended(self) -> Outcome:
        if self.error is None:
            return Outcome(outcome.SUCCEEDED)
        if isinstance(self.error, papermill.PapermillExecutionError):
            return outcome.raised(self.so_far())
        log.error("papermill stopped", exc_info=self.error)
        if isinstance(self.error, DeadKernelError):
            return outcome.kernel_died(self.so_far())
        return Outcome(outcome.FAILED, error=type(self.error).__name__, message=str(self.error))


def interrupt_kernel() -> None:
    """Do what Jupyter's stop button does: SIGINT to the process group of the kernel, the only child there is."""
    for process in psutil.Process().children():
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)


def kill_children() -> None:
    """End the kernel, its JVM and whatever else the notebook started. All at once, so that none restarts another."""
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
