"""What `make bench` measures: cold-start imports and the size of what Lambda loads. Run after `make package`."""

from __future__ import annotations

import subprocess
import sys
import time
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 7
TIMED = ("pass", "import chalice, boto3", "import app")


def seconds(code: str) -> float:
    """The fastest of several fresh interpreters running the code: the others were slowed by something else."""
    return min(_once(code) for _ in range(ROUNDS))


def _once(code: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    return time.perf_counter() - started


def zip_sizes(path: Path) -> tuple[int, int]:
    """Bytes of the zip, and of its content."""
    with zipfile.ZipFile(path) as archive:
        return path.stat().st_size, sum(entry.file_size for entry in archive.infolist())


def main() -> None:
    nothing, *measured = [seconds(code) for code in TIMED]
    for code, taken in zip(TIMED[1:], measured, strict=True):
        print(f"{code:24} {taken - nothing:6.3f} s")
    packed, unpacked = zip_sizes(ROOT / "build" / "deployment.zip")
    print(f"{'deployment.zip':24} {packed / 1e6:6.1f} MB, {unpacked / 1e6:.1f} MB unpacked")


if __name__ == "__main__":
    main()
