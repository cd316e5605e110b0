"""One stack, changed by change sets: what CloudFormation would do is known before it does it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, WaiterError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

Template = dict[str, Any]
NOTHING_TO_DO = ("didn't contain changes", "No updates are to be performed")


class DeploymentFailed(Exception):
    """The stack was not changed as asked; the message says why in CloudFormation's words."""


@dataclass(frozen=True)
class Stack:
    """A stack of CloudFormation by its name."""

    cloudformation: CloudFormationClient
    name: str
    poll_seconds: int = 5

    def current(self) -> dict[str, Any] | None:
        """The stack as CloudFormation describes it, or None. One that only ever was under review counts as none."""
        try:
            stack = dict(self.cloudformation.describe_stacks(StackName=self.name)["Stacks"][0])
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
        return None if stack["StackStatus"] == "REVIEW_IN_PROGRESS" else stack

    def outputs(self) -> dict[str, str]:
        """The stack's outputs by name."""
        stack = self.current() or {}
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}

    def deploy(self, template_url: str, parameters: list[dict[str, Any]], tags: dict[str, str]) -> bool:
        """Makes the stack what the template says. False where it already was.

        Raises:
            DeploymentFailed: CloudFormation refused the template or rolled back.
        """
        kind = "UPDATE" if self.current() else "CREATE"
        change_set = f"atmo-{time.time_ns()}"
        self.cloudformation.create_change_set(
            StackName=self.name,
            ChangeSetName=change_set,
            ChangeSetType=kind,  # type: ignore[arg-type]
            TemplateURL=template_url,
            Parameters=parameters,  # type: ignore[arg-type]
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )
        if not self._prepared(change_set):
            return False
        self.cloudformation.execute_change_set(StackName=self.name, ChangeSetName=change_set)
        self._finished(kind)
        return True

    def _prepared(self, change_set: str) -> bool:
        config: Any = {"Delay": self.poll_seconds, "MaxAttempts": 120}
        try:
            waiter = self.cloudformation.get_waiter("change_set_create_complete")
            waiter.wait(StackName=self.name, ChangeSetName=change_set, WaiterConfig=config)
        except WaiterError as error:
            made = self.cloudformation.describe_change_set(StackName=self.name, ChangeSetName=change_set)
            reason = made.get("StatusReason", str(error))
            self.cloudformation.delete_change_set(StackName=self.name, ChangeSetName=change_set)
            if any(words in reason for words in NOTHING_TO_DO):
                return False
            raise DeploymentFailed(reason) from error
        return True

    def _finished(self, kind: str) -> None:
        name: Any = "stack_create_complete" if kind == "CREATE" else "stack_update_complete"
        config: Any = {"Delay": self.poll_seconds, "MaxAttempts": 720}
        try:
            self.cloudformation.get_waiter(name).wait(StackName=self.name, WaiterConfig=config)
        except WaiterError as error:
            raise DeploymentFailed("\n".join(self._failures()) or str(error)) from error

    def _failures(self) -> Iterable[str]:
        events = self.cloudformation.describe_stack_events(StackName=self.name)["StackEvents"]
        for event in events:
            if event.get("ResourceStatus", "").endswith("_FAILED"):
                yield f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason given')}"


def parameter_values(
    declared: dict[str, Any], overrides: dict[str, str], before: Iterable[str]
) -> tuple[list[dict[str, Any]], list[str]]:
    """The parameters of a change set, and the names of those nobody gave a value.

    Args:
        declared: the template's Parameters.
        overrides: values for this deployment.
        before: names the stack already has values for; those without a new value stay as they are.
    """
    had = set(before)
    values: list[dict[str, Any]] = []
    missing = []
    for name, declaration in declared.items():
        if name in overrides:
            values.append({"ParameterKey": name, "ParameterValue": overrides[name]})
        elif name in had:
            values.append({"ParameterKey": name, "UsePreviousValue": True})
        elif "Default" not in declaration:
            missing.append(name)
    return values, missing
