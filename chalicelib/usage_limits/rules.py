"""Which limits hold for somebody, and whether something fits into them. Pure: nothing here reads a clock or calls AWS."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from chalicelib.core import clock
from chalicelib.core.choices import Choice
from chalicelib.core.text import day
from chalicelib.usage_limits.models import COUNTED, UsageLimit

Limits = Mapping[str, int]
"""The most that is allowed, by limit."""

DEFAULT: dict[str, int] = {
    UsageLimit.CLUSTERS: 3,
    UsageLimit.WORKERS: 60,
    UsageLimit.CLUSTER_HOURS: 72,
    UsageLimit.JOBS: 100,
    UsageLimit.RUNS: 10,
}
"""What everybody may have until admins decide otherwise: enough for a day's work of one person."""
_OF_MAINTAINERS: dict[str, int] = {UsageLimit.CLUSTERS: 10, UsageLimit.WORKERS: 400}
GROUPS: dict[str, dict[str, int]] = {
    "admins": dict(_OF_MAINTAINERS),
    "cluster-maintainers": dict(_OF_MAINTAINERS),
}  # fmt: skip
"""Those who may launch larger clusters than others need room for two of them."""

LABELS: dict[str, str] = {
    UsageLimit.CLUSTERS: "live clusters",
    UsageLimit.WORKERS: "workers at once",
    UsageLimit.CLUSTER_HOURS: "hours of one cluster, extensions included",
    UsageLimit.JOBS: "jobs",
    UsageLimit.RUNS: "runs at once",
}
"""Each limit in words, after a number."""
_WAYS_OUT: dict[str, str] = {
    UsageLimit.CLUSTERS: "End one first",
    UsageLimit.WORKERS: "Choose fewer, or end a cluster or a run first",
    UsageLimit.CLUSTER_HOURS: "Choose fewer hours, or launch another cluster when this one ends",
    UsageLimit.JOBS: "Delete one first",
    UsageLimit.RUNS: "Wait until one ends, or cancel one",
}


@dataclass(frozen=True)
class Policy:
    """What admins have decided: for everybody; for groups, of which the most counts for who is in several; for single people,
    whose own counts whatever their groups have. What a group or person lacks, they have as everybody does."""

    default: Limits = field(default_factory=lambda: dict(DEFAULT))
    groups: Mapping[str, Limits] = field(default_factory=lambda: {name: dict(most) for name, most in GROUPS.items()})
    people: Mapping[str, Limits] = field(default_factory=dict)


class Holder(Choice):
    """Whose limits may be other than everybody's."""

    GROUP = "group"
    PERSON = "person"


def with_default(policy: Policy, limits: Limits) -> Policy:
    """The same with these limits for everybody."""
    return replace(policy, default={**policy.default, **limits})


def with_own(policy: Policy, holder: Holder, name: str, limits: Limits) -> Policy:
    """The same with these limits for a group or a person, and none of others for them; without any they have no own."""
    part = "groups" if holder == Holder.GROUP else "people"
    named = {**getattr(policy, part), name: dict(limits)}
    return replace(policy, **{part: {one: most for one, most in sorted(named.items()) if most}})


@dataclass(frozen=True)
class Demand:
    """So much more of what is limited; or, when it is given back, so much less."""

    clusters: int = 0
    workers: int = 0
    jobs: int = 0
    runs: int = 0

    def items(self) -> Iterable[tuple[UsageLimit, int]]:
        """Those that are not zero, in the order in which they are checked."""
        return [(limit, getattr(self, limit)) for limit in COUNTED if getattr(self, limit)]


@dataclass(frozen=True)
class Allowance:
    """One limit of a person: how much they have (None where nothing is counted), the most they may have, and until when that was
    raised, if it was."""

    limit: str
    used: int | None
    most: int
    until: datetime | None = None


def most_of(policy: Policy, person: str, groups: Iterable[str], limit: str) -> int:
    """The most that a person may have, without what was granted for a time."""
    own = policy.people.get(person, {})
    if limit in own:
        return own[limit]
    of_groups = [policy.groups[name][limit] for name in groups if limit in policy.groups.get(name, {})]
    return max(of_groups, default=policy.default.get(limit, DEFAULT[UsageLimit(limit)]))


def granted(grants: Mapping[str, Any], limit: str, now: datetime) -> tuple[int, datetime] | None:
    """What was granted of a limit and until when; None when nothing was, or no longer."""
    if not (grant := grants.get(limit)):
        return None
    until = clock.parse(grant["until"])
    return (int(grant["most"]), until) if now < until else None


def allowances(
    policy: Policy,
    person: str,
    groups: Iterable[str],
    used: Mapping[str, int],
    grants: Mapping[str, Any],
    now: datetime,
) -> dict[str, Allowance]:
    """Every limit of a person, by its name. A grant counts where it is more than they may have anyhow."""
    groups, every = list(groups), {}
    for limit in UsageLimit:
        count = used.get(limit, 0) if limit in COUNTED else None
        every[str(limit)] = Allowance(limit, count, most_of(policy, person, groups, limit))
        if (grant := granted(grants, limit, now)) and grant[0] > every[limit].most:
            every[str(limit)] = Allowance(limit, count, *grant)
    return every


def reached(every: Mapping[str, Allowance], demand: Demand) -> str:
    """The first limit that this demand would exceed, or ""."""
    for limit, more in demand.items():
        if more > 0 and (every[limit].used or 0) + more > every[limit].most:
            return limit
    return ""


def refusal(person: str, allowance: Allowance, more: int) -> str:
    """Why somebody cannot have so much more, and what they can do."""
    total = (allowance.used or 0) + more
    label = LABELS[allowance.limit]
    return (
        f"This would make {total} {label}; {person} may have {allowance.most}. "
        f"{_WAYS_OUT[allowance.limit]}, or request more on the page Limits."
    )


def too_large(person: str, size: int, most: int) -> str:
    """Why a job cannot have so many workers."""
    return (
        f"Each run would need {size} workers; {person} may have {most} at once. "
        "Choose fewer, or request more on the page Limits."
    )


def last_day(until: datetime) -> str:
    """The last day of what ends at that moment, in UTC."""
    return day(until - timedelta(microseconds=1))
