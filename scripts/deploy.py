"""python -m scripts.deploy STAGE: what `make deploy` runs after `make package`. See docs/deploy.md.

DRY_RUN=1 in the environment says what would be changed and changes nothing; REPLACE_DATA=yes lets a table or bucket be
replaced; SKIP_CHECKS=yes deploys to an account that seems to lack something.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import yaml

from deployment import account, link_key, network
from deployment.artifacts import (
    ArtifactBucket,
    Template,
    upload_code,
    upload_scripts,
    upload_template,
    upload_wheels,
    wheels_prefix,
)  # fmt: skip
from deployment.parameters import with_portal_url
from deployment.place import Place, place_of
from deployment.preflight import service as preflight
from deployment.releases import seed_releases
from deployment.rollout import Rollout
from deployment.stack import DeploymentFailed
from scripts import command

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"


def read_parameters(stage: str) -> dict[str, str]:
    """What .chalice/parameters/STAGE.json sets, if there is such a file."""
    file = ROOT / ".chalice" / "parameters" / f"{stage}.json"
    return dict(json.loads(file.read_text())) if file.exists() else {}


def commit() -> str:
    """The commit that is checked out, with -dirty where files differ from it; empty outside a git repository."""
    command = ["git", "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()


def refuse_unless_ready(place: Place, chosen: Mapping[str, str]) -> None:
    """Raises DeploymentFailed with a sentence for each thing without which the deployment would not work."""
    lacking = [each for _, missing in preflight.missing(place, chosen) for each in missing]
    for each in lacking:
        if not each.blocks:
            print(f"Note: {each}")
    if blocking := [str(each) for each in lacking if each.blocks]:
        raise DeploymentFailed("\n".join(["The account lacks:", *blocking, "SKIP_CHECKS=yes deploys all the same."]))


def rollout_of(place: Place, template: Template, replace_data: bool = False) -> Rollout:
    """The deployment of what `make package` built; uploads the code and the clusters' scripts."""
    chosen = with_portal_url(read_parameters(place.stage))
    before = place.stack.parameters()
    learned = network.parameters(place.session.client("ec2"), before | chosen) | account.parameters(
        place.session, before
    )
    bucket = ArtifactBucket(place.session.client("s3"), place.artifacts, place.region)
    bucket.ensure()
    wheels = wheels_prefix(ROOT / "emr")
    upload_wheels(bucket, BUILD, wheels)
    scripts = {"ScriptsBucket": bucket.name, "ScriptsUri": upload_scripts(bucket, ROOT / "emr", wheels)}
    values = {"Stage": place.stage} | learned | chosen | scripts | {"Commit": commit()}
    return Rollout(
        place.session,
        place.stack,
        place.stage,
        upload_code(bucket, template, BUILD),
        lambda made: upload_template(bucket, made),
        place.known,
        values,
        replace_data,
    )


def roll_out(rollout: Rollout) -> dict[str, str]:
    """Deploys, and once more the first time: some values can be known, or are safe, only once everything exists.

    Sign-in and mails need the API's address, which the functions cannot refer to, as it refers to them. Tables are protected
    from deletion only then: a first creation that fails must be able to delete them.
    """
    changed = rollout.run()
    values = rollout.stack.parameters()
    later = {}
    if not values.get("PortalUrl"):
        later["PortalUrl"] = rollout.stack.outputs()["EndpointURL"].rstrip("/")
    if values.get("ProtectData") == "no":
        later["ProtectData"] = "yes"
    if later:
        changed |= replace(rollout, overrides={**rollout.overrides, **later}).run()
    print(f"Stack {rollout.stack.name} {'was deployed' if changed else 'is up to date'}.")
    return rollout.stack.outputs()


def deploy(session: Any, stage: str, environment: Mapping[str, str]) -> None:
    place = place_of(session, stage)
    template = yaml.safe_load((BUILD / "sam.yaml").read_text())
    dry = environment.get("DRY_RUN", "") not in ("", "0")
    print(f"{'What deploying would change in' if dry else 'Deploying'} {place} ...")
    if environment.get("SKIP_CHECKS") != "yes":
        refuse_unless_ready(place, place.stack.parameters() | read_parameters(stage))
    rollout = rollout_of(place, template, environment.get("REPLACE_DATA") == "yes")
    if dry:
        print(*rollout.preview(), sep="\n")
        return
    link_key.ensure(session.client("ssm"), stage)
    outputs = roll_out(rollout)
    seed_releases(outputs["OperatorName"], session.client("lambda"))
    for name, value in sorted(outputs.items()):
        print(f"{name:24} {value}")
    print(f"Portal at {rollout.stack.parameters().get('PortalUrl')}")


def main(arguments: list[str]) -> int:
    return command.run("deploy", "Not deployed.", arguments, lambda stage: deploy(boto3.Session(), stage, os.environ))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
