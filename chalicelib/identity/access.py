"""Whether somebody may do something to a record: the table of permissions, and with whom the record is shared."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol, TypeVar

from chalicelib.core.errors import Forbidden, NotFound
from chalicelib.identity import permissions, shares
from chalicelib.identity.permissions import ACTIONS, Role
from chalicelib.identity.person import Person


class Scope(StrEnum):
    """Whose objects a list has."""

    MINE = "mine"
    SHARED = "shared"
    ALL = "all"


class OwnedRecord(Protocol):
    """A record with an id and an owner."""

    @property
    def id(self) -> str: ...
    @property
    def owner(self) -> str: ...


RecordT = TypeVar("RecordT", bound=OwnedRecord)


def permitted(person: Person | None, action: str, record: RecordT | None, missing: str) -> RecordT:
    """The record, if this person may do this to it.

    Raises:
        NotFound: there is no record, or this person may not even see it: the two look the same.
        Forbidden: they may see it, but not do this.
    """
    kind = permissions.kind_of(action)
    roles = roles_of(person, kind, record) if record else frozenset()
    if record is None or not permissions.allows(f"{kind}.view", roles):
        raise NotFound(missing)
    if not permissions.allows(action, roles):
        raise Forbidden(
            f"This {kind} belongs to {record.owner}, who has not given you permission for this. Ask {record.owner} for more."
        )
    return record


def check_scope(person: Person, kind: str, scope: Scope) -> None:
    """Whether this person may list clusters or jobs of this scope.

    Raises:
        Forbidden: only maintainers and admins list everybody's.
    """
    if scope == Scope.ALL and not may_list_all(person, kind):
        raise Forbidden(f"Only maintainers and admins can list everybody's {kind}s.")


def may_list_all(person: Person, kind: str) -> bool:
    return permissions.allows(f"{kind}.all", permissions.roles_of(person, kind))


def allowed(person: Person | None, kind: str, record: OwnedRecord) -> frozenset[str]:
    """Everything that this person may do to the record, as names of actions; pages offer nothing else."""
    roles = roles_of(person, kind, record)
    return frozenset(name for name, rule in ACTIONS.items() if rule.on == kind and permissions.allows(name, roles))


def sees(person: Person | None, kind: str, records: Sequence[OwnedRecord]) -> dict[str, bool]:
    """Whether this person may see each of these clusters or jobs, by its id; only within `reading_once`. What is shared with them
    is read in one call: records of others beyond those that fit into it are left out."""
    own = [record.id for record in records if _sees(kind, permissions.roles_of(person, kind, record))]
    others = [record.id for record in records if record.id not in own]
    known = {*own, *(shares.read_levels(person, others) if person else others)}
    return {record.id: _sees(kind, roles_of(person, kind, record)) for record in records if record.id in known}


def _sees(kind: str, roles: frozenset[Role]) -> bool:
    return permissions.allows(f"{kind}.view", roles)


def roles_of(person: Person | None, kind: str, record: OwnedRecord) -> frozenset[Role]:
    """The roles of this person with the record. A run is shared as its job is."""
    roles = permissions.roles_of(person, kind, record)
    if person is None or kind == "key" or roles & {Role.OWNER, Role.MAINTAINER, Role.ADMIN, Role.OPERATOR}:
        return roles
    return permissions.roles_of(person, kind, record, shares.level(person, getattr(record, "job_id", record.id)))
