"""Tests also call what functions do without invoking them, at a time of their own. It is the function that does it all the same."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import Any

from localaws import running

DONE_BY = {
    "dispatch": ("chalicelib.dispatch.service:dispatch",),
    "sweep": ("chalicelib.entrypoints.sweep:sweep",),
    "on-emr-event": ("chalicelib.entrypoints.events:apply_event",),
    "run-task": (
        "chalicelib.dispatch.service:serve_slot",
        "chalicelib.entrypoints.run_task:task",
        "chalicelib.runs.lifecycle:task",
    ),
    "cluster-task": ("chalicelib.clusters.lifecycle:task",),
}


def install() -> None:
    """From now on these run under their functions' roles where no function runs."""
    for function, homes in DONE_BY.items():
        for module, _, name in (home.partition(":") for home in homes):
            home = import_module(module)
            setattr(home, name, _as_function(f"atmo-local-{function}", getattr(home, name)))


def _as_function(function: str, act: Callable[..., Any]) -> Callable[..., Any]:
    if getattr(act, "done_by", ""):
        return act

    @wraps(act)
    def done(*args: Any, **options: Any) -> Any:
        with running.acting(running.current() or function):
            return act(*args, **options)

    done.done_by = function  # type: ignore[attr-defined]
    return done
