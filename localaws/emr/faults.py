"""What can befall a cluster of the embedded EMR, in EMR's own codes and words, so that a person or a test can see it happen.

The texts were taken from what people have reported; tests/unit/diagnosis/cases.py says where.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Phase = Literal["request", "starting", "bootstrapping", "running"]


@dataclass(frozen=True)
class Trouble:
    """When it strikes, what a person calls it, and EMR's code and message."""

    phase: Phase
    label: str
    code: str
    message: str


TROUBLES = {
    "instance-type": Trouble(
        "request", "Refused: instance type", "ValidationException", "Instance type 'm5.xlarge' is not supported."
    ),
    "subnet": Trouble(
        "starting", "Validation error: no such subnet", "VALIDATION_ERROR",
        "The VPC/subnet configuration was invalid: The subnet configuration was invalid: The subnet subnet-f384febf does "
        "not exist.",
    ),
    "quota": Trouble(
        "starting", "Quota of vCPUs used up", "INTERNAL_ERROR",
        "The request to create the EMR cluster or add EC2 instances to it failed. The number of vCPUs for instance type "
        "m5.xlarge exceeds the EC2 service quota for that type. Request a service quota increase for your AWS account or "
        "choose a different instance type and retry the request.",
    ),
    "capacity": Trouble(
        "starting", "No capacity", "INTERNAL_ERROR", "EC2 is out of capacity for m5.xlarge in availability zone us-east-1a."
    ),
    "throttled": Trouble(
        "starting", "Throttled by EC2", "INTERNAL_ERROR", "Failed to provision instances due to throttling from Amazon EC2"
    ),
    "bootstrap": Trouble("bootstrapping", "A bootstrap action exits with 1", "BOOTSTRAP_FAILURE", ""),
    "provisioning": Trouble(
        "bootstrapping", "Installing applications fails", "BOOTSTRAP_FAILURE",
        "On the master instance (i-0ddd5cacbc6b0082c), application provisioning failed",
    ),
    "spot": Trouble(
        "running", "Spot reclaimed", "INSTANCE_FAILURE", "All slaves in the job flow were terminated due to Spot"
    ),
    "instance": Trouble("running", "Master node lost", "INSTANCE_FAILURE", "The master node was terminated. "),
    "internal": Trouble("running", "Internal error", "INTERNAL_ERROR", "An internal error occurred."),
}  # fmt: skip

BROKEN_SCRIPT = "echo 'Could not find a version that satisfies the requirement' >&2; exit 1"
"""What is executed in the bootstrap action's place when it shall fail."""

RUNNING_PHASES = 5
"""After how many phases of a running step trouble strikes."""
