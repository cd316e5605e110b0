"""Who is what to a record, and what that allows. Every route is tried with every kind of person on the embedded cloud."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from chalicelib.identity import permissions
from chalicelib.identity.permissions import ACTIONS, Role, allows, roles_of
from chalicelib.identity.person import Person


@dataclass(frozen=True)
class Thing:
    owner: str
    transfer_to: str | None = None


ADA_S = Thing("ada")
BASIC = {Role.ANYBODY, Role.PERSON}


def person(*groups: str, name: str = "eve", operator: bool = False) -> Person:
    return Person(name, f"{name}@example.org", frozenset(groups), is_operator=operator)


@pytest.mark.parametrize(
    ("who", "kind", "level", "roles"),
    [
        (None, "cluster", "", {Role.ANYBODY}),
        (person(operator=True, name="ada"), "cluster", "view", {Role.OPERATOR}),
        (person(), "cluster", "", BASIC),
        (person(name="ada"), "cluster", "", BASIC | {Role.OWNER}),
        (person(), "cluster", "view", BASIC | {Role.VIEWER}),
        (person(), "job", "change", BASIC | {Role.VIEWER, Role.CHANGER}),
        (person(), "job", "delete", BASIC | {Role.VIEWER, Role.CHANGER, Role.DELETER}),
        (person(), "job", "everything", BASIC),
        (person("cluster-maintainers"), "cluster", "", BASIC | {Role.MAINTAINER}),
        (person("cluster-maintainers"), "job", "", BASIC),
        (person("cluster-maintainers"), "run", "", BASIC),
        (person("job-maintainers"), "cluster", "", BASIC),
        (person("job-maintainers"), "job", "", BASIC | {Role.MAINTAINER}),
        (person("job-maintainers"), "run", "", BASIC | {Role.MAINTAINER}),
        (person("job-maintainers", "cluster-maintainers"), "key", "", BASIC),
        (person("admins"), "cluster", "", BASIC | {Role.MAINTAINER, Role.ADMIN}),
        (person("admins"), "key", "", BASIC | {Role.ADMIN}),
    ],
)
def test_somebodys_roles(who: Person | None, kind: str, level: str, roles: set[Role]) -> None:
    assert roles_of(who, kind, ADA_S, level) == roles


def test_who_is_to_become_the_owner_is_its_receiver_and_nobody_else_is() -> None:
    offered = Thing("ada", transfer_to="eve")
    assert roles_of(person(), "cluster", offered) == BASIC | {Role.RECEIVER}
    assert roles_of(person(name="ada"), "cluster", offered) == BASIC | {Role.OWNER}
    assert roles_of(person(name="bob"), "cluster", offered) == BASIC


def test_nobody_owns_what_is_not_there() -> None:
    assert roles_of(person(name="ada"), "cluster") == BASIC


@pytest.mark.parametrize(
    ("action", "allowed"),
    [
        ("cluster.launch", {Role.PERSON}),
        ("key.delete", {Role.OWNER, Role.OPERATOR}),
        ("cluster.share", {Role.OWNER, Role.MAINTAINER, Role.ADMIN, Role.OPERATOR}),
        ("token.revoke", {Role.OPERATOR}),
        ("audit.view", {Role.ADMIN, Role.OPERATOR}),
    ],
)
def test_one_role_is_enough(action: str, allowed: set[Role]) -> None:
    by_role = {role for role in Role if allows(action, frozenset({role}))}
    assert by_role == allowed == ACTIONS[action].roles
    assert allows(action, frozenset(Role))
    assert not allows(action, frozenset())


def test_only_what_may_be_public_and_what_asks_for_nobody_is_open() -> None:
    assert [action for action in ACTIONS if permissions.open_to_anybody(action)] == [
        action for action, rule in ACTIONS.items() if Role.ANYBODY in rule.roles or action == "run.view"
    ]
    assert permissions.open_to_anybody("run.view")
    assert not permissions.open_to_anybody("run.cancel")


def test_what_looks_changes_nothing() -> None:
    looking = {action for action, rule in ACTIONS.items() if not rule.writes}
    assert {"cluster.view", "job.all", "audit.view", "run.view"} <= looking
    assert {"cluster.launch", "run.cancel", "key.delete", "token.revoke"} & looking == set()


def test_an_actions_kind_is_its_first_word() -> None:
    assert permissions.kind_of("cluster.launch") == "cluster"
