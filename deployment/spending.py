"""What costs money by the hour: a stage's clusters, and what launches them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from deployment.stack import DeploymentFailed, Stack

ACTIVE = ["STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING", "TERMINATING"]
AT_ONCE = 10
"""TerminateJobFlows takes at most ten ids. https://docs.aws.amazon.com/emr/latest/APIReference/API_TerminateJobFlows.html"""


def clusters(emr: Any, stage: str) -> Iterator[tuple[str, str]]:
    """Id and name of every cluster of the stage that is not over, by its name and its tags."""
    pages = emr.get_paginator("list_clusters").paginate(ClusterStates=ACTIVE)
    named = [each for page in pages for each in page["Clusters"] if each["Name"].startswith(f"atmo-{stage}-")]
    for each in named:
        tags = {tag["Key"]: tag["Value"] for tag in emr.describe_cluster(ClusterId=each["Id"])["Cluster"]["Tags"]}
        if (tags.get("Application"), tags.get("Environment")) == ("atmo", stage):
            yield each["Id"], each["Name"]


def stop_launching(session: Any, stack: Stack) -> None:
    """Keeps the stage's rules from ticking and its functions from running."""
    for rule in stack.resources("AWS::Events::Rule").values():
        session.client("events").disable_rule(Name=rule)
    for function in stack.resources("AWS::Lambda::Function").values():
        session.client("lambda").put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)


def resume(session: Any, stack: Stack) -> None:
    """Undoes `stop_launching`: rules tick, functions run, and what the template reserves for some is reserved again."""
    template, reserves = stack.template(), stack.parameters().get("ReserveConcurrency") == "yes"
    functions = session.client("lambda")
    for logical_id, function in stack.resources("AWS::Lambda::Function").items():
        reserved = template["Resources"][logical_id]["Properties"].get("ReservedConcurrentExecutions")
        if reserved and reserves:
            number = reserved["Fn::If"][1]
            functions.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=number)
        else:
            functions.delete_function_concurrency(FunctionName=function)
    for rule in stack.resources("AWS::Events::Rule").values():
        session.client("events").enable_rule(Name=rule)


def end_clusters(emr: Any, stage: str, poll_seconds: int = 30) -> list[str]:
    """Ends the stage's clusters and waits until EMR has; returns their names.

    Raises:
        DeploymentFailed: EMR did not end one within an hour.
    """
    running = dict(clusters(emr, stage))
    ids = list(running)
    for number in range(0, len(ids), AT_ONCE):
        emr.set_termination_protection(JobFlowIds=ids[number : number + AT_ONCE], TerminationProtected=False)
        emr.terminate_job_flows(JobFlowIds=ids[number : number + AT_ONCE])
    waiter = emr.get_waiter("cluster_terminated")
    for cluster in ids:
        try:
            waiter.wait(ClusterId=cluster, WaiterConfig={"Delay": poll_seconds, "MaxAttempts": 120})
        except Exception as error:
            raise DeploymentFailed(f"{running[cluster]} ({cluster}) has not ended: {error}") from error
    return list(running.values())
