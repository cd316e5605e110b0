"""Changes of budgets, which only people and jobs can have that there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from chalicelib.budgets import policy
from chalicelib.budgets.rules import Budget, Policy
from chalicelib.core.errors import Invalid
from chalicelib.core.tables import find
from chalicelib.core.versions import Check, last_write_wins
from chalicelib.identity import users
from chalicelib.identity.models import User
from chalicelib.identity.person import Person
from chalicelib.jobs.models import Job
from chalicelib.site_settings.models import Setting


def change(
    person: Person,
    make: Callable[[Policy], Policy],
    note: str,
    now: datetime,
    check: Check = last_write_wins,
    field: str = "",
) -> tuple[Policy, Setting]:
    """As `policy.change`, for people, their groups, and jobs that there are. Those that had a budget keep it, and may get another
    one, also when they are deleted since.

    Raises:
        Invalid: naming `field`, or else `people`, `groups` or `jobs`: there is no such person, group or job. So does
            `policy.change`.
    """

    def made(before: Policy) -> Policy:
        after = make(before)
        if name := _missing(User, _added(before.people, after.people)):
            message = f"Nobody named {name} has signed in here yet. Check the user name."
            raise Invalid.field(field or "people", message)
        if name := _empty(_added(before.groups, after.groups)):
            message = f"Nobody who has signed in here is in a group named {name}. Check the group's name."
            raise Invalid.field(field or "groups", message)
        if name := _missing(Job, _added(before.jobs, after.jobs)):
            message = (
                f"There is no job with the id {name}. The id of a job stands on its page, such as j-0123456789abcdef."
            )
            raise Invalid.field(field or "jobs", message)
        return after

    return policy.change(person, made, note, now, check)


def _added(before: Mapping[str, Budget], after: Mapping[str, Budget]) -> list[str]:
    return [name for name in after if name not in before]


def _empty(groups: list[str]) -> str:
    """The first that nobody is in, or ""."""
    known = {group for user in users.listing() for group in user.all_groups} if groups else set()
    return next((name for name in groups if name not in known), "")


def _missing(model: type[User] | type[Job], names: list[str]) -> str:
    """The first that there is no record of, or "". Each is read by itself, as the operators' role may: they are few."""
    return next((name for name in names if find(model, name) is None), "")
