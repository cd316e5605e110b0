"""Why EMR ends or refuses a cluster, by its message and then by its code. The first that matches is it.

Codes: https://docs.aws.amazon.com/emr/latest/APIReference/API_ClusterStateChangeReason.html. A quota and a shortage of
machines both come as INTERNAL_ERROR or VALIDATION_ERROR, so the message is read before the code.
"""

from __future__ import annotations

import re
from dataclasses import replace

from chalicelib.diagnosis.symptoms import of_kind, symptom

OF_RUN = {
    "not_run": " The notebook was not run.",
    "saved": " Whatever the notebook had saved by then is kept with the run.",
    "again": "Run the job again",
    "unchanged": "; the notebook does not need to change. Give the job retries if it should recover by itself",
}
"""How a run's owner is told."""
OF_CLUSTER = {
    "not_run": "",
    "saved": " Whatever was saved to S3 by then is still there.",
    "again": "Launch another cluster",
    "unchanged": "; nothing about it needs to change",
}
"""How a cluster's owner is told."""

AGAIN = "{again}{unchanged}."
ADMINS = "Your admins have to fix this: show them the lines below. Until then, any cluster on this site may fail in the same way."

MESSAGES = (
    symptom(
        "validation_error", "cluster",
        r"shared Spark configuration",
        "The site's Spark configuration cannot be used",
        "EMR was not asked for the cluster, because the Spark configuration that all clusters of this site share is missing or "
        "malformed.{not_run}",
        ADMINS,
    ),
    symptom(
        "validation_error", "cluster",
        r"^atmo could not (?:put together its request to EMR|decide how to go on)",
        "atmo could not launch the cluster",
        "EMR was not asked for the cluster, because the site's settings, its deployment or this record hold something that "
        "atmo cannot use.{not_run}",
        ADMINS,
    ),
    symptom(
        "throttled", "aws",
        r"Throttl(?:ed|ing)|Rate exceeded|RequestLimitExceeded|TooManyRequests",
        "AWS throttled the launch",
        "AWS made this account wait too long for machines because too many requests came at once, for example because "
        "many jobs start on the hour.",
        "{again}. If this happens often, avoid the full hour, when many jobs start.",
    ),
    symptom(
        "quota_exceeded", "cluster",
        r"service quota|vCPU.{0,40}(?:limit|quota)|VcpuLimitExceeded|InstanceLimitExceeded|MaxSpotInstanceCountExceeded"
        r"|quota allows|limit (?:was|has been) (?:exceeded|reached)|limit for active|instance limit of \d+",
        "The account's quota was used up",
        "The cluster needed more than this AWS account may use at one time: a quota for machines, processors or disks was "
        "used up.{not_run}",
        "{again} while fewer clusters are running, or with fewer workers. Your admins can ask AWS for a higher quota.",
    ),
    symptom(
        "no_capacity", "aws",
        r"out of capacity|insufficient.{0,20}capacity|not have sufficient.{0,60}capacity|no Spot capacity"
        r"|InsufficientInstanceCapacity|timeout for provisioning|INSTANCE_FLEET_TIMEOUT"
        r"|UnfulfillableCapacity|Spot.{0,60}(?:not|no|un).{0,20}(?:available|fulfilled|capacity)",
        "AWS had no machines to spare",
        "AWS had no machines of the type that the cluster asked for, so it never became ready.{not_run}",
        AGAIN + " If this happens often, your admins can offer other worker types or more subnets.",
    ),
    symptom(
        "spot_reclaimed", "aws",
        r"due to Spot|Spot.{0,40}(?:terminat|interrupt|reclaim|taken)|SpotInstance(?:Termination|Shutdown)|spot price",
        "AWS took the spot machines back",
        "AWS took back the cluster's machines: they were spot instances, which are cheaper but may be reclaimed at "
        "any time.{saved}",
        AGAIN + " If this happens often, ask your admins for on-demand workers.",
    ),
    symptom(
        "bootstrap_failure", "cluster",
        r"bootstrap action (?P<number>\d+)|BOOTSTRAP_FAILURE|application provisioning (?:failed|timed out)|Hadoop failed to launch",
        "The cluster could not be set up",
        "The cluster failed while it was being set up: either a script that prepares its machines or EMR's own installation "
        "did not finish.{not_run}",
        "{again}, as downloads sometimes fail. If it fails again, tell your admins: the cluster's log in the "
        "AWS console, under bootstrap-actions, shows the line that failed.",
    ),
    symptom(
        "validation_error", "cluster",
        r"subnet|\bVPC\b|route table|security group",
        "The cluster's network is not set up correctly",
        "EMR refused the cluster because of the network it was meant to run in.{not_run}",
        ADMINS,
    ),
    symptom(
        "validation_error", "cluster",
        r"instance type.{0,80}not (?:supported|available|offered)|Unsupported|EBS optimi[sz]ation|invalid.{0,20}instance",
        "This type of machine is not available here",
        "EMR refused the cluster because that type of machine is not available in the site's region or zone.{not_run}",
        "Your admins have to choose another worker type in the site's settings.",
    ),
    symptom(
        "validation_error", "cluster",
        r"not authorized|AccessDenied|instance profile|service ?role|PassRole|InvalidGrant|KMS",
        "The cluster's roles are not set up correctly",
        "AWS refused the cluster because a role or key that it uses does not allow it.{not_run}",
        ADMINS,
    ),
    symptom(
        "instance_failure", "aws",
        r"(?:master|primary) (?:node|instance).{0,60}(?:terminated|failed|unhealthy)|All (?:slaves|instances).{0,40}terminated"
        r"|NO_SLAVE_LEFT|INSTANCE_FAILURE",
        "A machine of the cluster broke down",
        "AWS lost a machine that the cluster cannot run without, and ended the cluster.{saved}",
        AGAIN,
    ),
)  # fmt: skip

CODES = (
    symptom(
        "validation_error", "cluster", r"VALIDATION_ERROR|ValidationException|InvalidRequest|refused the launch",
        "EMR refused the cluster",
        "EMR did not accept the request for the cluster.{not_run}",
        ADMINS,
    ),
    symptom(
        "internal_error", "aws", r"INTERNAL_ERROR|internal error|did not accept the launch|InternalServer|InternalFailure",
        "EMR had an internal error",
        "EMR ended the cluster because of an internal error.{saved}",
        AGAIN,
    ),
    symptom(
        "ended_by_hand", "person", r"USER_REQUEST|Terminated by user request|auto-termination",
        "Its cluster was ended manually",
        "Somebody or something with access to the AWS account ended the cluster. It was not atmo.",
        "Find out who did, then start again.{saved}",
    ),
)  # fmt: skip

ERROR_CODES = tuple(
    replace(of_kind(MESSAGES, kind)[0], expression=pattern, flags=re.NOFLAG)
    for pattern, kind in (
        (r"^INTERNAL_ERROR_SPOT_PRICE_INCREASE", "spot_reclaimed"),
        (r"^INTERNAL_ERROR_(?:SPOT_NO|EC2_INSUFFICIENT)_CAPACITY", "no_capacity"),
        (r"^BOOTSTRAP_FAILURE_", "bootstrap_failure"),
    )
)
"""What the codes of EMR's ErrorDetails mean: they are stable, and so come before any text.
https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-troubleshoot-error-errordetail.html"""

IDLE = symptom(
    "idle", "person", r"\bidle\b|auto-termination",
    "It was idle",
    "EMR ended the cluster because nothing had run on it for a long time.{saved}",
    "Launch another cluster when you need one.",
)  # fmt: skip
"""Clusters only: a run's cluster ends with its step."""

UNUSED = symptom(
    "unused", "person", r"^It was not used for (?P<span>[0-9][0-9a-z ]*)\.",
    "It was not used for {span}",
    "Nobody had used the cluster for {span}, so atmo ended it: no cell and no Spark stage ran, nobody typed on it and its "
    "processors rested. Its owner was told before.{saved}",
    "Launch another cluster when you need one. If this one was too quick to end, give it more idle minutes.",
)  # fmt: skip
"""What atmo itself ends clusters for, in the words of chalicelib/clusters/idle_rules.py."""
