"""What IPython's traceback says was raised, apart from the source that it quotes around each frame.

Comments, strings and `except` clauses that happen to stand near the failing line say nothing about why it failed, and
neither does an error that the notebook itself handled. Only what was raised last, and what it was raised from, counts.
"""

from __future__ import annotations

import re

_FRAME = re.compile(r"(?:Cell|Input) In ?\[\d+\]|File \S.*:\d+, in |<ipython-input-\d+")
_HEADER = re.compile(r"-{20,}$|.*\bTraceback \(most recent call last\)\s*$")
_SOURCE = re.compile(r"\s*(?:-+> ?)?\d+(?: |$)")
_RAISED_FROM = "The above exception was the direct cause of the following exception:"
_RAISED_WHILE = "During handling of the above exception, another exception occurred:"
_PYTHON_FRAME = re.compile(r'\s*File "[^"]+", line \d+')


def last_raised(traceback: str) -> str:
    """The text of the error that was raised last, in full: Java's stack included where the error is Java's."""
    return raised(_last_part(traceback).splitlines())


def _last_part(traceback: str) -> str:
    return traceback.rpartition(_RAISED_FROM)[2].rpartition(_RAISED_WHILE)[2]


def causes(traceback: str) -> list[str]:
    """The texts of the errors that the last one was raised from (`raise ... from error`), the nearest first. What was
    raised while another error was being handled has no causes: that one was taken care of."""
    texts: list[str] = []
    part: list[str] = []
    for line in traceback.splitlines():
        if line.strip() == _RAISED_FROM:
            texts.insert(0, raised(part))
            part = []
        elif line.strip() == _RAISED_WHILE:
            texts.clear()
            part = []
        else:
            part.append(line)
    return [text for text in texts if text]


def raised(lines: list[str]) -> str:
    """What one part of a traceback says was raised: its lines without frames and the source quoted in them."""
    message, in_frame, at_start = [], False, True
    for line in lines:
        if _FRAME.match(line):
            in_frame, at_start = True, False
        elif at_start and _SOURCE.match(line):
            continue  # what is left of a frame where a long traceback was cut
        elif in_frame and not line.strip():
            in_frame = False
        elif not in_frame and line.strip() and not _HEADER.match(line):
            message.append(line)
    return without_source("\n".join(message))


def without_source(text: str) -> str:
    """The text without the source lines of a plain Python traceback in it, such as that of a worker of Spark."""
    lines, after_frame = [], False
    for line in text.splitlines():
        if _PYTHON_FRAME.match(line):
            after_frame = True
        elif not (after_frame and line.startswith("    ")):
            after_frame = False
            lines.append(line)
    return "\n".join(lines)


def passes_through(traceback: str, package: str) -> bool:
    """Whether a frame of the part about the last error lies in this package."""
    return any(_FRAME.match(line) and f"/{package}/" in line for line in _last_part(traceback).splitlines())
