"""Which function runs: what this thread does is done by it, under its role and into its log.

Work that a function gives to threads of its own is the function's, too. What the embedded AWS does in the same thread, to answer
a call, is not.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from localaws.patching import replace

PORTAL = "atmo-local-api-handler"
"""The portal's function, whose requests do not come through Lambda's API."""
_function: ContextVar[str] = ContextVar("function", default="")


def current() -> str:
    """The name of the function that runs here; "" for none."""
    return _function.get()


@contextmanager
def of_function(name: str) -> Iterator[None]:
    """What is done in here is done by this function; with "" by none."""
    token = _function.set(name)
    try:
        yield
    finally:
        _function.reset(token)


def install() -> None:
    """Let threads be their function's. Python's own begin with nothing of the one that started them."""

    def starting(original: Any) -> Any:
        def start(thread: threading.Thread) -> None:
            if name := current():
                thread.run = _run_for(name, thread.run)  # type: ignore[method-assign]
            original(thread)

        return start

    replace(threading.Thread, "start", starting)


def _run_for(name: str, run: Any) -> Any:
    def run_for() -> None:
        with of_function(name):
            run()

    return run_for
