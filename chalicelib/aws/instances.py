"""The machines of a jobflow: https://docs.aws.amazon.com/emr/latest/APIReference/API_ListInstances.html"""

from __future__ import annotations

from typing import Any

from chalicelib.aws.clients import answering, client


def master(jobflow_id: str, *, has_fleets: bool) -> str:
    """EC2's id of the jobflow's master, such as i-0123456789abcdef0; "" while it has none.

    EMR wants to be asked by group or by fleet, whichever the jobflow has (rate: burst 10, then one every two seconds).

    Raises:
        Unavailable: EMR does not answer or throttles.
    """
    role: dict[str, Any] = {"InstanceFleetType": "MASTER"} if has_fleets else {"InstanceGroupTypes": ["MASTER"]}
    with answering("list the machines of the cluster"):
        answer = client("emr").list_instances(ClusterId=jobflow_id, InstanceStates=["RUNNING"], **role)
    return next((str(machine["Ec2InstanceId"]) for machine in answer["Instances"] if machine.get("Ec2InstanceId")), "")
