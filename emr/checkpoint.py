"""What there is of a run, kept in S3 while it goes on: whatever kills the runner, its last minute is all that is lost.

run.log, the executed notebook and the files of the output folder, only when they have changed. outcome.json is never among
them, so nobody takes what is kept here for the whole.
"""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from storage import Results, StorageError

log = logging.getLogger("atmo")

Files = Callable[[], list[Path]]
State = tuple[int, int]
"""When a file was last written, in nanoseconds, and its size in bytes."""

PARALLEL = 16
"""Files that are uploaded at once; small ones wait for S3 more than they travel."""
MAX_GROWING = 16_000_000
"""Bytes up to which a file is kept that may still be growing; a larger one, once it has stopped."""


class OutputFolder:
    """The files of the output folder, each uploaded when it has changed since it last was."""

    def __init__(self, results: Results, folder: Path) -> None:
        self.results, self.folder = results, folder
        self._seen: dict[Path, State] = {}
        self._uploaded: dict[Path, State] = {}
        self._lock = threading.Lock()

    def upload(self, *, final: bool) -> list[dict[str, str]]:
        """Upload what has changed; returns the files that could not be, by name and reason. Unless this is the `final` time,
        large files that may still be growing wait."""
        with self._lock:
            states = {path: state for path in self._files() if (state := state_of(path))}
            due = [path for path, state in states.items() if self._is_due(path, state, final)]
            self._seen = states
            with ThreadPoolExecutor(PARALLEL) as pool:
                refusals = list(pool.map(self._upload, due, (states[path] for path in due)))
        return [refusal for refusal in refusals if refusal]

    def _files(self) -> list[Path]:
        return [path for path in sorted(self.folder.rglob("*")) if path.is_file() and not path.is_symlink()]

    def _is_due(self, path: Path, state: State, final: bool) -> bool:
        if self._uploaded.get(path) == state:
            return False
        return final or state[1] <= MAX_GROWING or self._seen.get(path) == state

    def _upload(self, path: Path, state: State) -> dict[str, str] | None:
        name = f"files/{path.relative_to(self.folder).as_posix()}"
        reason = self.results.refusal(name)
        if not reason:
            try:
                self.results.put(path, name)
                self._uploaded[path] = state
            except (OSError, StorageError) as error:
                reason = str(error)
        shown = name.removeprefix("files/").encode("unicode_escape", "surrogatepass").decode() if reason else ""
        return {"name": shown[:300], "reason": reason[:300]} if reason else None


def state_of(path: Path) -> State | None:
    """None when it is gone."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


class Checkpoint:
    """Uploads the files that `files` names, and the output folder, when they have changed, every `seconds` and on request."""

    def __init__(self, results: Results, files: Files, output: OutputFolder, seconds: float) -> None:
        self.results, self.files, self.output, self.seconds = results, files, output, seconds
        self._saved: dict[Path, State] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Inside, files are uploaded again and again. Afterwards no upload is under way."""
        thread = threading.Thread(target=self._save_repeatedly, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def save(self) -> None:
        """Upload what has changed. A failure is logged: the next time, or the end of the run, makes up for it."""
        with self._lock:
            for path in self.files():
                try:
                    self._upload_copy(path)
                except (OSError, StorageError) as error:
                    log.warning("%s was not kept: %s", path.name, error)
        self.output.upload(final=False)

    def _save_repeatedly(self) -> None:
        """At once for the first time: whoever finds a log knows that the runner has begun."""
        self.save()
        while not self._over.wait(self.seconds):
            self.save()

    def _upload_copy(self, path: Path) -> None:
        state = state_of(path)
        if state is None or self._saved.get(path) == state:
            return
        # A copy, because the file goes on growing and S3 is told its length first.
        copy = path.with_name(f"copy-of-{path.name}")
        shutil.copyfile(path, copy)
        self.results.put(copy, path.name)
        self._saved[path] = state
