"""What requirements.txt pins, as wheels for the functions' Python and processor."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from scripts.package.target import Target

PURE_OR_PLATFORM = re.compile(r"^[^/]+\.data/(?:purelib|platlib)/")
"""Files of a wheel that belong beside its packages. https://packaging.python.org/en/latest/specifications/binary-distribution-format/"""


def download(requirements: Path, target: Target, folder: Path) -> None:
    """Put a wheel for each pin into the folder.

    Raises:
        CalledProcessError: there is none for this Python and processor, or its hash is another; pip said which.
    """
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--no-deps", "--only-binary=:all:", "--require-hashes", "--requirement", str(requirements)]
    command += ["--implementation", "cp", "--python-version", target.python, "--dest", str(folder)]
    command += [option for name in target.platforms for option in ("--platform", name)]
    subprocess.run(command, check=True)


def unpack(wheel: Path) -> dict[str, bytes]:
    """A wheel's files by where they are imported from; its scripts and headers stay out."""
    with zipfile.ZipFile(wheel) as archive:
        named = {PURE_OR_PLATFORM.sub("", name): name for name in archive.namelist() if not name.endswith("/")}
        return {
            place: archive.read(name) for place, name in named.items() if ".data/" not in place.partition("/")[0] + "/"
        }


def dependencies(requirements: Path, target: Target) -> dict[str, bytes]:
    """The files of everything that is pinned. Raises as `download` does."""
    with tempfile.TemporaryDirectory() as folder:
        download(requirements, target, Path(folder))
        files: dict[str, bytes] = {}
        for wheel in sorted(Path(folder).glob("*.whl")):
            files |= unpack(wheel)
        return files
