"""The functions' zip: without what nothing imports, with byte code, and the same bytes for the same content."""

from __future__ import annotations

import io
import tempfile
import zipfile
from fnmatch import fnmatch
from pathlib import Path

from jinja2 import DictLoader

from chalicelib.core.rendering import COMPILED, environment
from scripts.package.bytecode import compiled
from scripts.package.service_models import trimmed
from scripts.package.target import Target

Files = dict[str, bytes]

TEMPLATES = "templates/"
LEFT_OUT = (
    "*/__pycache__/*",  # made by whoever imported the sources last; ours is made below
    "*.pyi",
    "*.dist-info/RECORD",
    "*.dist-info/sboms/*",
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

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip can express."""


def needed(name: str) -> bool:
    """Whether a file belongs in the zip."""
    return not any(fnmatch(name, pattern) for pattern in LEFT_OUT)


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


def archive(files: Files, target: Target) -> bytes:
    """The zip to deploy, from everything that could belong into it. Raises as `compiled` does."""
    chosen = trimmed({name: content for name, content in files.items() if needed(name)})
    return pack(compiled(chosen | templates_as_python(chosen), target))
