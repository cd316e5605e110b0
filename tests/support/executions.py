"""What the state machines did."""

from __future__ import annotations

from localaws.cloud import LocalCloud
from tests.support.http import until


def visited(cloud: LocalCloud, machine: str, record_id: str) -> list[str]:
    """The states that the execution named after a record has entered, in order."""
    client = cloud.client("stepfunctions")
    arn = f"arn:aws:states:{cloud.region}:{cloud.account}:execution:atmo-local-{machine}:{record_id}"
    events = client.get_execution_history(executionArn=arn, maxResults=1000)["events"]
    return [event["stateEnteredEventDetails"]["name"] for event in events if event["type"].endswith("StateEntered")]


def awaits_expiry(cloud: LocalCloud, cluster_id: str, times: int = 1) -> None:
    """Wait until the cluster's machine waits for its expiry: a clock that is moved before then would move past its notice.

    It waits anew, for the second time and so on, after each extension.
    """

    def waits() -> bool:
        states = visited(cloud, "cluster", cluster_id)
        return states[-1] == "AwaitExpiry" and states.count("AwaitExpiry") >= times

    until(waits)
