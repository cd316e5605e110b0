"""python -m scripts.remove STAGE: what `make remove` runs. Ends the stage's clusters and deletes its stack.

Data stays unless the environment says DATA=delete; CONFIRM=STAGE says in advance what is asked for otherwise.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import boto3

from deployment import data, imports, link_key, spending
from deployment.place import Place, confirm, place_of
from deployment.sam import sam_template
from scripts import command

ROOT = Path(__file__).resolve().parents[1]


def remove(session: Any, stage: str, environment: Mapping[str, str], ask: Callable[[str], str] = input) -> None:
    """Raises DeploymentFailed where it is not confirmed, or something could not be ended or deleted."""
    place = place_of(session, stage)
    with_data = environment.get("DATA") == "delete"
    print(f"Removing {place}{', with all its data' if with_data else '; its data stays'}.")
    running = list(spending.clusters(session.client("emr"), stage))
    print(*(f"  ends {name} ({cluster})" for cluster, name in running), sep="\n")
    confirm(stage, environment, ask)
    _end(place)
    left = imports.existing(session, list(imports.retained(sam_template(ROOT), {**place.known, "Stage": stage})))
    if with_data:
        data.delete(session, left)
        link_key.delete(session.client("ssm"), stage)
    _say_what_is_left(place, [] if with_data else left)


def _end(place: Place) -> None:
    """Stops what launches clusters, ends those there are while EMR's role still exists, and deletes the stack."""
    stack = place.stack
    status = stack.settle()
    if status is None:
        print(f"There is no stack {stack.name}.")
    else:
        spending.stop_launching(place.session, stack)
    spending.end_clusters(place.session.client("emr"), place.stage)
    if status is not None:
        stuck = stack.undeletable() if status == "DELETE_FAILED" else []
        stack.delete(retain=stuck)
        print(*(f"Left behind, as it could not be deleted before: {name}" for name in stuck), sep="\n")


def _say_what_is_left(place: Place, left: list[imports.Retained]) -> None:
    print(f"Removed {place}.")
    if left:
        print("These stay, and are taken over if you deploy again:", *(f"  {each.name}" for each in left), sep="\n")
        print(f"To delete them as well: make remove STAGE={place.stage} DATA=delete")
    print(f"The bucket {place.artifacts}, which all stages share, stays in any case.")


def main(arguments: list[str]) -> int:
    return command.run("remove", "Not removed.", arguments, lambda stage: remove(boto3.Session(), stage, os.environ))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
