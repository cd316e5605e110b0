"""The commit that a folder is at, so that each run says what it was made of."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

SECONDS = 20
DIRTY = "-dirty"
"""After the commit of a folder in which files differ from it, as `git describe --dirty` has it."""


def commit_of(folder: Path) -> str:
    """The commit of the repository that the folder is in; "" where there is no repository, no commit or no git."""
    git = shutil.which("git")
    commit = _output(git, folder, "rev-parse", "HEAD") if git else None
    if not git or not commit:
        return ""
    return commit + (DIRTY if _output(git, folder, "status", "--porcelain", "--", ".") else "")


def _output(git: str, folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603
            [git, "-C", str(folder), *arguments], capture_output=True, text=True, timeout=SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
