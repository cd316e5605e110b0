"""One stack, changed by change sets: what CloudFormation would do is known before it does it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from deployment.states import UNDER_REVIEW, is_going_on

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

Template = dict[str, Any]
NOTHING_TO_DO = ("didn't contain changes", "No updates are to be performed")
TIMEOUT_SECONDS = 2 * 3600
"""No change of ours takes as long; building an index of a large table takes longest."""


class DeploymentFailed(Exception):
    """The stack was not changed as asked; the message says why in CloudFormation's words."""


@dataclass(frozen=True)
class ChangeSet:
    """What CloudFormation would change: `changes` as DescribeChangeSet lists them."""

    name: str
    changes: list[dict[str, Any]]


@dataclass(frozen=True)
class Stack:
    """A stack of CloudFormation by its name."""

    cloudformation: CloudFormationClient
    name: str
    poll_seconds: float = 5

    def described(self) -> dict[str, Any] | None:
        """The stack as CloudFormation describes it, also one that is only under review, or None."""
        try:
            return dict(self.cloudformation.describe_stacks(StackName=self.name)["Stacks"][0])
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise

    def current(self) -> dict[str, Any] | None:
        """As `described`. One that only ever was under review counts as none."""
        stack = self.described()
        return None if stack and stack["StackStatus"] == UNDER_REVIEW else stack

    def status(self) -> str | None:
        """The state it is in, or None."""
        return str(stack["StackStatus"]) if (stack := self.current()) else None

    def outputs(self) -> dict[str, str]:
        """The stack's outputs by name."""
        stack = self.current() or {}
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}

    def parameters(self) -> dict[str, str]:
        """The values of the stack's parameters by name."""
        stack = self.current() or {}
        return {value["ParameterKey"]: value["ParameterValue"] for value in stack.get("Parameters", [])}

    def prepare(self, kind: str, **request: Any) -> ChangeSet | None:
        """A change set, not executed; None where it would change nothing.

        Args:
            kind: CREATE, UPDATE or IMPORT.
            request: what CreateChangeSet takes besides.

        Raises:
            DeploymentFailed: CloudFormation refused the template.
        """
        name = f"atmo-{time.time_ns()}"
        arguments: Any = {
            "ChangeSetType": kind,
            "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            **request,
        }
        self.cloudformation.create_change_set(StackName=self.name, ChangeSetName=name, **arguments)
        made = self._settled_change_set(name)
        if made["Status"] == "FAILED":
            self.discard(name)
            reason = str(made.get("StatusReason", "CloudFormation gave no reason."))
            if any(words in reason for words in NOTHING_TO_DO):
                return None
            raise DeploymentFailed(reason)
        return ChangeSet(name, list(self._changes(name)))

    def _settled_change_set(self, name: str) -> dict[str, Any]:
        for _ in self._patience():
            made: Any = self.cloudformation.describe_change_set(StackName=self.name, ChangeSetName=name)
            if made["Status"] not in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
                return dict(made)
        raise DeploymentFailed(f"CloudFormation did not finish the change set {name} of {self.name}.")

    def _changes(self, name: str) -> Iterator[dict[str, Any]]:
        more: dict[str, Any] = {}
        while True:
            page: Any = self.cloudformation.describe_change_set(StackName=self.name, ChangeSetName=name, **more)
            yield from (change["ResourceChange"] for change in page.get("Changes", []) if "ResourceChange" in change)
            if not page.get("NextToken"):
                return
            more = {"NextToken": page["NextToken"]}

    def discard(self, name: str) -> None:
        """Deletes a change set, and with it the stack that only it would have created."""
        self.cloudformation.delete_change_set(StackName=self.name, ChangeSetName=name)
        stack = self.described()
        if stack and stack["StackStatus"] == UNDER_REVIEW:
            self.cloudformation.delete_stack(StackName=self.name)

    def execute(self, change_set: ChangeSet) -> None:
        """Has CloudFormation do what the change set says, and waits until it has.

        Raises:
            DeploymentFailed: it rolled back; the message has its reasons.
        """
        self.cloudformation.execute_change_set(StackName=self.name, ChangeSetName=change_set.name)
        status = self.settle()
        if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"):
            raise DeploymentFailed("\n".join(self.failures()) or f"Stack {self.name} ended as {status}.")

    def settle(self) -> str | None:
        """Waits until nothing goes on, and returns the state then; None where the stack has gone.

        Raises:
            DeploymentFailed: it still goes on after two hours.
        """
        for _ in self._patience():
            status = self.status()
            if status is None or not is_going_on(status):
                return status
        raise DeploymentFailed(f"Stack {self.name} is still in the state {self.status()}.")

    def delete(self, retain: list[str] | None = None) -> None:
        """Deletes the stack but for what its template retains and what is named, which a DELETE_FAILED stack may leave behind.

        Raises:
            DeploymentFailed: something could not be deleted; the message says what and why.
        """
        request: Any = {"RetainResources": retain} if retain else {}
        self.cloudformation.delete_stack(StackName=self.name, **request)
        if status := self.settle():
            raise DeploymentFailed("\n".join(self.failures()) or f"Stack {self.name} ended as {status}.")

    def failures(self) -> Iterator[str]:
        """What failed in the newest operation, in CloudFormation's words, the first failure first."""
        events = self.cloudformation.describe_stack_events(StackName=self.name)["StackEvents"]
        latest = []
        for event in events:
            latest.append(event)
            began = event.get("ResourceStatus", "").endswith("_IN_PROGRESS") and "User Initiated" in event.get(
                "ResourceStatusReason", ""
            )
            if began and event["LogicalResourceId"] == self.name:
                break
        for event in reversed(latest):
            if event.get("ResourceStatus", "").endswith("_FAILED"):
                yield f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason given')}"

    def _summaries(self) -> Iterator[dict[str, Any]]:
        pages = self.cloudformation.get_paginator("list_stack_resources").paginate(StackName=self.name)
        listed: Any = (resource for page in pages for resource in page["StackResourceSummaries"])
        yield from (resource for resource in listed if resource["ResourceStatus"] != "DELETE_COMPLETE")

    def resources(self, kind: str = "") -> dict[str, str]:
        """Logical id -> physical id of everything that is the stack's, or of all of one type."""
        chosen = (each for each in self._summaries() if kind in ("", each["ResourceType"]))
        return {each["LogicalResourceId"]: each.get("PhysicalResourceId", "") for each in chosen}

    def undeletable(self) -> list[str]:
        """Logical ids of what an attempt to delete the stack left behind."""
        return [each["LogicalResourceId"] for each in self._summaries() if each["ResourceStatus"] == "DELETE_FAILED"]

    def template(self) -> Template:
        """What CloudFormation made of the template: plain resources, without SAM's."""
        body: Any = self.cloudformation.get_template(StackName=self.name, TemplateStage="Processed")["TemplateBody"]
        return dict(body)

    def _patience(self) -> Iterator[None]:
        ends = time.monotonic() + TIMEOUT_SECONDS
        yield
        while time.monotonic() < ends:
            time.sleep(self.poll_seconds)
            yield
