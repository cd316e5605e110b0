"""Writes docs/function-roles.md: what each function and state machine may do in the account. Run by `make docs`."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from deployment.sam import sam_template  # noqa: E402

HEAD = """# What functions may do

Made from the packaged template: each function and state machine has a role of its own with these grants, and no other. Tables and
buckets are named by the template's logical ids. The embedded cloud refuses everything else, as AWS does; what is granted and no
test makes anybody use is listed by [a whole run](development.md#used-and-granted). What code on clusters reaches is in
[Security](security.md#what-code-on-a-cluster-reaches).
"""
KINDS = {"AWS::Serverless::Function": "FunctionName", "AWS::Serverless::StateMachine": "Name"}
WHERE = re.compile(r"arn:\$\{AWS::Partition\}:\w+:(\$\{AWS::Region\})?:(\$\{AWS::AccountId\})?:+")
MADE = re.compile(r"\$\{(\w+)\.Arn\}")


def page() -> str:
    """The page as it is to be."""
    resources = sam_template(ROOT)["Resources"]
    parts = [HEAD]
    for name, role in sorted(principals(resources)):
        rows = (
            f"| {on} | {', '.join(sorted(actions))} | {when} |\n" for (on, when), actions in grants(resources, role)
        )
        parts.append(f"\n## {name}\n\n| on | may | where |\n|---|---|---|\n{''.join(rows)}")
    return "".join(parts)


def principals(resources: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(its name, the logical id of its role) of each function and state machine."""
    for made in resources.values():
        if (named := KINDS.get(made["Type"])) and "Role" in made["Properties"]:
            name = made["Properties"][named]["Fn::Sub"].removeprefix("atmo-${Stage}-")
            kind = "machine" if named == "Name" else "function"
            (role,) = re.findall(r"\w+Role", json.dumps(made["Properties"]["Role"]))
            yield f"{kind} {name}", role


def grants(resources: Mapping[str, Any], role: str) -> list[tuple[tuple[str, str], set[str]]]:
    """((on what, under which condition), actions) of a role, the managed policies of the template included."""
    made = resources[role]["Properties"]
    policies = [policy["PolicyDocument"] for policy in made.get("Policies", [])]
    shared = [policy["Ref"] for policy in made.get("ManagedPolicyArns", []) if "Ref" in policy]
    policies += [resources[name]["Properties"]["PolicyDocument"] for name in shared]
    policies += [
        each["Properties"]["PolicyDocument"]
        for each in resources.values()
        if each["Type"] == "AWS::IAM::Policy" and {"Ref": role} in each["Properties"]["Roles"]
    ]
    found: dict[tuple[str, str], set[str]] = {}
    for statement in (one for policy in policies for one in policy["Statement"]):
        condition, statement = statement.get("Fn::If", ["", statement])[:2]
        where = f"with `{condition.removeprefix('Has')}`" if condition else conditions(statement)
        for resource in _listed(statement["Resource"]):
            found.setdefault((words(resource), where), set()).update(f"`{one}`" for one in _listed(statement["Action"]))
    return sorted(found.items())


def words(resource: Any) -> str:
    """An ARN as the template makes it, short: `JobsTable`, `ResultsBucket/runs/*`, `stateMachine:atmo-${Stage}-cluster`."""
    made = resource if isinstance(resource, str) else next(iter(resource.values()))
    if isinstance(made, list):
        made = "${SharedConfigUri}" if "SharedConfigUri" in json.dumps(made) else made[0]
    short = WHERE.sub("", MADE.sub(lambda found: found[1], made))
    return f"`{short}`"


def conditions(statement: Mapping[str, Any]) -> str:
    """A statement's conditions, such as `aws:ResourceTag/Application` is `atmo`."""
    values = (of for of in statement.get("Condition", {}).values())
    return ", ".join(f"`{key}` is `{_text(value)}`" for of in values for key, value in of.items())


def _text(value: Any) -> str:
    return value if isinstance(value, str) else f"${{{next(iter(value.values()))}}}"


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


if __name__ == "__main__":
    (ROOT / "docs" / "function-roles.md").write_text(page())
