"""EMR and the records out of step, and what sweeps reported of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from chalicelib.clusters.models import Cluster
from localaws.cloud import LocalCloud
from tests.support.http import Api, until

OURS = {"Application": "atmo", "Environment": "local", "Type": "cluster"}


def launch(cloud: LocalCloud, name: str, **tags: str) -> str:
    """A cluster that was launched past the portal; returns its jobflow id."""
    answer = cloud.client("emr").run_job_flow(
        Name=name, ReleaseLabel="emr-7.10.0", ServiceRole="role", JobFlowRole="profile",
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        Instances={"KeepJobFlowAliveWhenNoSteps": True, "MasterInstanceType": "m5.xlarge", "InstanceCount": 1},
    )  # fmt: skip
    return str(answer["JobFlowId"])


def ghost() -> str:
    return f"ghost-{uuid4().hex[:8]}"


def findings(api: Callable[[str], Api], about: str) -> list[Any]:
    """What sweeps reported about a record, jobflow or name, the latest first."""
    items = api("admin")("GET", "/reconciliations?limit=100").body["items"]
    return [
        one for item in items for one in item["findings"] if about in (one["record"], one["jobflow"], one["cluster"])
    ]


def kinds(api: Callable[[str], Api], about: str) -> list[str]:
    return [one["kind"] for one in findings(api, about)]


def stop(cloud: LocalCloud, machine: str, execution: str) -> None:
    """Abort an execution, as somebody in the console could."""
    arn = arn_of(cloud, machine, execution)
    cloud.client("stepfunctions").stop_execution(executionArn=arn)
    until(lambda: cloud.client("stepfunctions").describe_execution(executionArn=arn)["status"] == "ABORTED")


def arn_of(cloud: LocalCloud, machine: str, execution: str) -> str:
    return f"arn:aws:states:{cloud.region}:{cloud.account}:execution:atmo-local-{machine}:{execution}"


def state(cloud: LocalCloud, jobflow: str) -> str:
    return cloud.emr.clusters[jobflow].state


def record(cluster_id: str) -> Cluster:
    return Cluster.get(cluster_id, consistent_read=True)


def executions(cloud: LocalCloud) -> list[Any]:
    arn = f"arn:aws:states:{cloud.region}:{cloud.account}:stateMachine:atmo-local-cluster"
    return list(cloud.client("stepfunctions").list_executions(stateMachineArn=arn, maxResults=1000)["executions"])
