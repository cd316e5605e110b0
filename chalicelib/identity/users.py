"""People: known after signing in."""

from __future__ import annotations

from datetime import datetime

from pynamodb.expressions.update import Action

from chalicelib.core.errors import Forbidden
from chalicelib.core.tables import find, update_if
from chalicelib.identity.models import User
from chalicelib.identity.person import Person


def remember(person: Person, now: datetime) -> None:
    """Store who has signed in, with the groups of this sign-in.

    Raises:
        Forbidden: the user name is somebody else's: two addresses may make the same one (o'neil@, o-neil@); or the account
            was disabled.
    """
    same = User.disabled_at.does_not_exist() & (User.email.does_not_exist() | (User.email == person.email))
    actions: list[Action] = [
        User.email.set(person.email),
        User.groups.set(sorted(person.groups)),
        User.created_at.set(User.created_at | now),
        User.signed_in_at.set(now),
    ]
    if not update_if(User(person.username), same, actions):
        if (found := find(User, person.username)) and found.disabled_at and found.email == person.email:
            raise Forbidden("Your account has been disabled. If you think this is a mistake, ask an administrator.")
        raise Forbidden(
            f"Your user name here would be {person.username}, which belongs to somebody with another e-mail address. "
            "Ask an administrator to sort this out."
        )


def person(username: str, scope: str = "write") -> Person | None:
    """The person of that name, or None if nobody by that name has ever signed in, or they were disabled."""
    user = find(User, username)
    return person_of(user, scope) if user and not user.disabled_at else None


def person_of(user: User, scope: str = "write") -> Person:
    """The person that a record is about, acting with this scope."""
    return Person(user.username, user.email, user.all_groups, scope, user.news_seen)
