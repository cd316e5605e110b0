"""Runs a module's tests against a changed module: in a fork each time, which imports the changed code in its place."""

from __future__ import annotations

import ast
import importlib
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from multiprocessing.connection import wait
from multiprocessing.context import ForkProcess
from pathlib import Path
from types import ModuleType

from tests.support.mutants import Mutant, mutants

ROOT = Path(__file__).resolve().parents[2]
WARM = (
    "pytest",
    "hypothesis",
    "pynamodb.models",
    "pydantic",
    "cronsim",
    "cryptography.hazmat.primitives.serialization",
)
"""What takes long to import and belongs to others: imported once, before the forks."""
OPTIONS = ("-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--hypothesis-profile=mutants")
FORK = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Verdict:
    """Whether the tests noticed a change. One that keeps them from ever ending was noticed."""

    change: str
    line: int
    noticed: bool


def verdicts(module: str, tests: Sequence[str], workers: int) -> list[Verdict]:
    """Every change of a module of chalicelib, such as "schedules/slots", in the code's order.

    Raises:
        ValueError: the tests fail without any change.
    """
    for name in WARM:
        importlib.import_module(name)
    path = ROOT / "chalicelib" / f"{module}.py"
    source = path.read_text()
    began = time.monotonic()
    (untouched,) = _noticed(module, tests, [Mutant("", 0, ast.parse(source))], 1, 600)
    if untouched:
        raise ValueError(f"The tests of {module} fail as it is: {' '.join(tests)}")
    patience = 4 * (time.monotonic() - began) + 5
    planted = list(mutants(source))
    noticed = _noticed(module, tests, planted, workers, patience)
    return [Verdict(mutant.change, mutant.line, seen) for mutant, seen in zip(planted, noticed, strict=True)]


def _noticed(module: str, tests: Sequence[str], planted: list[Mutant], workers: int, seconds: float) -> list[bool]:
    """For each mutant, whether these tests fail or do not end in time."""
    results: dict[int, bool] = {}
    running: dict[int, tuple[ForkProcess, float]] = {}
    left: Iterator[tuple[int, Mutant]] = iter(enumerate(planted))
    while len(results) < len(planted):
        while len(running) < workers and (upcoming := next(left, None)):
            process = FORK.Process(target=_run, args=(module, upcoming[1].tree, tests))
            process.start()
            running[upcoming[0]] = (process, time.monotonic() + seconds)
        wait([process.sentinel for process, _ in running.values()], timeout=1)
        for number, (process, until) in list(running.items()):
            if process.is_alive() and time.monotonic() < until:
                continue
            process.kill()
            process.join()
            results[number] = process.exitcode != 0
            del running[number]
    return [results[number] for number in range(len(planted))]


def _run(module: str, tree: ast.Module, tests: Sequence[str]) -> None:
    import pytest

    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    os.chdir(ROOT)
    sys.meta_path.insert(0, Planted(f"chalicelib.{module.replace('/', '.')}", ROOT / f"chalicelib/{module}.py", tree))
    os._exit(int(pytest.main([*OPTIONS, *tests])))


class Planted(MetaPathFinder, Loader):
    """Imports one module from a changed tree."""

    def __init__(self, name: str, path: Path, tree: ast.Module) -> None:
        self.name, self.path, self.tree = name, path, tree

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        return spec_from_file_location(name, self.path, loader=self) if name == self.name else None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.tree, str(self.path), "exec"), module.__dict__)
