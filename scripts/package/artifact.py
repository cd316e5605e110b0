"""The functions' zip: without what nothing imports, with byte code, and the same bytes for the same content.

A function's file system is read-only, so Python cannot store what it compiles: without byte code in the zip every cold
start compiles every module again. "unchecked-hash" byte code is loaded without a look at its source's time or hash.
https://docs.python.org/3/reference/import.html#cached-bytecode-invalidation
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Collection
from fnmatch import fnmatch
from pathlib import Path

from jinja2 import DictLoader

from chalicelib.core.rendering import COMPILED, environment

Files = dict[str, bytes]

MODELS = "botocore/data/"
TEMPLATES = "templates/"
LEFT_OUT = (
    "*/__pycache__/*",  # made by whoever imported the sources last; ours is made below
    "*.pyi",
    "*.dist-info/RECORD",
    "*.dist-info/sboms/*",
    # Only what boto3's resources and their documentation are made of: we use clients.
    "boto3/data/*",
    "boto3/examples/*",
    # cryptography's compiled part uses cffi's compiled part, not its C parser.
    "cffi/*",
    "pycparser/*",
    "pydantic/v1/*",
    "pydantic/mypy.py",  # a plugin of mypy
    "urllib3/contrib/emscripten/*",  # for Python in browsers
    # Python's own zoneinfo reads tzdata; botocore takes no zone but UTC from dateutil.
    "dateutil/zoneinfo/*.tar.gz",
    # Powertools' logger and metrics are used.
    "aws_lambda_powertools/event_handler/*",
    *(
        f"aws_lambda_powertools/utilities/{name}/*"
        for name in (
            "auth_alpha", "batch", "circuit_breaker", "data_classes", "data_masking", "feature_flags", "idempotency",
            "kafka", "parameters", "parser", "streaming", "validation",
        )
    ),
)  # fmt: skip

PLACE = "/var/task"
"""Where Lambda unpacks the zip; tracebacks name files there."""
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip can express."""


def needed(name: str, services: Collection[str]) -> bool:
    """Whether a file belongs in the zip. Of botocore's data the models of these services and what belongs to none."""
    if any(fnmatch(name, pattern) for pattern in LEFT_OUT):
        return False
    service, model, _ = name.removeprefix(MODELS).partition("/")
    return not (name.startswith(MODELS) and model) or service in services


def templates_as_python(files: Files) -> Files:
    """The templates among these files as modules, which chalicelib/core/rendering.py loads.

    Raises:
        TemplateSyntaxError: a template is none.
    """
    sources = {name.removeprefix(TEMPLATES): files[name].decode() for name in files if name.startswith(TEMPLATES)}
    compiling = environment().overlay(loader=DictLoader(sources))
    with tempfile.TemporaryDirectory() as folder:
        compiling.compile_templates(folder, zip=None, ignore_errors=False)
        return {f"{COMPILED.name}/{path.name}": path.read_bytes() for path in Path(folder).iterdir()}


def compiled(files: Files) -> Files:
    """The same files and the byte code of every module, for the Python that runs this.

    Raises:
        CalledProcessError: a module is no Python; the compiler said which.
    """
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        mode = ["--invalidation-mode", "unchecked-hash"]
        command = [sys.executable, "-m", "compileall", "-q", *mode, "-s", folder, "-p", PLACE, folder]
        # Sets of constants are written in the order of their hashes.
        subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": "0"})
        written = (path for path in Path(folder).rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in written}


def pack(files: Files) -> bytes:
    """A zip that depends on the files' names and content alone: not on their times, order or owner."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, files[name])
    return out.getvalue()


def rebuild(collected: bytes, services: Collection[str]) -> bytes:
    """The zip to deploy, from the zip that Chalice collected."""
    with zipfile.ZipFile(io.BytesIO(collected)) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        files = {name: archive.read(name) for name in names if needed(name, services)}
    return pack(compiled(files | templates_as_python(files)))
