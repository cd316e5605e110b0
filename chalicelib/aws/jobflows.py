"""What EMR says of a jobflow, its word for a cluster: the states, and our own types for its answers and events.

https://docs.aws.amazon.com/emr/latest/APIReference/API_ClusterStatus.html,
https://docs.aws.amazon.com/emr/latest/APIReference/API_StepStatus.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class JobflowState(StrEnum):
    """The states of a cluster, in the order in which it passes through them."""

    STARTING = "STARTING"
    BOOTSTRAPPING = "BOOTSTRAPPING"
    RUNNING = "RUNNING"
    WAITING = "WAITING"
    TERMINATING = "TERMINATING"
    TERMINATED = "TERMINATED"
    TERMINATED_WITH_ERRORS = "TERMINATED_WITH_ERRORS"


READY = frozenset({JobflowState.RUNNING, JobflowState.WAITING})
ENDED = frozenset({JobflowState.TERMINATED, JobflowState.TERMINATED_WITH_ERRORS})
LIVE = tuple(state for state in JobflowState if state not in ENDED)


class StepState(StrEnum):
    """The states of a step."""

    PENDING = "PENDING"
    CANCEL_PENDING = "CANCEL_PENDING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"
    INTERRUPTED = "INTERRUPTED"


STEP_ENDED = frozenset({StepState.COMPLETED, StepState.FAILED, StepState.CANCELLED, StepState.INTERRUPTED})
STEPS_DONE = ("ALL_STEPS_COMPLETED", "STEP_FAILURE")
"""EMR's codes for clusters that ended because their steps did."""


@dataclass(frozen=True)
class Jobflow:
    """What EMR says of a cluster. Fields that the answer at hand does not carry are None.

    `error_code` is the first of EMR's ErrorDetails, such as BOOTSTRAP_FAILURE_FILE_NOT_FOUND_PRIMARY, or "".
    https://docs.aws.amazon.com/emr/latest/APIReference/API_ErrorDetail.html
    """

    id: str
    name: str
    state: str
    reason_code: str = ""
    error_code: str = ""
    reason: str = ""
    created_at: datetime | None = None
    ready_at: datetime | None = None
    ended_at: datetime | None = None
    master_address: str | None = None
    instance_hours: int | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class StepChange:
    """A step of a jobflow reached a state."""

    jobflow_id: str
    state: str
    message: str
    at: datetime
