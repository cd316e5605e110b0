"""What all commands about a stage do around their work: how they are called, and how they end."""

from __future__ import annotations

import sys
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.core.errors import AtmoError
from deployment.stack import DeploymentFailed


def run(module: str, failed: str, arguments: list[str], act: Callable[[str], bool | None]) -> int:
    """Call `act` with the named stage; the exit code: 0, 1 when it failed or returns False, 2 when it was called wrongly."""
    if len(arguments) != 1:
        print(f"usage: python -m scripts.{module} STAGE", file=sys.stderr)
        return 2
    try:
        return 1 if act(arguments[0]) is False else 0
    except (DeploymentFailed, ClientError, BotoCoreError, AtmoError) as error:
        print(f"{failed} {error}", file=sys.stderr)
        return 1
