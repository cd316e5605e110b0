"""Who is asking, and what a person may do. The words: owner (made the object), maintainer (a group that looks after
everybody's clusters or jobs), admin (sees and does everything)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Protocol

CLUSTER_MAINTAINERS = "cluster-maintainers"
JOB_MAINTAINERS = "job-maintainers"
ADMINS = "admins"


class Owned(Protocol):
    """A record that is somebody's."""

    @property
    def owner(self) -> str: ...


@dataclass(frozen=True)
class Person:
    """Somebody signed in. `scope` is what the session or token they came with allows: "write" all that the person may do,
    "read" only looking. `news_seen` tells which news they have read (chalicelib/news/read_marker.py). `is_operator` is who
    invokes the Lambda `operator`: no person of the portal, whatever the name."""

    username: str
    email: str
    groups: frozenset[str] = frozenset()
    scope: str = "write"
    news_seen: str = ""
    is_operator: bool = False

    @property
    def requester(self) -> str:
        """Whose requests these are: an operator may have a person's name, and is not that person."""
        return f"operator {self.username}" if self.is_operator else self.username

    def owns(self, record: Owned) -> bool:
        """Whether the record is this person's. Nothing is an operator's, who may have an owner's name."""
        return record.owner == self.username and not self.is_operator

    @property
    def may_write(self) -> bool:
        """Whether anything may be changed at all; what, is a matter of who the person is."""
        return self.scope == "write"

    @property
    def is_admin(self) -> bool:
        return ADMINS in self.groups

    @property
    def maintains_clusters(self) -> bool:
        """May see and end everybody's clusters, and launch ones above the size limit."""
        return self.is_admin or CLUSTER_MAINTAINERS in self.groups

    @property
    def maintains_jobs(self) -> bool:
        return self.is_admin or JOB_MAINTAINERS in self.groups


def username_of(email: str, home_domain: str) -> str:
    """The local part for addresses of the home domain, the full address for others, made fit for EMR's names.

    The ancestor did the same. Characters outside [a-z0-9.@_-] become hyphens.
    """
    local, _, domain = email.strip().lower().partition("@")
    name = local if domain == home_domain.lower() else f"{local}@{domain}"
    return re.sub(r"[^a-z0-9.@_-]", "-", name)


def allowed(groups: frozenset[str], patterns: tuple[str, ...]) -> bool:
    """Whether one of the groups matches one of the patterns (`*` and `?`); no pattern allows everybody."""
    return not patterns or any(fnmatchcase(group, pattern) for group in groups for pattern in patterns)
