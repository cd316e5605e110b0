"""Faults that a person or a test can inject into a cluster of the embedded EMR, with EMR's own codes and messages.

The messages come from what people have reported; tests/unit/diagnosis/cases.py names the sources.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Phase = Literal["request", "starting", "bootstrapping", "running"]


@dataclass(frozen=True)
class Fault:
    """The phase in which it happens, a label for people, and EMR's code and message."""

    phase: Phase
    label: str
    code: str
    message: str


FAULTS = {
    "instance-type": Fault(
        "request", "Refused: instance type", "ValidationException", "Instance type 'm5.xlarge' is not supported."
    ),
    "subnet": Fault(
        "starting", "Validation error: no such subnet", "VALIDATION_ERROR",
        "The VPC/subnet configuration was invalid: The subnet configuration was invalid: The subnet subnet-f384febf does "
        "not exist.",
    ),
    "quota": Fault(
        "starting", "Quota of vCPUs used up", "INTERNAL_ERROR",
        "The request to create the EMR cluster or add EC2 instances to it failed. The number of vCPUs for instance type "
        "m5.xlarge exceeds the EC2 service quota for that type. Request a service quota increase for your AWS account or "
        "choose a different instance type and retry the request.",
    ),
    "capacity": Fault(
        "starting", "No capacity", "INTERNAL_ERROR", "EC2 is out of capacity for m5.xlarge in availability zone us-east-1a."
    ),
    "throttled": Fault(
        "starting", "Throttled by EC2", "INTERNAL_ERROR", "Failed to provision instances due to throttling from Amazon EC2"
    ),
    "bootstrap": Fault("bootstrapping", "A bootstrap action exits with 1", "BOOTSTRAP_FAILURE", ""),
    "provisioning": Fault(
        "bootstrapping", "Installing applications fails", "BOOTSTRAP_FAILURE",
        "On the master instance (i-0ddd5cacbc6b0082c), application provisioning failed",
    ),
    "spot": Fault(
        "running", "Spot reclaimed", "INSTANCE_FAILURE", "All slaves in the job flow were terminated due to Spot"
    ),
    "instance": Fault("running", "Master node lost", "INSTANCE_FAILURE", "The master node was terminated. "),
    "internal": Fault("running", "Internal error", "INTERNAL_ERROR", "An internal error occurred."),
}  # fmt: skip

FAILING_SCRIPT = "echo 'Could not find a version that satisfies the requirement' >&2; exit 1"
"""What is executed instead of the bootstrap action when it is to fail."""

PHASES_BEFORE_FAULT = 5
"""How many phases a step runs before the fault happens."""
