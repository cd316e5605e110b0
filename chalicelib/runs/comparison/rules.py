"""Two runs side by side. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from chalicelib.runs.history import became_ready, took
from chalicelib.runs.models import Run

SETTINGS = ("size", "emr_release", "timeout", "parameters", "notebook_name", "notebook_number")
"""What a run was made with, and what may explain that two differ."""


@dataclass(frozen=True)
class File:
    """A file that one or both of two runs left: its size in bytes in each, None where it is not there."""

    name: str
    earlier: int | None
    later: int | None

    @property
    def what(self) -> str:
        if self.earlier is None:
            return "new"
        if self.later is None:
            return "gone"
        return "same size" if self.earlier == self.later else "other size"


@dataclass(frozen=True)
class Comparison:
    """What two runs of a job have in common, and what not; `earlier` was made first. Lengths are None where there are none."""

    earlier: Run
    later: Run
    took: tuple[timedelta | None, timedelta | None]
    became_ready: tuple[timedelta | None, timedelta | None]
    differ: tuple[str, ...]
    files: tuple[File, ...]

    @property
    def same_notebook(self) -> bool:
        return _notebook(self.earlier) == _notebook(self.later)


def compare(one: Run, other: Run, files: Mapping[str, Mapping[str, int]]) -> Comparison:
    """Two runs, and by each one's id the sizes of its files by name."""
    earlier, later = sorted((one, other), key=lambda run: (run.created_at, run.id))
    return Comparison(
        earlier,
        later,
        (took(earlier), took(later)),
        (became_ready(earlier), became_ready(later)),
        tuple(name for name in SETTINGS if getattr(earlier, name) != getattr(later, name)),
        _files(files[earlier.id], files[later.id]),
    )


def _files(earlier: Mapping[str, int], later: Mapping[str, int]) -> tuple[File, ...]:
    return tuple(File(name, earlier.get(name), later.get(name)) for name in sorted({*earlier, *later}))


def _notebook(run: Run) -> tuple[str, str]:
    return run.notebook_key, run.notebook_version


def times(lengths: tuple[timedelta | None, timedelta | None]) -> float | None:
    """How many times as long the later one took; None where that says nothing."""
    earlier, later = lengths
    return round(later / earlier, 2) if earlier and later is not None else None
