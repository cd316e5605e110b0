"""What services with a JSON protocol refuse and moto takes: looked at before moto sees the request.

Sources:
- DynamoDB: a transaction has 4 MB at most,
  https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
- Step Functions: an execution's name, an input, an output and a cause,
  https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html and
  https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
- EventBridge: a pattern of 2,048 characters, five targets for a rule,
  https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
- Systems Manager: a standard parameter has 4 KB,
  https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
- Secrets Manager: a secret has 65,536 bytes,
  https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
- IAM: the inline policies of a role together, and a managed policy, without white space,
  https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from typing import Any

from werkzeug.wrappers import Response

Params = dict[str, Any]
Refusal = tuple[str, str]
"""AWS's code and words."""

MAX_TRANSACTION = 4 * 1024 * 1024
MAX_PAYLOAD = 262_144
MAX_PATTERN = 2048
MAX_TARGETS = 5
MAX_PARAMETER = 4096
MAX_SECRET = 65_536
MAX_EXECUTION_NAME = 80
MAX_INLINE_POLICIES = 10_240
MAX_MANAGED_POLICY = 6144
_NOT_IN_NAMES = frozenset(' <>{}[]?*"#%\\^|~`$&,;:/') | {chr(code) for code in [*range(32), *range(127, 160)]}


def refuse(environ: dict[str, Any]) -> Response | None:
    """The service's answer to a request beyond its limits, or None. The body can be read again afterwards."""
    check = CHECKS.get(environ.get("HTTP_X_AMZ_TARGET", ""))
    if check is None:
        return None
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    refusal = check(body)
    if refusal is None:
        return None
    text = json.dumps({"__type": refusal[0], "message": refusal[1]})
    return Response(text, 400, content_type="application/x-amz-json-1.0")


def _transaction(body: bytes) -> Refusal | None:
    if len(body) <= MAX_TRANSACTION:
        return None
    return "ValidationException", "Member must have length less than or equal to 4194304"


def _start_execution(body: bytes) -> Refusal | None:
    params = json.loads(body)
    name = params.get("name", "-")
    if not 1 <= len(name) <= MAX_EXECUTION_NAME or _NOT_IN_NAMES & set(name):
        return "InvalidName", f"Invalid Name: '{name}'"
    if _bytes(params.get("input", "")) > MAX_PAYLOAD:
        return "InvalidExecutionInput", "The input exceeds the maximum number of bytes allowed"
    return None


def _token_answer(body: bytes) -> Refusal | None:
    if _bytes(json.loads(body).get("output", "")) <= MAX_PAYLOAD:
        return None
    return "InvalidOutput", "The output exceeds the maximum number of bytes allowed"


def _rule(body: bytes) -> Refusal | None:
    if len(json.loads(body).get("EventPattern", "")) <= MAX_PATTERN:
        return None
    return "ValidationException", f"Event pattern is longer than {MAX_PATTERN} characters"


def _targets(body: bytes) -> Refusal | None:
    if len(json.loads(body).get("Targets", [])) <= MAX_TARGETS:
        return None
    return "LimitExceededException", f"A rule can have at most {MAX_TARGETS} targets"


def _parameter(body: bytes) -> Refusal | None:
    params = json.loads(body)
    if params.get("Tier", "Standard") != "Standard" or _bytes(params.get("Value", "")) <= MAX_PARAMETER:
        return None
    return "ValidationException", "Standard tier parameters support a maximum parameter value of 4096 characters."


def _secret(body: bytes) -> Refusal | None:
    if _bytes(json.loads(body).get("SecretString", "")) <= MAX_SECRET:
        return None
    return "InvalidParameterException", f"Member must have length less than or equal to {MAX_SECRET}"


def _bytes(text: str) -> int:
    return len(text.encode())


CHECKS: dict[str, Callable[[bytes], Refusal | None]] = {
    "DynamoDB_20120810.TransactWriteItems": _transaction,
    "AWSStepFunctions.StartExecution": _start_execution,
    "AWSStepFunctions.SendTaskSuccess": _token_answer,
    "AWSEvents.PutRule": _rule,
    "AWSEvents.PutTargets": _targets,
    "AmazonSSM.PutParameter": _parameter,
    "secretsmanager.CreateSecret": _secret,
    "secretsmanager.PutSecretValue": _secret,
}
"""By the target that names a service's operation."""


def policies_too_long(iam: Any, longer_by: int = 0) -> list[str]:
    """The account's roles and managed policies that IAM would refuse, each with how many characters it has.

    `longer_by` is how many characters the deployment's name might have more than it has.
    """
    long = []
    for name, documents, limit in _policies(iam):
        texts = [json.dumps(document, separators=(",", ":")) for document in documents]
        size = sum(len(text) + longer_by * text.count("atmo-local") for text in texts)
        if size > limit:
            long.append(f"{name} has {size:,} of {limit:,} characters")
    return long


def _policies(iam: Any) -> Iterator[tuple[str, list[Any], int]]:
    for role in iam.get_paginator("list_roles").paginate().search("Roles[].RoleName"):
        names = iam.list_role_policies(RoleName=role)["PolicyNames"]
        inline = [iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names]
        yield role, inline, MAX_INLINE_POLICIES
    for policy in iam.list_policies(Scope="Local")["Policies"]:
        version = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])
        yield policy["PolicyName"], [version["PolicyVersion"]["Document"]], MAX_MANAGED_POLICY
