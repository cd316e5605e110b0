"""The EMR releases on offer, which a new deployment begins with."""

from __future__ import annotations

import json
from typing import Any

from deployment.stack import DeploymentFailed

SEED = {"command": "releases.seed", "operator": "deployment"}


def seed_releases(function: str, client: Any) -> None:
    """Has the operator function enter the EMR releases on offer, where none are entered yet.

    Raises:
        DeploymentFailed: the function ended with an error, or answered with one.
    """
    answer = client.invoke(FunctionName=function, Payload=json.dumps(SEED).encode())
    said = answer["Payload"].read().decode()
    if "FunctionError" in answer or "error" in json.loads(said):
        raise DeploymentFailed(f"The operator function failed: {said}")
    print(f"Releases: {said}")
