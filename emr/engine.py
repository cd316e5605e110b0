"""The engine papermill executes notebooks with: our kernel, its own environment, and a record of what happened.

papermill judges a run by the error outputs it finds afterwards; we by what its cells said when they ended, because a cell
may be allowed to raise, and IPython does not make an output of every error.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import ipynb
from jupyter_client.manager import AsyncKernelManager
from lean_papermill import NBClientEngine, PapermillNotebookClient, papermill_engines
from nbclient.exceptions import CellExecutionError
from output_limit import OutputLimit
from traitlets.config import Config

log = logging.getLogger("atmo")

NAME = "atmo"
# How long the kernel may take to start on a busy machine.
START_SECONDS = 120
# How long what a cell put out may take to arrive once it has ended: on a busy machine, or when it is much. papermill gives up,
# and with it the notebook, after four seconds.
OUTPUT_SECONDS = 300
# How long the kernel may take to end Spark before it is ended itself, after half of this time in which it is asked again.
SHUTDOWN_SECONDS = 20


class Stopped(Exception):
    """The notebook is to go no further, though the cell that was interrupted ended well."""


@dataclass
class Progress:
    """How far an execution has come. `running` is the cell that was last begun, `failed` the one that stopped it, with its
    error; `part` is how the log calls cells. Once `over`, no further cell is begun."""

    part: str = "cell"
    over: bool = False
    running: Any = None
    failed: tuple[Any, CellExecutionError] | None = None


@dataclass(frozen=True)
class KernelStart:
    """What the kernel is started with: the folder it works in, its whole environment, and arguments of its own. `meanwhile` is
    called once its process has been started: the runner only waits then, until it answers."""

    folder: str
    environment: Mapping[str, str]
    arguments: list[str] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None


class QuietShutdown(AsyncKernelManager):
    """Ends a kernel without interrupting it first: no cell is running then, and its log would end with an error."""

    async def _async_interrupt_kernel(self) -> None:
        """Nobody else asks for it: a cell that runs too long is interrupted by signal."""


class Client(PapermillNotebookClient):  # type: ignore[misc]
    """Keeps Jupyter's numbers those of the user's own notebook, logs each cell's time, notes what failed, and drops output that
    would be too much."""

    progress: Progress
    output_limit: OutputLimit
    meanwhile: Callable[[], None]

    def start_new_kernel(self, **options: Any) -> None:
        super().start_new_kernel(**options)
        self.meanwhile()

    def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
        passed = self.output_limit.passed(msg, cell_index)
        return super().process_message(passed, cell, cell_index) if passed else None

    def execute_cell(self, cell: Any, index: int) -> Any:
        if self.progress.over:
            raise Stopped
        if cell.cell_type != "code":
            return cell
        number = next((n for n, own in ipynb.numbered(self.nb.cells) if own is cell), None)
        if number is None:
            return self._execute_unnumbered(cell, index)
        self.progress.running, started = cell, time.monotonic()
        try:
            return super().execute_cell(cell, index)
        except CellExecutionError as error:
            self.progress.failed = (cell, error)
            raise
        finally:
            log.info("%s %d: %.1f s", self.progress.part, number, time.monotonic() - started)

    async def _check_raise_for_error(self, cell: Any, cell_index: int, exec_reply: Any) -> None:
        """exit() and quit() end the notebook, as sys.exit() does: the kernel would go on until it happens to stop."""
        await super()._check_raise_for_error(cell, cell_index, exec_reply)
        payload = exec_reply["content"].get("payload", ()) if exec_reply else ()
        if any(each.get("source") == "ask_exit" for each in payload):
            raise CellExecutionError("", "SystemExit", "0")

    def _execute_unnumbered(self, cell: Any, index: int) -> Any:
        try:
            super().execute_cell(cell, index, store_history=False)
        except CellExecutionError as error:
            self.progress.failed = (cell, error)
            raise
        cell["execution_count"] = None
        return cell


class Engine(NBClientEngine):  # type: ignore[misc]
    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, *, progress: Progress, start: KernelStart, **options: Any
    ) -> Any:
        # Other users of the machine can read local TCP; what the cells compute is nobody else's.
        config = Config({"KernelManager": {"transport_encryption": "required", "shutdown_wait_time": SHUTDOWN_SECONDS}})
        client = Client(
            nb_man,
            kernel_name=kernel_name,
            kernel_manager_class=QuietShutdown,
            extra_arguments=start.arguments,
            startup_timeout=START_SECONDS,
            iopub_timeout=OUTPUT_SECONDS,
            config=config,
        )
        client.progress, client.output_limit, client.meanwhile = progress, OutputLimit(), start.meanwhile
        return client.execute(cwd=start.folder, env=dict(start.environment))


papermill_engines.register(NAME, Engine)
