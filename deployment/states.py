"""What each state of a stack allows, before anything is changed.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html lists the states.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Way(StrEnum):
    """How a stack becomes what a template says."""

    CREATE = "create"
    UPDATE = "update"
    CREATE_ANEW = "delete what failed to be created, then create"
    WAIT = "wait until what goes on has ended"
    REFUSE = "leave it to a person"


NEVER_CREATED = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED")
"""The first creation failed. CloudFormation takes nothing but a deletion from here on; there is no data yet."""
UPDATABLE = (
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_COMPLETE",
)
UNDER_REVIEW = "REVIEW_IN_PROGRESS"
"""A change set would create it, and nobody has executed that."""


def is_going_on(status: str) -> bool:
    """Whether CloudFormation is changing the stack."""
    return status.endswith("_IN_PROGRESS") and status != UNDER_REVIEW


def way_from(status: str | None) -> Way:
    """What to do with a stack in this state; None and a stack under review are no stack."""
    if status is None or status == UNDER_REVIEW:
        return Way.CREATE
    if is_going_on(status):
        return Way.WAIT
    if status in UPDATABLE:
        return Way.UPDATE
    return Way.CREATE_ANEW if status in NEVER_CREATED else Way.REFUSE


def refusal(stack: str, stage: str, status: str, failures: Iterable[str]) -> str:
    """Why a stack in this state is not deployed, what failed, and the command that mends it."""
    commands = {
        "UPDATE_ROLLBACK_FAILED": f"aws cloudformation continue-update-rollback --stack-name {stack}",
        "UPDATE_FAILED": f"aws cloudformation rollback-stack --stack-name {stack}",
        "DELETE_FAILED": f"make remove STAGE={stage}",
    }
    advice = {
        "UPDATE_ROLLBACK_FAILED": "An update failed, and so did going back. Mend what is named below, then run",
        "UPDATE_FAILED": "An update failed and was not rolled back. Go back first:",
        "DELETE_FAILED": "Its removal did not finish. Mend what is named below, then finish it:",
    }
    command = commands.get(status, f"aws cloudformation describe-stack-events --stack-name {stack}")
    sentence = advice.get(status, "Nothing can be deployed in this state. See what happened:")
    return "\n".join([f"Stack {stack} is in the state {status}. {sentence}", f"  {command}", *failures])
