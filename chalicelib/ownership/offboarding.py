"""Disable and enable accounts, with what follows for the person's jobs.

Disabling is one write; whatever follows can be repeated, and the next sweep does so, whoever died in the middle.
"""

from __future__ import annotations

from datetime import datetime

from chalicelib.identity import users
from chalicelib.identity.models import User
from chalicelib.identity.person import Person
from chalicelib.ownership import settlement
from chalicelib.ownership.service import refuse_oneself


def disable(person: Person, username: str, now: datetime, end_clusters: bool = False, reason: str = "") -> User:
    """Disable an account at once, pause its jobs and tell the person and the maintainers. Its clusters run until they expire, or
    are ended with it: code of that person runs on them, and their SSH key opens them. The person is told the `reason`.

    Raises:
        NotFound: there is no such person.
        Conflict: it is one's own account.
    """
    refuse_oneself(person, username)
    user = users.disable(username, person.username, now, end_clusters, reason)
    settlement.settle(user, now)
    return user


def enable(person: Person, username: str) -> User:
    """Let somebody in again. Their jobs stay paused until somebody resumes them.

    Raises:
        NotFound: there is no such person.
    """
    return users.enable(username)
