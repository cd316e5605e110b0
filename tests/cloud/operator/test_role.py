"""The role of the operators' function allows what its commands do, and of what it allows nothing is for nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from chalicelib.budgets.rules import Budget
from localaws.cloud import LocalCloud
from tests.cloud.operator.test_commands import LINES, payload_of, samples
from tests.support.budgets import budgeted
from tests.support.clouds import allow_much
from tests.support.executions import awaits_expiry
from tests.support.grants import ACTIONS, OF_VERSIONS
from tests.support.http import Api, until
from tests.support.sweeps import sweep
from tests.support.wiretap import Call, Really, tapped

Need = tuple[str, str]
WRITES = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}


@contextmanager
def calls_of_this_thread() -> Iterator[list[tuple[str, str, dict[str, Any]]]]:
    """(service, operation, parameters) of every AWS call."""
    made: list[tuple[str, str, dict[str, Any]]] = []
    invoked: list[str] = []

    def note(call: Call, really: Really) -> Any:
        if invoked:  # another function runs in this thread then, with a role of its own
            return really()
        made.append((call.service, call.operation, call.params))
        if call.operation == "Invoke":
            invoked.append(call.params["FunctionName"])
        try:
            return really()
        finally:
            invoked.clear()

    with tapped(note, this_thread=True):
        yield made


def needs(service: str, operation: str, params: dict[str, Any]) -> Iterator[Need]:
    """(IAM action, what it is done to) of one call; tables and their indexes by name."""
    if operation == "TransactWriteItems":
        for item in params["TransactItems"]:
            ((kind, argument),) = item.items()
            yield f"dynamodb:{WRITES[kind]}", argument["TableName"]
    elif operation == "BatchGetItem":
        yield from ((f"dynamodb:{operation}", table) for table in params["RequestItems"])
    elif service == "dynamodb":
        index = "/index/*" if "IndexName" in params else ""
        yield f"dynamodb:{operation}", params["TableName"] + index
    else:
        action = f"{service}:{operation}"
        action = OF_VERSIONS.get(action, action) if params.get("VersionId") else action
        yield ACTIONS.get(action, action), ""


def allowed(cloud: LocalCloud) -> set[Need]:
    """What the role allows, in the same words."""
    iam = cloud.client("iam")
    (role,) = [name["RoleName"] for name in iam.list_roles()["Roles"] if "OperatorRole" in name["RoleName"]]
    allowed = set()
    for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
        for statement in document["Statement"]:
            actions, resources = (
                one if isinstance(one, list) else [one] for one in (statement["Action"], statement["Resource"])
            )
            allowed |= {
                (action, resource.partition(":table/")[2]) for action in actions for resource in resources
            }  # fmt: skip
    return allowed


def is_over(run: str) -> bool:
    from chalicelib.runs.models import Run

    return Run.get(run).is_final


def told_once(job: str) -> None:
    """What a job's webhook was told goes with the job."""
    from chalicelib.core import clock
    from chalicelib.mail.webhooks.models import Delivery

    now = clock.now()
    Delivery(f"told {job}", job_id=job, event="run.failed", body="{}", due_at=now, created_at=now).save()


def test_the_role_fits(cloud: LocalCloud, api: Callable[[str], Api]) -> None:
    real = samples(api)
    awaits_expiry(cloud, real.real["c-7fk2m9qd4w8xhtn3"])  # extending it then answers its machine
    told_once(real.real["j-b4v9s2kx7mqp3dwe"])
    sweep(cloud)  # asks for the prices, by which what is extended and run draws on a budget
    with budgeted(site=Budget("1000000.00")), calls_of_this_thread() as made:
        for line in LINES:
            payload = real.fill(payload_of(line))
            if payload["command"] == "runs.repair":
                until(partial(is_over, payload["run"]))
            done = cloud.functions.invoke("operator", payload)
            assert done.error is None, line
            assert "result" in done.result, (line, done.result)
            real.learn(payload, done.result["result"])
    allow_much()
    needed = {need for call in made for need in needs(*call)}
    may = allowed(cloud)
    assert needed - may == set()
    assert {need for need in may - needed if not need[0].startswith("logs:")} == set()
