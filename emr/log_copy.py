"""run.log: a copy of everything this process and those it starts write to standard output and error."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from types import TracebackType

# A process that outlived the notebook may hold the pipe open; the log is then uploaded without its last words.
DRAIN_SECONDS = 5


class LogCopy:
    """While entered, file descriptors 1 and 2 go both into `path` and to where standard output went before.

    Descriptors and not sys.stdout: the kernel and its JVM inherit descriptors.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> LogCopy:
        self.path.touch()  # the first checkpoint may come before the first line
        self.before = [os.dup(1), os.dup(2)]
        source, sink = os.pipe()
        self.pump = threading.Thread(target=self._copy, args=(source,), daemon=True)
        self._redirect([sink, sink])
        os.close(sink)
        self.pump.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._redirect(self.before)
        self.pump.join(DRAIN_SECONDS)

    def _redirect(self, targets: list[int]) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        for descriptor, target in zip((1, 2), targets, strict=False):
            os.dup2(target, descriptor)

    def _copy(self, source: int) -> None:
        with self.path.open("ab", buffering=0) as log:
            while chunk := os.read(source, 65536):
                log.write(chunk)
                os.write(self.before[0], chunk)
