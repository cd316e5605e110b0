"""Requests to the embedded EMR as short as tests need them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from localaws.cloud import LocalCloud
from localaws.emr.cluster import Cluster
from tests.support.http import until

PYTHON = "/opt/atmo/bin/python"
Params = dict[str, Any]


class Launcher:
    """EMR with requests filled in. Every event that EMR sent since is in `events`."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        self.client = cloud.client("emr")
        self.events: list[Params] = []
        self.launched: list[str] = []

    def run(self, *programs: str, keep: bool = False, on_failure: str = "TERMINATE_CLUSTER", **request: Any) -> str:
        """Launch a cluster that runs these Python programs as steps; returns its id."""
        scripts = os.environ["SCRIPTS_URI"]
        defaults: Params = {
            "Name": "a test",
            "ReleaseLabel": "emr-7.10.0",
            "ServiceRole": "service",
            "JobFlowRole": "profile",
            "LogUri": f"s3://{os.environ['LOGS_BUCKET']}/logs/",
            "Instances": {"MasterInstanceType": "m5.xlarge", "KeepJobFlowAliveWhenNoSteps": keep},
            "BootstrapActions": [
                {"Name": "atmo", "ScriptBootstrapAction": {"Path": f"{scripts}/bootstrap.sh", "Args": [scripts]}}
            ],
            "Steps": [self.step(program, on_failure) for program in programs],
        }
        self.launched.append(self.client.run_job_flow(**{**defaults, **request})["JobFlowId"])
        return self.launched[-1]

    @staticmethod
    def step(program: str, on_failure: str = "TERMINATE_CLUSTER") -> Params:
        jar = {"Jar": "command-runner.jar", "Args": [PYTHON, "-c", program]}
        return {"Name": "a step", "ActionOnFailure": on_failure, "HadoopJarStep": jar}

    def cluster(self, cluster_id: str) -> Params:
        return dict(self.client.describe_cluster(ClusterId=cluster_id)["Cluster"])

    def reaches(self, cluster_id: str, *states: str) -> Params:
        """The cluster once it is in one of these states."""
        return until(lambda: cluster if (cluster := self.cluster(cluster_id))["Status"]["State"] in states else {}, 20)

    def steps(self, cluster_id: str) -> list[str]:
        """The states of the cluster's steps, in the order they were added."""
        return [step["Status"]["State"] for step in self.client.list_steps(ClusterId=cluster_id)["Steps"]][::-1]

    def events_of(self, cluster_id: str, kind: str = "EMR Cluster State Change") -> list[Params]:
        """The details of this cluster's events of a kind, in the order sent."""
        return [
            event["detail"]
            for event in self.events
            if event["detail"]["clusterId"] == cluster_id and event["detail-type"] == kind
        ]

    def inside(self, cluster_id: str) -> Cluster:
        return self.cloud.emr.clusters[cluster_id]


@pytest.fixture
def emr(cloud: LocalCloud) -> Iterator[Launcher]:
    launcher = Launcher(cloud)
    original = cloud.emr.deliver
    cloud.emr.deliver = launcher.events.append
    yield launcher
    cloud.emr.deliver = original
    for cluster_id in launcher.launched:
        launcher.inside(cluster_id).halt()


@pytest.fixture
def machine(cloud: LocalCloud) -> Iterator[Any]:
    """Makes a state machine of these states (beginning with the first) and starts it; returns the execution's ARN."""
    states = cloud.client("stepfunctions")
    made: list[str] = []

    def start(data: Params | None = None, **definition: Any) -> str:
        text = json.dumps({"QueryLanguage": "JSONata", "StartAt": next(iter(definition)), "States": definition})
        arn = states.create_state_machine(
            name=f"test-{os.urandom(4).hex()}", definition=text, roleArn=f"arn:aws:iam::{cloud.account}:role/test"
        )["stateMachineArn"]
        made.append(arn)
        return str(
            states.start_execution(stateMachineArn=arn, name="one", input=json.dumps(data or {}))["executionArn"]
        )

    yield start
    for arn in made:
        states.delete_state_machine(stateMachineArn=arn)
