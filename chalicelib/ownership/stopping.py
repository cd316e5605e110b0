"""Stop everything: freeze the site, and end all clusters and runs, or those of one person. What it would end is shown first."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import partial

from chalicelib.audit import context as audit_context
from chalicelib.audit import service as audit
from chalicelib.audit.context import Effect
from chalicelib.clusters import service as clusters
from chalicelib.clusters import sweep as cluster_sweep
from chalicelib.clusters.models import Cluster
from chalicelib.core.errors import AtmoError
from chalicelib.core.observability import logger
from chalicelib.core.text import plural
from chalicelib.identity.person import Person
from chalicelib.runs import service as runs
from chalicelib.runs import sweep as run_sweep
from chalicelib.runs.models import Run
from chalicelib.site_settings import service as site_settings

TIMEOUT = 20.0
"""Seconds after which what is left is for the next call: API Gateway waits for 29."""
REASON = "An administrator has stopped everything"


@dataclass(frozen=True)
class Plan:
    """What is there to be ended, and US dollars an hour that it costs together; `unpriced` of it have no known price."""

    clusters: list[Cluster]
    runs: list[Run]

    @property
    def per_hour(self) -> Decimal:
        every: list[Cluster | Run] = [*self.clusters, *self.runs]
        return sum((Decimal(one.per_hour) for one in every if one.per_hour and one.started_at), Decimal())

    @property
    def unpriced(self) -> int:
        every: list[Cluster | Run] = [*self.clusters, *self.runs]
        return len([one for one in every if one.started_at and not one.per_hour])


@dataclass(frozen=True)
class Stopped:
    """What was ended by its id, why something was not, and how much is left for another call."""

    ended: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    left: int = 0


def plan(owner: str | None = None) -> Plan:
    """The live clusters and the runs that are not over, everybody's or one person's."""
    live_clusters = [one for one in cluster_sweep.SWEEP.live() if one.is_active and owner in (None, one.owner)]
    live_runs = [one for one in run_sweep.SWEEP.live() if not one.is_final and owner in (None, one.owner)]
    return Plan(live_clusters, [one for one in live_runs if not one.cancelled_by])


def stop(person: Person, owner: str | None, reason: str, now: datetime, timeout: float = TIMEOUT) -> Stopped:
    """Freeze the site and end everything; with an owner, end what is theirs, and freeze nothing. Owners are told, with the reason.
    Repeating it ends what is left or was launched meanwhile.
    """
    planned, deadline, stopped = plan(owner), time.monotonic() + timeout, Stopped()
    _begin(owner, planned)
    if owner is None:
        _freeze(person, reason, now)
    acts: list[tuple[str, Callable[[], object]]] = [
        *((one.id, partial(clusters.terminate, person, one.id, now, reason)) for one in planned.clusters),
        *((one.id, partial(runs.cancel, person, one.id, now, reason)) for one in planned.runs),
    ]
    left = _do_each(acts, stopped, deadline)
    return replace(stopped, left=left)


def _begin(owner: str | None, planned: Plan) -> None:
    """The trail has what is about to be ended before any of it is: each thing's own entry then says that it was."""
    audit_context.mark_steps()
    both = f"{plural(len(planned.clusters), 'cluster')} and {plural(len(planned.runs), 'run')}"
    kind, owners = ("person", f"{owner}'s ") if owner else ("settings", "")
    audit.begin_steps(Effect(kind, owner or "", owner or "", f"Began to end {owners}{both}."))


def _do_each(acts: Iterable[tuple[str, Callable[[], object]]], stopped: Stopped, deadline: float) -> int:
    """Do what there is time for; returns how much is left."""
    left = 0
    for record_id, act in acts:
        if time.monotonic() > deadline:
            left += 1
            continue
        try:
            act()
            stopped.ended.append(record_id)
        except AtmoError as error:
            logger.warning("not_stopped", extra={"record": record_id, "error": error.message})
            stopped.refused[record_id] = error.message
    return left


def _freeze(person: Person, reason: str, now: datetime) -> None:
    """No more launches. What was frozen before keeps its reason."""
    if not site_settings.why_frozen():
        why = reason or REASON
        site_settings.change(person, lambda before: replace(before, frozen=True, freeze_reason=why), now)
