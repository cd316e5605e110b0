"""EMR's operations over the account's clusters, by their names in the API: parameters in, answer out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from localaws.emr import apps, describe
from localaws.emr.cluster import Termination
from localaws.emr.clusters import Clusters, find_step
from localaws.emr.errors import EmrError, invalid
from localaws.emr.limits import MAX_STEPS, check_tags
from localaws.emr.protocol import Params, page


def run_job_flow(clusters: Clusters, params: Params) -> Params:
    cluster = clusters.launch(params)
    return {"JobFlowId": cluster.id, "ClusterArn": cluster.arn}


def describe_cluster(clusters: Clusters, params: Params) -> Params:
    return {"Cluster": describe.cluster(clusters.find(params["ClusterId"]))}


def list_clusters(clusters: Clusters, params: Params) -> Params:
    states = params.get("ClusterStates")
    after, before = params.get("CreatedAfter"), params.get("CreatedBefore")
    listed_until = clusters.runtime.clock.now() - timedelta(seconds=clusters.runtime.listing_lag)
    summaries = [
        describe.summary(cluster)
        for cluster in reversed(list(clusters.by_id.values()))
        if cluster.created <= listed_until
        and (not states or cluster.state in states)
        and (after is None or cluster.created.timestamp() >= after)
        and (before is None or cluster.created.timestamp() <= before)
    ]
    return page("Clusters", summaries, params)


def terminate_job_flows(clusters: Clusters, params: Params) -> Params:
    if any(name not in clusters.by_id for name in params["JobFlowIds"]):
        raise invalid("Specified job flow ID does not exist.")
    named = [clusters.by_id[name] for name in params["JobFlowIds"]]
    for cluster in named:
        if not cluster.protected:
            cluster.terminate(Termination("USER_REQUEST", "Terminated by user request"))
    if any(cluster.protected and cluster.is_alive for cluster in named):
        raise invalid("Could not shut down one or more job flows since they are termination protected.")
    return {}


def set_termination_protection(clusters: Clusters, params: Params) -> Params:
    for name in params["JobFlowIds"]:
        clusters.find_modifiable(name).protected = params["TerminationProtected"]
    return {}


def add_job_flow_steps(clusters: Clusters, params: Params) -> Params:
    cluster = clusters.find_modifiable(params["JobFlowId"])
    if len(cluster.steps) + len(params["Steps"]) > MAX_STEPS:
        raise invalid(f"A maximum of {MAX_STEPS} steps are allowed in each job flow.")
    steps = cluster.add_steps(params["Steps"])
    return {"StepIds": [step.id for step in steps]}


def cancel_steps(clusters: Clusters, params: Params) -> Params:
    cluster = clusters.find_modifiable(params["ClusterId"])
    results = []
    for name in params["StepIds"]:
        cancelled = cluster.cancel(find_step(cluster, name))
        results.append({"StepId": name, "Status": "SUBMITTED" if cancelled else "FAILED"})
    return {"CancelStepsInfoList": results}


def list_steps(clusters: Clusters, params: Params) -> Params:
    cluster = clusters.find(params["ClusterId"])
    states, names = params.get("StepStates"), params.get("StepIds")
    steps = [
        describe.step(step)
        for step in reversed(cluster.steps)
        if (not states or step.state in states) and (not names or step.id in names)
    ]
    return page("Steps", steps, params)


def describe_step(clusters: Clusters, params: Params) -> Params:
    return {"Step": describe.step(find_step(clusters.find(params["ClusterId"]), params["StepId"]))}


def list_instance_groups(clusters: Clusters, params: Params) -> Params:
    cluster = clusters.find(params["ClusterId"])
    if cluster.request["Instances"].get("InstanceFleets"):
        raise EmrError("InvalidRequestException", "Instance fleets and instance groups are mutually exclusive.")
    return {"InstanceGroups": describe.instance_groups(cluster)}


def list_instance_fleets(clusters: Clusters, params: Params) -> Params:
    cluster = clusters.find(params["ClusterId"])
    if not cluster.request["Instances"].get("InstanceFleets"):
        raise EmrError("InvalidRequestException", "Instance fleets and instance groups are mutually exclusive.")
    return {"InstanceFleets": describe.instance_fleets(cluster)}


def list_instances(clusters: Clusters, params: Params) -> Params:
    cluster, states = clusters.find(params["ClusterId"]), params.get("InstanceStates")
    fleet, groups = params.get("InstanceFleetType"), params.get("InstanceGroupTypes", [])
    if (fleet and groups) or (groups if cluster.request["Instances"].get("InstanceFleets") else fleet):
        raise EmrError("InvalidRequestException", "Instance fleets and instance groups are mutually exclusive.")
    roles = [fleet] if fleet else groups
    instances = [
        instance
        for instance in describe.instances(cluster, roles)
        if not states or instance["Status"]["State"] in states
    ]
    return page("Instances", instances, params)


def list_bootstrap_actions(clusters: Clusters, params: Params) -> Params:
    actions = clusters.find(params["ClusterId"]).request.get("BootstrapActions", [])
    return {"BootstrapActions": [describe.bootstrap_action(action) for action in actions]}


def add_tags(clusters: Clusters, params: Params) -> Params:
    check_tags(params["Tags"])
    tags = {tag["Key"]: tag.get("Value", "") for tag in params["Tags"]}
    clusters.find(params["ResourceId"]).tags.update(tags)
    return {}


def remove_tags(clusters: Clusters, params: Params) -> Params:
    cluster = clusters.find(params["ResourceId"])
    for key in params["TagKeys"]:
        cluster.tags.pop(key, None)
    return {}


def put_auto_termination_policy(clusters: Clusters, params: Params) -> Params:
    policy = params.get("AutoTerminationPolicy", {})
    clusters.find_modifiable(params["ClusterId"]).idle_timeout = policy.get("IdleTimeout")
    return {}


def get_auto_termination_policy(clusters: Clusters, params: Params) -> Params:
    timeout = clusters.find(params["ClusterId"]).idle_timeout
    return {"AutoTerminationPolicy": {"IdleTimeout": timeout}} if timeout else {}


OPERATIONS: dict[str, Callable[[Clusters, Params], Params]] = {
    "RunJobFlow": run_job_flow,
    "DescribeCluster": describe_cluster,
    "ListClusters": list_clusters,
    "TerminateJobFlows": terminate_job_flows,
    "SetTerminationProtection": set_termination_protection,
    "AddJobFlowSteps": add_job_flow_steps,
    "CancelSteps": cancel_steps,
    "ListSteps": list_steps,
    "DescribeStep": describe_step,
    "ListInstanceGroups": list_instance_groups,
    "ListInstanceFleets": list_instance_fleets,
    "ListInstances": list_instances,
    "ListBootstrapActions": list_bootstrap_actions,
    "AddTags": add_tags,
    "RemoveTags": remove_tags,
    "PutAutoTerminationPolicy": put_auto_termination_policy,
    "GetAutoTerminationPolicy": get_auto_termination_policy,
    "GetOnClusterAppUIPresignedURL": apps.on_cluster_link,
    "CreatePersistentAppUI": apps.create_persistent,
    "DescribePersistentAppUI": apps.describe_persistent,
    "GetPersistentAppUIPresignedURL": apps.persistent_link,
}
