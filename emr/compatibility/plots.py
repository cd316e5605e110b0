"""%matplotlib for a window or a widget: nobody is there to look at either, so that the plots become pictures in the notebook."""

from __future__ import annotations

import sys
from typing import Any

PICTURES = ("", "inline", "agg", "cairo", "pdf", "pgf", "ps", "svg", "template")


def install(shell: Any) -> None:
    original = shell.find_line_magic("matplotlib")

    def matplotlib(line: str) -> Any:
        backend = line.strip()
        if backend.lower() in PICTURES or backend.startswith(("-", "module://")):
            return original(line)
        print(f"%matplotlib {backend} needs somebody to look at it; plots are pictures here.", file=sys.stderr)
        return original("inline")

    shell.register_magic_function(matplotlib, "line", "matplotlib")
