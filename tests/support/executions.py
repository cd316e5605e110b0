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
        return states[-1:] == ["AwaitExpiry"] and states.count("AwaitExpiry") >= times

    until(waits)


def awaits_start(run_id: str, other_than: str = "") -> str:
    """Wait until the run's machine waits for its time to begin, which is to come, and return the token of that wait: a clock that
    is moved before then would move past its notice. `other_than` is the token of an earlier wait that is over by now."""
    from chalicelib.core import clock
    from chalicelib.runs.models import Run

    def waits() -> str:
        run = Run.get(run_id, consistent_read=True)
        begun = run.token != other_than and run.awaiting == "start"
        return run.token if begun and run.awaiting_until and run.awaiting_until > clock.now() else ""

    return until(waits)
