"""How EMR refuses a call."""

from __future__ import annotations


class EmrError(Exception):
    """What EMR answers instead: its error code, its words, the HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


def invalid(message: str) -> EmrError:
    return EmrError("ValidationException", message)
