"""python -m scripts.stop STAGE, or --resume STAGE: what `make stop` and `make resume` run. See docs/runbooks/stop-spending.md."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from deployment import spending
from deployment.place import confirm, place_of
from deployment.stack import DeploymentFailed


def stop(
    session: Any, stage: str, environment: Mapping[str, str], ask: Callable[[str], str] = input, poll_seconds: int = 30
) -> None:
    """Keeps the stage from launching anything, and ends all its clusters.

    Raises:
        DeploymentFailed: it was not confirmed, or EMR did not end a cluster.
    """
    place = place_of(session, stage)
    emr = session.client("emr")
    print(f"Stopping {place}: nobody can use it, and these end:")
    print(*(f"  {name} ({cluster})" for cluster, name in spending.clusters(emr, stage)), sep="\n")
    confirm(stage, environment, ask)
    spending.stop_launching(session, place.stack)
    spending.end_clusters(emr, stage, poll_seconds)
    print(f"No cluster of atmo-{stage} is running. To go on again: make resume STAGE={stage}")


def resume(session: Any, stage: str) -> None:
    """Undoes what `stop` did to rules and functions."""
    place = place_of(session, stage)
    spending.resume(session, place.stack)
    print(f"{place} goes on.")


def main(arguments: list[str]) -> int:
    *options, stage = arguments or [""]
    if options not in ([], ["--resume"]) or not stage:
        print("usage: python -m scripts.stop [--resume] STAGE", file=sys.stderr)
        return 2
    try:
        resume(boto3.Session(), stage) if options else stop(boto3.Session(), stage, os.environ)
    except (DeploymentFailed, ClientError, BotoCoreError) as error:
        print(f"Not done. {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
