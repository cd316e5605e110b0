"""python -m scripts.check STAGE: what `make check` runs. Says what the account lacks for this stage, and changes nothing."""

from __future__ import annotations

import sys
from typing import Any

import boto3

from deployment.place import place_of
from deployment.preflight import service as preflight
from scripts import command
from scripts.deploy import read_parameters


def check(session: Any, stage: str) -> bool:
    """Prints every check and what it misses; whether a deployment would have what it needs."""
    place = place_of(session, stage)
    print(f"Looking at what {place} has ...")
    ready = True
    for name, lacking in preflight.missing(place, place.stack.parameters() | read_parameters(stage)):
        print(f"  {name}: {'missing' if lacking else 'there'}")
        print(*(f"    {each}" for each in lacking), sep="\n", end="\n" if lacking else "")
        ready &= not any(each.blocks for each in lacking)
    print("Ready to deploy." if ready else "Not ready: mend what is missing, then run this again.")
    return ready


def main(arguments: list[str]) -> int:
    return command.run("check", "Not checked.", arguments, lambda stage: check(boto3.Session(), stage))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
