"""What can go wrong, and the exit code of each."""

from __future__ import annotations

from typing import Any


class CommandError(Exception):
    """A sentence for whoever typed the command. `code` is the program's exit code."""

    code = 1


class UsageError(CommandError):
    """The command cannot be run as it was typed, or a job file is wrong; nothing was sent."""

    code = 2


class Unreachable(CommandError):
    """The portal did not answer."""

    code = 3


class Refused(CommandError):
    """The portal's answer to a request that it refuses: a problem as RFC 9457 has it."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        self.status, self.problem = status, problem
        errors = problem.get("errors") or []
        lines = [f"  {error['field']}: {error['message']}" for error in errors]
        title = problem.get("title") or f"The portal answers with status {status}"
        super().__init__("\n".join([title + ":", *lines]) if lines else f"{title}: {problem.get('detail', '')}")
