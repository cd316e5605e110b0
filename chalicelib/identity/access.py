"""Whether somebody may do something to a record: the table of permissions, and with whom the record is shared."""

from __future__ import annotations

from typing import Protocol, TypeVar

from chalicelib.core.errors import Forbidden, NotFound
from chalicelib.identity import permissions, shares
from chalicelib.identity.permissions import ACTIONS, ADMIN, MAINTAINER, OPERATOR, OWNER
from chalicelib.identity.person import Person

MINE, SHARED, ALL = "mine", "shared", "all"
"""Whose objects a list has."""


class Kept(Protocol):
    """A record with an id and an owner."""

    @property
    def id(self) -> str: ...
    @property
    def owner(self) -> str: ...


KeptT = TypeVar("KeptT", bound=Kept)


def permitted(person: Person | None, action: str, record: KeptT | None, missing: str) -> KeptT:
    """The record, if this person may do this to it.

    Raises:
        NotFound: there is no record, or this person may not even see it: the two look the same.
        Forbidden: they may see it, but not do this.
    """
    kind = permissions.kind_of(action)
    words = words_of(person, kind, record) if record else frozenset()
    if record is None or not permissions.allows(f"{kind}.view", words):
        raise NotFound(missing)
    if not permissions.allows(action, words):
        raise Forbidden(
            f"This {kind} belongs to {record.owner}, who lets you do less than this. Ask {record.owner} to share it for more."
        )
    return record


def check_whose(person: Person, kind: str, whose: str) -> None:
    """Whether this person may list the clusters or jobs of these people.

    Raises:
        Forbidden: only maintainers and admins list everybody's.
    """
    if whose == ALL and not may_list_all(person, kind):
        raise Forbidden(f"Everybody's {kind}s are listed for maintainers and admins only.")


def may_list_all(person: Person, kind: str) -> bool:
    return permissions.allows(f"{kind}.all", permissions.words_of(person, kind))


def allowed(person: Person | None, kind: str, record: Kept) -> frozenset[str]:
    """Everything that this person may do to the record, as names of actions; pages offer nothing else."""
    words = words_of(person, kind, record)
    return frozenset(name for name, rule in ACTIONS.items() if rule.on == kind and permissions.allows(name, words))


def words_of(person: Person | None, kind: str, record: Kept) -> frozenset[str]:
    """Who this person is to the record. A run is shared as its job is."""
    words = permissions.words_of(person, kind, record)
    if person is None or kind == "key" or words & {OWNER, MAINTAINER, ADMIN, OPERATOR}:
        return words
    return permissions.words_of(person, kind, record, shares.level(person, getattr(record, "job_id", record.id)))
