"""Why EMR ends or refuses a cluster, by its message and then by its code. The first that matches is it.

Codes: https://docs.aws.amazon.com/emr/latest/APIReference/API_ClusterStateChangeReason.html. A quota and a shortage of
machines both come as INTERNAL_ERROR or VALIDATION_ERROR, so the message is read before the code.
"""

from __future__ import annotations

import re
from dataclasses import replace

from chalicelib.diagnosis.symptoms import of_kind, symptom

AGAIN = "Run the job again; nothing in the notebook has to change. Give it retries if it must get through by itself."
ADMINS = "Your admins have to mend it: show them the lines below. Until then every cluster of this site may fail so."

MESSAGES = (
    symptom(
        "throttled", "aws",
        r"Throttl(?:ed|ing)|Rate exceeded|RequestLimitExceeded|TooManyRequests",
        "AWS throttled the launch",
        "AWS made this account wait for machines too long: too many requests came at once, as when many jobs start at "
        "the full hour.",
        "Run the job again. If it happens often, move it a few minutes away from the full hour.",
    ),
    symptom(
        "quota_exceeded", "cluster",
        r"service quota|vCPU.{0,40}(?:limit|quota)|VcpuLimitExceeded|InstanceLimitExceeded|MaxSpotInstanceCountExceeded"
        r"|quota allows|limit (?:was|has been) (?:exceeded|reached)|limit for active|instance limit of \d+",
        "The account's quota was used up",
        "The cluster needed more than this AWS account may use at a time: a quota of machines, processors or disks was "
        "used up. The notebook was not run.",
        "Run the job when fewer clusters run, or with fewer workers. Your admins can ask AWS for a higher quota.",
    ),
    symptom(
        "no_capacity", "aws",
        r"out of capacity|insufficient.{0,20}capacity|not have sufficient.{0,60}capacity|no Spot capacity"
        r"|InsufficientInstanceCapacity|timeout for provisioning|INSTANCE_FLEET_TIMEOUT"
        r"|UnfulfillableCapacity|Spot.{0,60}(?:not|no|un).{0,20}(?:available|fulfilled|capacity)",
        "AWS had no machines to spare",
        "AWS had no machines of the kind that the cluster asked for, so it was never ready. The notebook was not run.",
        AGAIN + " Where it happens often, your admins can offer other worker types or more subnets.",
    ),
    symptom(
        "spot_reclaimed", "aws",
        r"due to Spot|Spot.{0,40}(?:terminat|interrupt|reclaim|taken)|SpotInstance(?:Termination|Shutdown)|spot price",
        "AWS took the spot machines back",
        "AWS took back the machines of the cluster: they were spot instances, which are cheaper and may be taken away at "
        "any time. What the notebook had done until then is kept with the run, as far as it was stored.",
        AGAIN + " Where it happens often, ask your admins for workers on demand.",
    ),
    symptom(
        "bootstrap_failure", "cluster",
        r"bootstrap action (?P<number>\d+)|BOOTSTRAP_FAILURE|application provisioning (?:failed|timed out)|Hadoop failed to launch",
        "The cluster could not be set up",
        "The cluster failed while it was being set up: a script that prepares its machines, or EMR's own installation, did "
        "not get through. The notebook was not run.",
        "Run the job once more, as downloads sometimes fail. If it fails again, tell your admins: the cluster's log in the "
        "AWS console, under bootstrap-actions, says at which line.",
    ),
    symptom(
        "validation_error", "cluster",
        r"subnet|\bVPC\b|route table|security group",
        "The cluster's network is not set up right",
        "EMR refused the cluster because of the network that it should be put into. The notebook was not run.",
        ADMINS,
    ),
    symptom(
        "validation_error", "cluster",
        r"instance type.{0,80}not (?:supported|available|offered)|Unsupported|EBS optimi[sz]ation|invalid.{0,20}instance",
        "This kind of machine is not offered here",
        "EMR refused the cluster because it is not offered that kind of machine in the site's region or zone. The notebook "
        "was not run.",
        "Your admins have to choose another worker type in the site's settings.",
    ),
    symptom(
        "validation_error", "cluster",
        r"not authorized|AccessDenied|instance profile|service ?role|PassRole|InvalidGrant|KMS",
        "The cluster's roles are not set up right",
        "AWS refused the cluster because a role or key that it works with does not allow it. The notebook was not run.",
        ADMINS,
    ),
    symptom(
        "instance_failure", "aws",
        r"(?:master|primary) (?:node|instance).{0,60}(?:terminated|failed|unhealthy)|All (?:slaves|instances).{0,40}terminated"
        r"|NO_SLAVE_LEFT|INSTANCE_FAILURE",
        "A machine of the cluster broke down",
        "AWS lost a machine that the cluster cannot do without, and ended it. What the notebook had done until then is "
        "kept with the run, as far as it was stored.",
        AGAIN,
    ),
)  # fmt: skip

CODES = (
    symptom(
        "validation_error", "cluster", r"VALIDATION_ERROR|ValidationException|InvalidRequest|refused the launch",
        "EMR refused the cluster",
        "EMR did not accept the cluster as it was asked for. The notebook was not run.",
        ADMINS,
    ),
    symptom(
        "internal_error", "aws", r"INTERNAL_ERROR|internal error|did not accept the launch|InternalServer|InternalFailure",
        "EMR had a fault of its own",
        "EMR ended the cluster because of a fault of its own. What the notebook had done until then is kept with the "
        "run, as far as it was stored.",
        AGAIN,
    ),
    symptom(
        "ended_by_hand", "person", r"USER_REQUEST|Terminated by user request|auto-termination",
        "Its cluster was ended by hand",
        "Somebody, or something, with access to the AWS account ended the cluster while the notebook ran. It was not atmo.",
        "Ask who did, then run the job again. What was done until then is kept with the run, as far as it was stored.",
    ),
)  # fmt: skip

ERROR_CODES = tuple(
    replace(of_kind(MESSAGES, kind)[0], pattern=re.compile(pattern))
    for pattern, kind in (
        (r"^INTERNAL_ERROR_SPOT_PRICE_INCREASE", "spot_reclaimed"),
        (r"^INTERNAL_ERROR_(?:SPOT_NO|EC2_INSUFFICIENT)_CAPACITY", "no_capacity"),
        (r"^BOOTSTRAP_FAILURE_", "bootstrap_failure"),
    )
)
"""What the codes of EMR's ErrorDetails mean: they are stable, and so come before any text.
https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-troubleshoot-error-errordetail.html"""
