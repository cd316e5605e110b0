"""What somebody should look at first: clusters that expire soon or ended by themselves, jobs whose last run failed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from chalicelib.clusters import diagnosis, rules
from chalicelib.clusters import service as clusters
from chalicelib.clusters.models import Cluster, StateFilter
from chalicelib.core.pagination import Page
from chalicelib.core.search import Search
from chalicelib.entrypoints.portal.rows import CLUSTER_ROW, JOB_ROW
from chalicelib.identity.person import Person
from chalicelib.jobs import service as jobs
from chalicelib.jobs.models import Job
from chalicelib.runs.models import UNSUCCESSFUL

MAX_ACTIVE = 500
"""Among how many active clusters is looked for those that expire soon; no person has more at once."""
MAX_FAILED, LATELY = 50, timedelta(days=1)
"""Among how many clusters that ended by themselves is looked for those of this last while."""
MAX_SHOWN = 5
"""How many of each are shown; a line says how many more jobs there are."""


@dataclass(frozen=True)
class Attention:
    """What needs attention, each of a kind; `more_jobs` are further failing jobs that are not shown."""

    expiring: list[Cluster] = field(default_factory=list)
    idle: list[Cluster] = field(default_factory=list)
    ended: list[tuple[Cluster, dict[str, Any]]] = field(default_factory=list)
    failing: list[Job] = field(default_factory=list)
    more_jobs: bool = False


def active_clusters(person: Person) -> Page[Cluster]:
    """All active clusters of the person, in one call."""
    active = Search(filters={"state": StateFilter.ACTIVE})
    return clusters.listing(person, MAX_ACTIVE, shows=CLUSTER_ROW, search=active)


def of(person: Person, active: Iterable[Cluster], shown_jobs: Iterable[Job], now: datetime) -> Attention:
    """What needs the person's attention among all that is theirs. `shown_jobs` are looked at as well, as jobs that failed before
    the index of these was there are not in it."""
    ended = clusters.listing(person, MAX_FAILED, search=Search(filters={"state": StateFilter.FAILED}))
    failing = {job.id: job for job in jobs.needing_attention(person, MAX_SHOWN + 1, JOB_ROW)}
    failing |= {job.id: job for job in shown_jobs if job.owner == person.username}
    unsuccessful = [job for job in failing.values() if job.last_run_status in UNSUCCESSFUL]
    return Attention(
        [cluster for cluster in active if _expires_soon(cluster, now) and not cluster.idle_ends_at],
        [cluster for cluster in active if cluster.is_active and cluster.idle_ends_at],
        _ended_lately(ended.items, now)[:MAX_SHOWN],
        unsuccessful[:MAX_SHOWN],
        len(unsuccessful) > MAX_SHOWN,
    )


def _ended_lately(failed: Iterable[Cluster], now: datetime) -> list[tuple[Cluster, dict[str, Any]]]:
    """The clusters that ended within a day and should not have, each with why."""
    lately = [cluster for cluster in failed if cluster.finished_at and now - cluster.finished_at < LATELY]
    return [(cluster, why) for cluster in lately if (why := diagnosis.of(cluster))]


def _expires_soon(cluster: Cluster, now: datetime) -> bool:
    return cluster.is_active and cluster.expires_at <= now + rules.WARNING
