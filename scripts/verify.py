"""python -m scripts.verify STAGE: what `make verify` runs. Looks at the deployment, then tries one cluster of one node."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

import boto3

from deployment import verification
from deployment.place import confirm, place_of
from deployment.preflight import service as preflight
from deployment.stack import DeploymentFailed
from scripts import command

RELEASE = "7.10.0"
"""The release that is offered first."""


def verify(session: Any, stage: str, environment: Mapping[str, str], ask: Callable[[str], str] = input) -> None:
    """Raises DeploymentFailed where something is not as it should be, or the cluster was not confirmed or did not start."""
    place = place_of(session, stage)
    print(f"Looking at {place} ...")
    wrong = list(verification.problems(place))
    wrong += [str(each) for _, lacking in preflight.missing(place, place.stack.parameters()) for each in lacking]
    if wrong:
        raise DeploymentFailed("\n".join(wrong))
    print("All of it is as it should be.")
    os.environ.update(verification.environment(place))
    master = os.environ.get("MASTER_INSTANCE_TYPE") or "m5.xlarge"
    at_most = verification.price(master)
    cost = f"at most {at_most:.2f} $" if at_most is not None else "an amount that AWS's price list does not tell"
    print(
        f"Now one cluster of one {master}, which takes up to {verification.LONGEST_START_MINUTES} minutes and costs {cost}."
    )
    confirm(stage, environment, ask)
    verification.try_cluster(session.client("emr"), verification.request(RELEASE), print)
    print("It started, fetched its scripts and takes work.")


def main(arguments: list[str]) -> int:
    return command.run("verify", "Not verified.", arguments, lambda stage: verify(boto3.Session(), stage, os.environ))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
