"""Who does what this thread does: a function, under its role and into its log, or a state machine, under its role.

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
_MACHINES = "arn:"
"""Functions are known by their names, state machines by the ARNs of their roles."""
_principal: ContextVar[str] = ContextVar("principal", default="")


def principal() -> str:
    """The name of the function, or the ARN of the state machine's role, that acts here; "" for none."""
    return _principal.get()


def current() -> str:
    """The name of the function that runs here; "" for none."""
    return "" if principal().startswith(_MACHINES) else principal()


@contextmanager
def acting(name: str) -> Iterator[None]:
    """What is done in here is done by this function, or by the state machine with this role's ARN; with "" by none."""
    token = _principal.set(name)
    try:
        yield
    finally:
        _principal.reset(token)


def install() -> None:
    """Let threads be their function's. Python's own begin with nothing of the one that started them."""

    def starting(original: Any) -> Any:
        def start(thread: threading.Thread) -> None:
            if name := principal():
                thread.run = _run_for(name, thread.run)  # type: ignore[method-assign]
            original(thread)

        return start

    replace(threading.Thread, "start", starting)


def _run_for(name: str, run: Any) -> Any:
    def run_for() -> None:
        with acting(name):
            run()

    return run_for
