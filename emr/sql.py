"""SQL as people write it into cells and paragraphs. Pure."""

from __future__ import annotations

import re

# Statements end at a semicolon that is neither in a string, nor in a name, nor in a comment.
STATEMENT = re.compile(r"""(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`[^`]*`|--[^\n]*|/\*.*?\*/|[^;])+""", re.DOTALL)
COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


def statements(text: str) -> list[str]:
    """The statements of a text that semicolons divide, without empty ones."""
    return [part.strip() for part in STATEMENT.findall(text) if COMMENT.sub("", part).strip()]
