"""Executing a notebook: papermill in a thread of its own, watched from the main thread, which stops it when told to."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import engine
import kernel
import nbformat
import outcome
import psutil  # type: ignore[import-untyped]
from engine import KernelStart, Progress
from lean_papermill import execute_notebook, papermill_engines
from nbclient.exceptions import CellExecutionError, DeadKernelError
from outcome import Outcome

log = logging.getLogger("atmo")

# How long a cell that is interrupted may take to stop. Its traceback then shows where it was, and Spark ends its jobs.
INTERRUPT_SECONDS = 5
# How long papermill may take to notice that its kernel is gone (it looks once a second) and to save the notebook.
LAST_WORDS_SECONDS = 20


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


class Execution:
    """One notebook, executed into a file that always holds what has been executed so far."""

    def __init__(
        self,
        notebook: Any,
        parameters: dict[str, Any],
        executed: Path,
        start: KernelStart,
        when_told_to_stop: Callable[[], None] = lambda: None,
        part: str = "cell",
    ) -> None:
        self.notebook, self.parameters = notebook, parameters
        self.executed = self.result = executed
        self.start, self.part, self.progress = start, part, Progress(part)
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
            where = self._place()
            self.when_told_to_stop()
            self._stop()
            return outcome.terminated(where)
        if not in_time:
            where = self._place()
            self._stop()
            return outcome.timed_out(where, limit)
        return self._ended()

    def so_far(self) -> Any:
        """The notebook with the outputs there are; None before papermill first wrote it."""
        if not self.executed.exists():
            return None
        with contextlib.suppress(ValueError):  # half-written, when papermill itself was stopped in the middle
            return nbformat.read(self.executed, as_version=4)  # type: ignore[no-untyped-call]
        return None

    def to_keep(self) -> Path:
        """Where the notebook is while it is executed; papermill writes it after each cell."""
        return self.executed

    def write_executed(self) -> Any:
        """The notebook for the page, None when nothing has been executed; papermill has written the file."""
        return self.so_far()

    def _place(self) -> dict[str, Any]:
        return outcome.place(self.notebook, self.progress.running)

    def _papermill(self) -> None:
        try:
            self.notebook = execute_notebook(
                self.notebook,
                None,
                self.parameters,
                engine_name=engine.NAME,
                kernel_name=kernel.NAME,
                language="python",
                prepare_only=True,
            )
            # Not execute_notebook: it takes every error output for a failure, of cells that may raise as well.
            papermill_engines.execute_notebook_with_engine(
                engine.NAME,
                self.notebook,
                kernel.NAME,
                output_path=str(self.executed),
                progress_bar=False,
                progress=self.progress,
                start=self.start,
            )
        except BaseException as error:
            self.error = error
        finally:
            self.done.set()

    def _stop(self) -> None:
        self.progress.over = True
        interrupt_kernel()
        self.done.wait(INTERRUPT_SECONDS)
        kill_children()
        self.done.wait(LAST_WORDS_SECONDS)

    def _ended(self) -> Outcome:
        if self.progress.failed:
            return outcome.stopped_in(self.notebook, *self.progress.failed)
        if self.error is None:
            return Outcome(outcome.SUCCEEDED)
        if isinstance(self.error, CellExecutionError):
            return Outcome(outcome.FAILED, error=self.error.ename, message=self.error.evalue)
        log.error("papermill stopped", exc_info=self.error)
        if isinstance(self.error, DeadKernelError):
            return outcome.kernel_died(self._place())
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
