"""What there is of a run, kept in S3 while it goes on: whatever kills the runner, its last minute is all that is lost.

Only run.log and the executed notebook, and only when they have changed. outcome.json is never among them, so nobody takes
what is kept here for the whole.
"""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from storage import Results, StorageError

log = logging.getLogger("atmo")

Files = Callable[[], list[Path]]


class Keeping:
    """Uploads the files that `files` names when they have changed, every `seconds` and whenever it is told to."""

    def __init__(self, results: Results, files: Files, seconds: float) -> None:
        self.results, self.files, self.seconds = results, files, seconds
        self._kept: dict[Path, tuple[int, int]] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Inside, files are kept again and again. Afterwards none is on its way any more."""
        thread = threading.Thread(target=self._again_and_again, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def now(self) -> None:
        """Upload what has changed. A failure is logged: the next time, or the end of the run, makes up for it."""
        with self._lock:
            for path in self.files():
                try:
                    self._keep(path)
                except (OSError, StorageError) as error:
                    log.warning("%s was not kept: %s", path.name, error)

    def _again_and_again(self) -> None:
        while not self._over.wait(self.seconds):
            self.now()

    def _keep(self, path: Path) -> None:
        if not path.exists():
            return
        # A copy, because the file goes on growing and S3 is told its length first.
        copy = path.with_name(f"kept-{path.name}")
        shutil.copyfile(path, copy)
        found = path.stat()
        state = (found.st_mtime_ns, copy.stat().st_size)
        if self._kept.get(path) != state:
            self.results.put(copy, path.name)
            self._kept[path] = state
