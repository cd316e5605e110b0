"""EMR's API over the embedded clusters: what it accepts and what it answers.

Every call passes through `Emr.call` and every event through `Emr.deliver`; tests replace either to throttle calls, fail
them or lose events.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator
from werkzeug.wrappers import Request, Response

from localaws.clock import CloudClock
from localaws.emr import describe
from localaws.emr.cluster import Cluster, End, Surroundings
from localaws.emr.errors import EmrError, invalid
from localaws.emr.faults import TROUBLES
from localaws.emr.lifecycle import Life
from localaws.emr.node import Node
from localaws.emr.rates import Rates
from localaws.emr.steps import Step, new_id
from localaws.emr.validation import check_launch
from localaws.eventbridge import EventBus

Params = dict[str, Any]

_PAGE = 50


class Emr:
    """The embedded EMR. `clusters` holds them by id, oldest first; `rates` counts calls and can throttle them."""

    def __init__(
        self,
        account: str,
        region: str,
        clock: CloudClock,
        bus: EventBus,
        folder: Path,
        phase_seconds: float,
        steps_at_once: int,
        throttling: bool = False,
    ) -> None:
        self._account = account
        self._region = region
        self._clock = clock
        self._bus = bus
        self._folder = folder
        self._model = ServiceModel(Loader().load_service_model("emr", "service-2"))
        self._around = Surroundings(clock, phase_seconds, threading.BoundedSemaphore(steps_at_once), self._announce)
        self._threads: list[threading.Thread] = []
        self.rates = Rates(clock, throttling)
        self.clusters: dict[str, Cluster] = {}
        self.call: Callable[[str, Params], Params] = self.answer
        self.deliver: Callable[[Params], None] = lambda event: self._bus.deliver(event)

    @property
    def spot_waits(self) -> float:
        """Cloud seconds that clusters launched from now on wait for spot capacity; 0, the default, for none."""
        return self._around.spot_waits

    @spot_waits.setter
    def spot_waits(self, seconds: float) -> None:
        self._around.spot_waits = seconds

    @property
    def troubles(self) -> list[str]:
        """What befalls the next clusters, by its name in TROUBLES, one each; empty unless somebody puts something in."""
        return self._around.troubles

    def wsgi(self, environ: Params, start_response: Any) -> Iterable[bytes]:
        """EMR's JSON protocol."""
        request = Request(environ)
        operation = request.headers["X-Amz-Target"].rsplit(".", 1)[-1]
        try:
            body, status = self.call(operation, json.loads(request.get_data() or b"{}")), 200
        except EmrError as error:
            body, status = {"__type": error.code, "Message": str(error)}, error.status
        text = json.dumps(body, default=_json_time)
        headers = {"x-amzn-RequestId": new_id("r")}
        return Response(text, status, headers, content_type="application/x-amz-json-1.1")(environ, start_response)

    def answer(self, operation: str, params: Params) -> Params:
        """EMR's answer to a call.

        Raises:
            EmrError: EMR would refuse it.
        """
        if operation not in _OPERATIONS:
            raise EmrError("UnknownOperationException", f"The embedded EMR has no {operation}")
        if not self.rates.admit(operation):
            raise EmrError("ThrottlingException", "Rate exceeded")
        shape = self._model.operation_model(operation).input_shape
        if shape is not None:
            report = ParamValidator().validate(_times(params), shape)
            if report.has_errors():
                raise invalid(report.generate_report())
        return _OPERATIONS[operation](self, params)

    def close(self) -> None:
        """Kill every step and end every cluster's thread, without events."""
        halting = [threading.Thread(target=cluster.halt, daemon=True) for cluster in self.clusters.values()]
        for thread in halting:
            thread.start()
        for thread in halting + self._threads:
            thread.join(timeout=5)

    def find(self, cluster_id: str) -> Cluster:
        if cluster_id not in self.clusters:
            raise EmrError("InvalidRequestException", f"Cluster id '{cluster_id}' is not valid.")
        return self.clusters[cluster_id]

    def run_job_flow(self, params: Params) -> Params:
        check_launch(params)
        ahead = self.troubles.pop(0) if self.troubles else ""
        if ahead and TROUBLES[ahead].phase == "request":
            raise invalid(TROUBLES[ahead].message)
        cluster_id = new_id("j")
        number = len(self.clusters) + 1
        cluster = Cluster(
            id=cluster_id,
            arn=f"arn:aws:elasticmapreduce:{self._region}:{self._account}:cluster/{cluster_id}",
            request=params,
            node=Node(self._folder / cluster_id),
            around=self._around,
            created=self._clock.now(),
            # TEST-NET-3: an address that belongs to nobody.
            master_dns=f"ec2-203-0-113-{number % 254 + 1}.compute-1.amazonaws.com",
        )
        cluster.trouble = ahead
        self.clusters[cluster_id] = cluster
        thread = threading.Thread(target=Life(cluster).live, daemon=True, name=cluster_id)
        self._threads.append(thread)
        thread.start()
        return {"JobFlowId": cluster.id, "ClusterArn": cluster.arn}

    def describe_cluster(self, params: Params) -> Params:
        return {"Cluster": describe.cluster(self.find(params["ClusterId"]))}

    def list_clusters(self, params: Params) -> Params:
        states = params.get("ClusterStates")
        after, before = params.get("CreatedAfter"), params.get("CreatedBefore")
        found = [
            describe.summary(cluster)
            for cluster in reversed(list(self.clusters.values()))
            if (not states or cluster.state in states)
            and (after is None or cluster.created.timestamp() >= after)
            and (before is None or cluster.created.timestamp() <= before)
        ]
        return _page("Clusters", found, params)

    def terminate_job_flows(self, params: Params) -> Params:
        if any(name not in self.clusters for name in params["JobFlowIds"]):
            raise invalid("Specified job flow ID does not exist.")
        named = [self.clusters[name] for name in params["JobFlowIds"]]
        for cluster in named:
            if not cluster.protected:
                cluster.end(End("USER_REQUEST", "Terminated by user request"))
        if any(cluster.protected and cluster.is_alive for cluster in named):
            raise invalid("Could not shut down one or more job flows since they are termination protected.")
        return {}

    def set_termination_protection(self, params: Params) -> Params:
        for name in params["JobFlowIds"]:
            self._alive(name).protected = params["TerminationProtected"]
        return {}

    def add_job_flow_steps(self, params: Params) -> Params:
        steps = self._alive(params["JobFlowId"]).add_steps(params["Steps"])
        return {"StepIds": [step.id for step in steps]}

    def cancel_steps(self, params: Params) -> Params:
        cluster = self._alive(params["ClusterId"])
        answers = []
        for name in params["StepIds"]:
            done = cluster.cancel(_step(cluster, name))
            answers.append({"StepId": name, "Status": "SUBMITTED" if done else "FAILED"})
        return {"CancelStepsInfoList": answers}

    def list_steps(self, params: Params) -> Params:
        cluster = self.find(params["ClusterId"])
        states, names = params.get("StepStates"), params.get("StepIds")
        found = [
            describe.step(step)
            for step in reversed(cluster.steps)
            if (not states or step.state in states) and (not names or step.id in names)
        ]
        return _page("Steps", found, params)

    def describe_step(self, params: Params) -> Params:
        return {"Step": describe.step(_step(self.find(params["ClusterId"]), params["StepId"]))}

    def list_instance_groups(self, params: Params) -> Params:
        cluster = self.find(params["ClusterId"])
        if cluster.request["Instances"].get("InstanceFleets"):
            raise EmrError("InvalidRequestException", "Instance fleets and instance groups are mutually exclusive.")
        return {"InstanceGroups": describe.instance_groups(cluster)}

    def list_instance_fleets(self, params: Params) -> Params:
        cluster = self.find(params["ClusterId"])
        if not cluster.request["Instances"].get("InstanceFleets"):
            raise EmrError("InvalidRequestException", "Instance fleets and instance groups are mutually exclusive.")
        return {"InstanceFleets": describe.instance_fleets(cluster)}

    def list_instances(self, params: Params) -> Params:
        states = params.get("InstanceStates")
        found = [
            one
            for one in describe.instances(self.find(params["ClusterId"]))
            if not states or one["Status"]["State"] in states
        ]
        return _page("Instances", found, params)

    def list_bootstrap_actions(self, params: Params) -> Params:
        actions = self.find(params["ClusterId"]).request.get("BootstrapActions", [])
        return {"BootstrapActions": [describe.bootstrap_action(action) for action in actions]}

    def add_tags(self, params: Params) -> Params:
        tags = {tag["Key"]: tag.get("Value", "") for tag in params["Tags"]}
        self.find(params["ResourceId"]).tags.update(tags)
        return {}

    def remove_tags(self, params: Params) -> Params:
        cluster = self.find(params["ResourceId"])
        for key in params["TagKeys"]:
            cluster.tags.pop(key, None)
        return {}

    def put_auto_termination_policy(self, params: Params) -> Params:
        policy = params.get("AutoTerminationPolicy", {})
        self._alive(params["ClusterId"]).idle_timeout = policy.get("IdleTimeout")
        return {}

    def get_auto_termination_policy(self, params: Params) -> Params:
        timeout = self.find(params["ClusterId"]).idle_timeout
        return {"AutoTerminationPolicy": {"IdleTimeout": timeout}} if timeout else {}

    def _alive(self, cluster_id: str) -> Cluster:
        if cluster_id not in self.clusters:
            raise invalid("Specified job flow ID does not exist.")
        cluster = self.clusters[cluster_id]
        if not cluster.is_alive:
            raise invalid("A job flow that is shutting down, terminated, or finished may not be modified.")
        return cluster

    def _announce(self, detail_type: str, detail: Params) -> None:
        self.deliver(self._bus.event("aws.emr", detail_type, detail))


_OPERATIONS: dict[str, Callable[[Emr, Params], Params]] = {
    "RunJobFlow": Emr.run_job_flow,
    "DescribeCluster": Emr.describe_cluster,
    "ListClusters": Emr.list_clusters,
    "TerminateJobFlows": Emr.terminate_job_flows,
    "SetTerminationProtection": Emr.set_termination_protection,
    "AddJobFlowSteps": Emr.add_job_flow_steps,
    "CancelSteps": Emr.cancel_steps,
    "ListSteps": Emr.list_steps,
    "DescribeStep": Emr.describe_step,
    "ListInstanceGroups": Emr.list_instance_groups,
    "ListInstanceFleets": Emr.list_instance_fleets,
    "ListInstances": Emr.list_instances,
    "ListBootstrapActions": Emr.list_bootstrap_actions,
    "AddTags": Emr.add_tags,
    "RemoveTags": Emr.remove_tags,
    "PutAutoTerminationPolicy": Emr.put_auto_termination_policy,
    "GetAutoTerminationPolicy": Emr.get_auto_termination_policy,
}


def _step(cluster: Cluster, step_id: str) -> Step:
    for step in cluster.steps:
        if step.id == step_id:
            return step
    raise EmrError("InvalidRequestException", f"Step id '{step_id}' is not valid.")


def _page(name: str, found: list[Params], params: Params) -> Params:
    start = int(params.get("Marker", "0"))
    page: Params = {name: found[start : start + _PAGE]}
    if start + _PAGE < len(found):
        page["Marker"] = str(start + _PAGE)
    return page


def _times(params: Params) -> Params:
    """Times travel as numbers; the validator wants dates."""
    return {
        key: datetime.fromtimestamp(value, UTC) if key in ("CreatedAfter", "CreatedBefore") else value
        for key, value in params.items()
    }


def _json_time(value: Any) -> float:
    if isinstance(value, datetime):
        return round(value.timestamp(), 3)
    raise TypeError(f"{value!r} is not JSON")
