"""One listing of EMR, in which a sweep looks everything up, and how patient a sweep is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from chalicelib.aws import jobflows
from chalicelib.aws.jobflows import Jobflow, JobflowState
from chalicelib.core.config import settings

EVENTS_WITHIN = timedelta(minutes=2)
"""How long EMR's events and a state machine's next step may take before a sweep looks into it."""
TAKEOVER_AFTER = timedelta(minutes=10)
"""How long the state machines are left alone before a sweep ends a cluster in their place."""


class Listing:
    """The jobflows of this account that EMR lists as live, other people's among them."""

    def __init__(self, listed: Iterable[Jobflow]) -> None:
        self._by_id = {jobflow.id: jobflow for jobflow in listed}

    def get(self, jobflow_id: str) -> Jobflow | None:
        return self._by_id.get(jobflow_id)

    def named(self, name: str) -> list[Jobflow]:
        """Those of exactly this name that are not ending."""
        return [jobflow for jobflow in self._by_id.values() if jobflow.name == name and is_going(jobflow)]

    def older(self, component: str, now: datetime) -> list[Jobflow]:
        """Those whose name is one of this deployment's component, which are not ending and past the time of grace."""
        return [
            jobflow
            for jobflow in self._by_id.values()
            if is_named_as_ours(jobflow.name, component)
            and is_going(jobflow)
            and jobflow.created_at is not None
            and now - jobflow.created_at > TAKEOVER_AFTER
        ]


def is_going(jobflow: Jobflow) -> bool:
    """Whether it costs money until somebody ends it."""
    return jobflow.state in jobflows.LIVE and jobflow.state != JobflowState.TERMINATING


def is_named_as_ours(name: str, component: str) -> bool:
    """Whether this name begins as those of this deployment's clusters ("cluster") or runs ("job").

    Of two deployments called prod and prod-cluster, the second one's names pass for the first one's; their tags do not.
    """
    return name.startswith(f"{settings().name_prefix}{component}-")


def is_tagged_as_ours(jobflow: Jobflow) -> bool:
    """Whether its tags, which only a full description carries, name this deployment."""
    tags = jobflow.tags
    return tags.get("Application") == "atmo" and tags.get("Environment") == settings().stage
