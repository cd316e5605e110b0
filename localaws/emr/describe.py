"""The shapes in which EMR describes clusters and steps. Times are datetimes; absent members are left out."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from localaws.emr import fleets, machines, network
from localaws.emr.cluster import Cluster
from localaws.emr.steps import Step

Shape = dict[str, Any]


def _without_none(shape: Shape) -> Shape:
    return {key: value for key, value in shape.items() if value is not None}


def status(of: Cluster) -> Shape:
    timeline = {"CreationDateTime": of.created, "ReadyDateTime": of.ready, "EndDateTime": of.ended}
    return {"State": of.state, "StateChangeReason": dict(of.reason), "Timeline": _without_none(timeline)}


def summary(of: Cluster) -> Shape:
    """A member of ListClusters."""
    return {
        "Id": of.id,
        "Name": of.name,
        "Status": status(of),
        "NormalizedInstanceHours": of.normalized_hours,
        "ClusterArn": of.arn,
    }


def cluster(of: Cluster) -> Shape:
    """The answer of DescribeCluster."""
    request, instances = of.request, of.request["Instances"]
    attributes = {
        "Ec2KeyName": instances.get("Ec2KeyName"),
        "Ec2SubnetId": instances.get("Ec2SubnetId") or next(iter(instances.get("Ec2SubnetIds", [])), None),
        "RequestedEc2SubnetIds": instances.get("Ec2SubnetIds"),
        "IamInstanceProfile": request.get("JobFlowRole"),
        **{name: instances.get(name) for name in network.GROUPS},
    }
    return _without_none(
        {
            **summary(of),
            "Ec2InstanceAttributes": _without_none(attributes),
            "InstanceCollectionType": "INSTANCE_FLEET" if instances.get("InstanceFleets") else "INSTANCE_GROUP",
            "LogUri": request.get("LogUri"),
            "ReleaseLabel": request.get("ReleaseLabel"),
            "AutoTerminate": not of.keeps_alive,
            "TerminationProtected": of.protected,
            "VisibleToAllUsers": request.get("VisibleToAllUsers", True),
            "Applications": request.get("Applications", []),
            "Tags": [{"Key": key, "Value": value} for key, value in of.tags.items()],
            "SecurityConfiguration": request.get("SecurityConfiguration"),
            "ServiceRole": request.get("ServiceRole"),
            "MasterPublicDnsName": of.master_dns if of.ready else None,
            "Configurations": request.get("Configurations", []),
            "StepConcurrencyLevel": 1,
        }
    )


def step(of: Step) -> Shape:
    """A member of ListSteps, and the answer of DescribeStep."""
    jar = of.config["HadoopJarStep"]
    timeline = {"CreationDateTime": of.created, "StartDateTime": of.started, "EndDateTime": of.ended}
    return {
        "Id": of.id,
        "Name": of.config["Name"],
        "Config": {
            "Jar": jar["Jar"],
            "Properties": {pair["Key"]: pair["Value"] for pair in jar.get("Properties", [])},
            "Args": jar.get("Args", []),
        },
        "ActionOnFailure": of.on_failure,
        "Status": _without_none(
            {
                "State": of.state,
                "StateChangeReason": {},
                "FailureDetails": of.failure,
                "Timeline": _without_none(timeline),
            }
        ),
    }


def instance_groups(of: Cluster) -> list[Shape]:
    """The answer of ListInstanceGroups."""
    return [
        {
            "Id": f"ig-{of.id[2:]}{number}",
            "InstanceGroupType": role,
            "InstanceType": kind,
            "RequestedInstanceCount": count,
            "RunningInstanceCount": count if of.ready and not of.ended else 0,
            "Market": "ON_DEMAND",
            "Status": {"State": "ENDED" if of.ended else "RUNNING" if of.ready else "PROVISIONING"},
        }
        for number, (role, kind, count) in enumerate(of.instance_groups)
    ]


def instance_fleets(of: Cluster) -> list[Shape]:
    """The answer of ListInstanceFleets."""
    timeline = _without_none({"CreationDateTime": of.created, "ReadyDateTime": of.ready, "EndDateTime": of.ended})
    state = "TERMINATED" if of.ended else "RUNNING" if of.ready else "BOOTSTRAPPING" if of.market else "PROVISIONING"
    return [
        fleets.describe(fleet, f"if-{of.id[2:]}{number}", state, of.market, timeline)
        for number, fleet in enumerate(of.request["Instances"]["InstanceFleets"])
    ]


def instances(of: Cluster, roles: Collection[str] = ()) -> list[Shape]:
    """The answer of ListInstances, for nodes of these roles alone if there are any."""
    state = "TERMINATED" if of.ended else "RUNNING" if of.ready else "PROVISIONING"
    timeline = _without_none({"CreationDateTime": of.created, "ReadyDateTime": of.ready, "EndDateTime": of.ended})
    reason = {"Code": "CLUSTER_TERMINATED", "Message": "Cluster was terminated."} if of.ended else {}
    requested = of.request["Instances"].get("InstanceFleets", [])
    part, letters = ("InstanceFleetId", "if") if requested else ("InstanceGroupId", "ig")
    roles_with_spot = {fleet["InstanceFleetType"] for fleet in requested if fleet.get("TargetSpotCapacity")}
    return [
        {
            "Id": f"ci-{of.id[2:]}{role[0]}{number}",
            "Ec2InstanceId": machines.ec2_id(of.id, role, number),
            "InstanceType": kind,
            "Market": of.market if role in roles_with_spot and of.market else "ON_DEMAND",
            part: f"{letters}-{of.id[2:]}{place}",
            "Status": {"State": state, "StateChangeReason": reason, "Timeline": timeline},
        }
        for place, (role, kind, count) in enumerate(of.instance_groups)
        if not roles or role in roles
        for number in range(count)
    ]


def bootstrap_action(action: Shape) -> Shape:
    script = action["ScriptBootstrapAction"]
    return {"Name": action["Name"], "ScriptPath": script["Path"], "Args": script.get("Args", [])}
