"""A node's own Python: what a notebook installs with pip stays on the node, as on EMR, and out of the project's environment.

bootstrap.sh makes a virtual environment in /opt/atmo and installs packages into it. Here there is such an environment as well,
empty, which finds the project's packages after its own.
"""

from __future__ import annotations

import sys
import sysconfig
import venv
from pathlib import Path

_PIP = '#!/bin/sh\nexec "$(dirname "$0")/python" -m pip "$@"\n'
_SHARED = "share/jupyter/nbconvert"
"""Looked for below the environment's own folder: the templates of pages."""


def interpreter(prefix: Path) -> Path:
    """The Python of the environment in `prefix`, which is made when it is first needed."""
    python = prefix / "bin" / "python"
    if not python.exists():
        _create(prefix)
    return python


def _create(prefix: Path) -> None:
    venv.EnvBuilder(symlinks=True).create(prefix)
    for name in ("pip", "pip3"):
        script = prefix / "bin" / name
        script.write_text(_PIP)
        script.chmod(0o755)
    shared = prefix / _SHARED
    shared.parent.mkdir(parents=True, exist_ok=True)
    shared.symlink_to(Path(sys.prefix) / _SHARED)
    packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(prefix)}))
    (packages / "of_the_project.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
