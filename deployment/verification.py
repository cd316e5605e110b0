"""Whether a deployment works: by looking at all of it, and by one cluster of one node as it would launch one."""

from __future__ import annotations

import time
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from deployment.place import Place
from deployment.stack import DeploymentFailed
from deployment.states import UPDATABLE

TIMEOUT_SECONDS = 10
LONGEST_START_MINUTES = 30
IDLE_SECONDS = 15 * 60
"""EMR ends the cluster by itself if this machine dies meanwhile."""
NOBODYS_KEY = "ssh-ed25519 " + b64encode(b"\0\0\0\x0bssh-ed25519\0\0\0 " + bytes(range(32))).decode()
"""A key that nobody has the private half of."""


def problems(place: Place, fetch: Callable[[str], int] | None = None) -> Iterator[str]:
    """A sentence for each part of the deployment that is not as it should be. Only reads."""
    stack = place.stack
    if (status := stack.status()) not in UPDATABLE:
        yield f"Stack {stack.name} is in the state {status}."
        return
    functions, events = place.session.client("lambda"), place.session.client("events")
    for name in stack.resources("AWS::Lambda::Function").values():
        state = functions.get_function_configuration(FunctionName=name)
        if (state["State"], state.get("LastUpdateStatus", "Successful")) != ("Active", "Successful"):
            yield f"The function {name} is {state['State']}, its last update {state.get('LastUpdateStatus')}."
    for name in stack.resources("AWS::Events::Rule").values():
        if events.describe_rule(Name=name)["State"] != "ENABLED":
            yield f"The rule {name} is disabled: make resume STAGE={place.stage}"
    alarms = place.session.client("cloudwatch").describe_alarms(AlarmNamePrefix=f"{stack.name}-", StateValue="ALARM")
    yield from (f"The alarm {each['AlarmName']} is on: {each['AlarmDescription']}" for each in alarms["MetricAlarms"])
    url = stack.parameters().get("PortalUrl", "")
    if (answer := (fetch or _status)(f"{url}/__heartbeat__")) != 200:
        yield f"{url}/__heartbeat__ answers {answer or 'nothing'}."


def _status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - the stack's own address
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except (OSError, ValueError):
        return 0


def environment(place: Place) -> dict[str, str]:
    """The settings of the deployed functions."""
    name = place.stack.resources("AWS::Lambda::Function")["ClusterTask"]
    answer = place.session.client("lambda").get_function_configuration(FunctionName=name)
    return dict(answer["Environment"]["Variables"])


def price(instance_type: str) -> Decimal | None:
    """US dollars that one node costs while it starts, at the most; None where the price list does not say."""
    from chalicelib.aws import pricing

    rates = (pricing.on_demand(instance_type), pricing.emr_charge(instance_type))
    if None in rates:
        return None
    return sum((rate for rate in rates if rate), Decimal(0)) * LONGEST_START_MINUTES / 60


def request(release: str) -> dict[str, Any]:
    """What the deployment would ask EMR for, for a cluster of one node that nobody owns; reads the settings in the environment."""
    from chalicelib.clusters.models import Cluster
    from chalicelib.clusters.request import cluster_request
    from chalicelib.core.config import settings
    from chalicelib.site_settings.settings import SiteSettings

    # The sweep looks at names of clusters and jobs, which this is neither of.
    cluster = Cluster(
        "c-verify", name=f"{settings().name_prefix}verify", owner="verify", owner_email=settings().mail_from, size=1,
        emr_release=release, public_key=NOBODYS_KEY,
    )  # fmt: skip
    return cluster_request(cluster, settings(), SiteSettings()) | {
        "AutoTerminationPolicy": {"IdleTimeout": IDLE_SECONDS}
    }


def try_cluster(emr: Any, launch: Mapping[str, Any], say: Callable[[str], None], poll_seconds: float = 30) -> None:
    """Launches it, waits until it takes work, and ends it whatever happens.

    Raises:
        DeploymentFailed: it did not come to take work; the message has EMR's reason.
    """
    cluster = emr.run_job_flow(**launch)["JobFlowId"]
    try:
        before = ""
        for _ in range(int(LONGEST_START_MINUTES * 60 / max(poll_seconds, 1))):
            status = emr.describe_cluster(ClusterId=cluster)["Cluster"]["Status"]
            if status["State"] != before:
                before = status["State"]
                say(f"  {cluster} is {before}")
            if before == "WAITING":
                return
            if before.startswith("TERMINAT"):
                reason = status.get("StateChangeReason", {})
                raise DeploymentFailed(f"{cluster} ended: {reason.get('Code', '')} {reason.get('Message', '')}")
            time.sleep(poll_seconds)
        raise DeploymentFailed(f"{cluster} was still {before} after {LONGEST_START_MINUTES} minutes.")
    finally:
        emr.terminate_job_flows(JobFlowIds=[cluster])
        say(f"  {cluster} is being ended")
