"""python -m scripts.package.wheelhouse [FOLDER]: what `make package` builds for the clusters' nodes, which install from S3 alone.

For both kinds of processor there is an archive for each part of emr/requirements*.txt, with the wheels that the parts before it
lack: workers take `executor.tar`, masters of runs `notebook.tar` besides, and masters of people `jupyter.tar` as well. The folder
is named by the pins, so that nothing is built twice.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from deployment.artifacts import wheels_prefix
from scripts.package.target import Target
from scripts.package.wheels import download

ROOT = Path(__file__).resolve().parents[2]
PYTHON = "3.11"
"""The nodes' Python, as emr/bootstrap.sh has it."""
MACHINES = ("x86_64", "aarch64")
PARTS = {
    "executor": ("requirements-installer.txt", "requirements-executor.txt"),
    "notebook": ("requirements.txt",),
    "jupyter": ("requirements-jupyter.txt",),
}
"""Archives, in the order in which they build on each other, and the pins of each."""


def archives(machine: str, emr: Path) -> dict[str, bytes]:
    """The archives for this kind of processor, by name; the same bytes for the same pins.

    Raises:
        CalledProcessError: a package has no wheel, or another one than was pinned; pip said which.
    """
    made: dict[str, bytes] = {}
    packed: set[str] = set()
    with tempfile.TemporaryDirectory() as folder:
        for part, requirements in PARTS.items():
            for name in requirements:
                download(emr / name, Target(PYTHON, machine), Path(folder))
            wheels = {path.name: path.read_bytes() for path in Path(folder).glob("*.whl") if path.name not in packed}
            packed |= set(wheels)
            made[f"{part}.tar"] = _tar(wheels)
    return made


def _tar(files: dict[str, bytes]) -> bytes:
    """Uncompressed, as wheels are compressed already."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for name in sorted(files):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(files[name]), 0o644
            archive.addfile(entry, io.BytesIO(files[name]))
    return content.getvalue()


def build(folder: Path, machines: tuple[str, ...] = MACHINES) -> Path:
    """Builds what is not built yet, and returns the folder of these pins' archives. Raises as `archives` does."""
    place = folder / wheels_prefix(ROOT / "emr")
    for machine in machines:
        if not (place / machine).is_dir():
            (unfinished := place / f"{machine}.unfinished").mkdir(parents=True, exist_ok=True)
            for name, content in archives(machine, ROOT / "emr").items():
                (unfinished / name).write_bytes(content)
            unfinished.rename(place / machine)
    return place


def main(arguments: list[str]) -> int:
    try:
        build(Path(arguments[0]) if arguments else ROOT / "build")
    except subprocess.CalledProcessError as error:
        print(f"Not packaged. {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
