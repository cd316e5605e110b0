"""python -m scripts.iam_policies TEMPLATE: the identity policies of a packaged template as JSON, for scripts/iamlint.mjs.

What only CloudFormation knows is made up, in the form that it has: a table's ARN is one of a table.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ACCOUNT = "123456789012"
ARNS = {
    "AWS::DynamoDB::Table": "arn:aws:dynamodb:us-east-1:{account}:table/{name}",
    "AWS::S3::Bucket": "arn:aws:s3:::{name}",
    "AWS::Serverless::Function": "arn:aws:lambda:us-east-1:{account}:function:{name}",
    "AWS::Logs::LogGroup": "arn:aws:logs:us-east-1:{account}:log-group:{name}:*",
    "AWS::SQS::Queue": "arn:aws:sqs:us-east-1:{account}:{name}",
    "AWS::IAM::Role": "arn:aws:iam::{account}:role/{name}",
    "AWS::KMS::Key": "arn:aws:kms:us-east-1:{account}:key/{name}",
}
PSEUDO = {
    "AWS::Partition": "aws", "AWS::Region": "us-east-1", "AWS::AccountId": ACCOUNT,
    "OidcSecretId": "/made/up",  # as SSM's names begin, the only ones that the policy with it is for
}  # fmt: skip
VARIABLE = re.compile(r"\$\{([^}!]+)\}")


def policies(template: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """(name, document) of every policy that says what a role may do."""
    resources = template["Resources"]
    for logical, resource in resources.items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::IAM::Role":
            for policy in properties.get("Policies", []):
                yield f"{logical}: {policy['PolicyName']}", filled(policy["PolicyDocument"], resources)
        elif resource["Type"] in ("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy"):
            yield logical, filled(properties["PolicyDocument"], resources)


def filled(node: Any, resources: Mapping[str, Any]) -> Any:
    """A part of a template without CloudFormation's functions; of a choice its first way."""
    if isinstance(node, list):
        every = (filled(each, resources) for each in node)
        return [each for each in every if each is not None]
    if not isinstance(node, dict):
        return node
    if len(node) == 1 and (of := FUNCTIONS.get(next(iter(node)))):
        return of(next(iter(node.values())), resources)
    return {key: filled(value, resources) for key, value in node.items()}


def _ref(name: str, _: Mapping[str, Any]) -> str | None:
    return None if name == "AWS::NoValue" else PSEUDO.get(name, name)


def _get_att(attribute: Any, resources: Mapping[str, Any]) -> str:
    return arn(attribute if isinstance(attribute, str) else attribute[0], resources)


def _sub(text: str, resources: Mapping[str, Any]) -> str:
    def value(match: re.Match[str]) -> str:
        name = match[1]
        return arn(name, resources) if name.endswith(".Arn") else PSEUDO.get(name, name)

    return VARIABLE.sub(value, text)


FUNCTIONS: dict[str, Callable[[Any, Mapping[str, Any]], Any]] = {
    "Ref": _ref,
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::If": lambda choice, resources: filled(choice[1], resources),
    "Fn::Join": lambda join, resources: join[0].join(str(filled(each, resources)) for each in join[1]),
    "Fn::Select": lambda *_: "made-up/key",
}


def arn(attribute: str, resources: Mapping[str, Any]) -> str:
    """The ARN of a resource of the template, by the attribute that names it: `JobsTable.Arn` or `JobsTable`."""
    name = attribute.partition(".")[0]
    return ARNS[resources[name]["Type"]].format(account=ACCOUNT, name=name)


if __name__ == "__main__":
    json.dump(dict(policies(yaml.safe_load(Path(sys.argv[1]).read_text()))), sys.stdout)
