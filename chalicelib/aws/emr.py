"""EMR as we use it: what it says of a jobflow (its word for a cluster), and the two requests we make outside the
state machines. Launching is done by the state machines alone.

Events: https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-manage-cloudwatch-events.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from chalicelib.aws.clients import answering, client, code
from chalicelib.aws.jobflows import ENDED, LIVE, READY, Jobflow, StepChange
from chalicelib.core import clock

if TYPE_CHECKING:
    from mypy_boto3_emr import EMRClient

_UNKNOWN = {"InvalidRequestException", "AccessDeniedException"}


def describe(jobflow_id: str) -> Jobflow:
    """What EMR says of one jobflow at present (rate: burst 10, then one a second).

    Raises:
        Unavailable: EMR does not answer, throttles, or does not know the jobflow.
    """
    with answering("describe the cluster"):
        return _jobflow(_client().describe_cluster(ClusterId=jobflow_id)["Cluster"])


def find(jobflow_id: str) -> Jobflow | None:
    """What EMR says of a jobflow that it no longer lists as live; None once it has forgotten it.

    EMR forgets after two months. Our roles may not ask about a jobflow without our tags, so one that is gone may also show as
    AccessDenied: ask only about jobflows that a complete listing does not name.

    Raises:
        Unavailable: EMR does not answer or throttles.
    """
    with answering("describe the cluster"):
        try:
            return _jobflow(_client().describe_cluster(ClusterId=jobflow_id)["Cluster"])
        except ClientError as error:
            if code(error) not in _UNKNOWN:
                raise
            return None


def list_live() -> list[Jobflow]:
    """Every jobflow of this account that has not ended, however old, in one pagination (rate: burst 20, one page every 2 s).

    Raises:
        Unavailable: EMR does not answer or throttles.
    """
    states: Any = LIVE
    with answering("list the clusters"):
        pages = _client().get_paginator("list_clusters").paginate(ClusterStates=states)
        return [_jobflow(cluster) for answer in pages for cluster in answer["Clusters"]]


def list_since(created_after: datetime) -> list[Jobflow]:
    """Every jobflow of this account created after the moment, in one pagination (rate: burst 20, one page every 2 s).

    Raises:
        Unavailable: EMR does not answer or throttles.
    """
    with answering("list the clusters"):
        pages = _client().get_paginator("list_clusters").paginate(CreatedAfter=created_after)
        return [_jobflow(cluster) for answer in pages for cluster in answer["Clusters"]]


def terminate(jobflow_ids: list[str]) -> None:
    """Ask EMR to end these jobflows. Those that have ended already are no error.

    Raises:
        Unavailable: EMR does not answer or throttles.
    """
    with answering("terminate the cluster"):
        _client().terminate_job_flows(JobFlowIds=jobflow_ids)


def steps(jobflow_id: str) -> list[StepChange]:
    """The steps of a jobflow as they stand.

    Raises:
        Unavailable: EMR does not answer or throttles.
    """
    with answering("list the steps of the cluster"):
        answer = _client().list_steps(ClusterId=jobflow_id)
    return [
        StepChange(
            jobflow_id,
            step["Status"]["State"],
            str(step["Status"].get("FailureDetails", {}).get("Message", "")),
            clock.now(),
        )
        for step in answer["Steps"]
    ]


def read_event(event: Mapping[str, Any]) -> Jobflow | StepChange:
    """The change that one of EMR's EventBridge events reports."""
    detail = event["detail"]
    at = clock.parse(event["time"])
    if event["detail-type"] == "EMR Step Status Change":
        return StepChange(detail["clusterId"], detail["state"], detail.get("message", ""), at)
    reason = json.loads(detail.get("stateChangeReason") or "{}")
    state = detail["state"]
    return Jobflow(
        id=detail["clusterId"],
        name=detail.get("name", ""),
        state=state,
        reason_code=reason.get("code", ""),
        reason=reason.get("message", ""),
        ready_at=at if state in READY else None,
        ended_at=at if state in ENDED else None,
    )


def _jobflow(cluster: Mapping[str, Any]) -> Jobflow:
    status = cluster["Status"]
    reason, timeline = status.get("StateChangeReason", {}), status.get("Timeline", {})
    return Jobflow(
        id=cluster["Id"],
        name=cluster["Name"],
        state=status["State"],
        reason_code=reason.get("Code", ""),
        error_code=next((detail.get("ErrorCode", "") for detail in status.get("ErrorDetails", [])), ""),
        reason=reason.get("Message", ""),
        created_at=_utc(timeline.get("CreationDateTime")),
        ready_at=_utc(timeline.get("ReadyDateTime")),
        ended_at=_utc(timeline.get("EndDateTime")),
        master_address=cluster.get("MasterPublicDnsName") or None,
        instance_hours=cluster.get("NormalizedInstanceHours"),
        tags={tag["Key"]: tag["Value"] for tag in cluster.get("Tags", [])},
    )


def _utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC) if moment else None


def _client() -> EMRClient:
    emr: EMRClient = client("emr")
    return emr


def region() -> str:
    """The region of this deployment's clusters."""
    return str(_client().meta.region_name)


def console_url(jobflow_id: str) -> str:
    """The page of a jobflow in the AWS console."""
    here = region()
    return f"https://{here}.console.aws.amazon.com/emr/home?region={here}#/clusterDetails/{jobflow_id}"
