"""python -m scripts.deploy STAGE: what `make deploy` runs after `make package`. See docs/deploy.md."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import yaml
from botocore.exceptions import BotoCoreError, ClientError

from deployment import network
from deployment.artifacts import ArtifactBucket, Template, upload_code, upload_scripts, upload_template
from deployment.parameters import problems
from deployment.releases import seed_releases
from deployment.stack import DeploymentFailed, Stack, parameter_values

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


def upload(bucket: ArtifactBucket, template: Template) -> tuple[str, dict[str, str]]:
    """Uploads everything; returns the template's address and the parameters that name the clusters' scripts."""
    bucket.ensure()
    scripts = upload_scripts(bucket, ROOT / "emr")
    url = upload_template(bucket, upload_code(bucket, template, BUILD))
    return url, {"ScriptsBucket": bucket.name, "ScriptsUri": scripts}


def apply(stack: Stack, url: str, declared: dict[str, Any], parameters: dict[str, str], stage: str) -> dict[str, str]:
    """Brings the stack to what the template and the values say, and returns its outputs.

    Raises:
        DeploymentFailed: also where a parameter without a default has no value, or one is unknown or unsafe.
    """
    before = _values(stack)
    unchanged = {name: value for name, value in before.items() if name in declared}
    if wrong := list(problems(unchanged | parameters, declared)):
        raise DeploymentFailed("\n".join(wrong))
    values, missing = parameter_values(declared, parameters, before)
    if missing:
        raise DeploymentFailed(f"Set {', '.join(missing)} in .chalice/parameters/{stage}.json; see docs/deploy.md.")
    changed = stack.deploy(url, values, {"Application": "atmo", "Environment": stage})
    print(f"Stack {stack.name} {'is up to date' if not changed else 'was deployed'}.")
    return stack.outputs()


def apply_with_address(
    stack: Stack, url: str, declared: dict[str, Any], parameters: dict[str, str], stage: str
) -> dict[str, str]:
    """As `apply`, and once more where the portal was not told its address: CloudFormation knows the API's only afterwards.

    Sign-in and mails need the address; the functions cannot refer to the API, which refers to them.
    """
    outputs = apply(stack, url, declared, parameters, stage)
    if not _portal_url(stack):
        outputs = apply(stack, url, declared, parameters | {"PortalUrl": outputs["EndpointURL"].rstrip("/")}, stage)
    return outputs


def deploy(stage: str) -> None:
    session = boto3.Session()
    account = session.client("sts").get_caller_identity()["Account"]
    region = session.region_name
    bucket = ArtifactBucket(session.client("s3"), f"atmo-artifacts-{account}-{region}", region)
    stack = Stack(session.client("cloudformation"), f"atmo-{stage}")
    template = yaml.safe_load((BUILD / "sam.yaml").read_text())

    print(f"Deploying atmo-{stage} to account {account}, {region} ...")
    chosen = read_parameters(stage)
    subnets = network.parameters(session.client("ec2"), _values(stack) | chosen)
    url, scripts = upload(bucket, template)
    parameters = {"Stage": stage} | subnets | chosen | scripts | {"Commit": commit()}
    outputs = apply_with_address(stack, url, template["Parameters"], parameters, stage)
    seed_releases(outputs["OperatorName"], session.client("lambda"))
    for name, value in sorted(outputs.items()):
        print(f"{name:24} {value}")
    print(f"Portal at {_portal_url(stack)}")


def _portal_url(stack: Stack) -> str:
    return _values(stack).get("PortalUrl", "")


def _values(stack: Stack) -> dict[str, str]:
    """The stack's parameters as they are now."""
    parameters = (stack.current() or {}).get("Parameters", [])
    return {parameter["ParameterKey"]: parameter["ParameterValue"] for parameter in parameters}


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: python -m scripts.deploy STAGE", file=sys.stderr)
        return 2
    try:
        deploy(arguments[0])
    except (DeploymentFailed, ClientError, BotoCoreError) as error:
        print(f"Not deployed. {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
