"""People who have signed in: their records and groups, and disabling their accounts. What follows from that for their jobs
and clusters is chalicelib/ownership's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from pynamodb.expressions.update import Action

from chalicelib.audit import changes
from chalicelib.audit.context import Effect
from chalicelib.core.errors import Conflict, Forbidden, NotFound
from chalicelib.core.tables import as_read, find, update_if
from chalicelib.identity.models import User
from chalicelib.identity.person import Person

MAX_ATTEMPTS = 5
UNSETTLED = "yes"


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
        if (user := find(User, person.username)) and user.disabled_at and user.email == person.email:
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


def get(username: str) -> User:
    """The record of somebody who has signed in.

    Raises:
        NotFound: nobody of that name has signed in.
    """
    user = find(User, username)
    if user is None:
        raise NotFound("There is no such person.")
    return user


def listing() -> list[User]:
    """Everybody who has ever signed in, by name. A site has hundreds of people, rarely thousands; so all are read."""
    from natsort import natsorted

    return natsorted(User.scan(), key=lambda user: user.username)


def members(group: str) -> list[User]:
    """Those of the group who are not disabled."""
    return [user for user in listing() if group in user.all_groups and not user.disabled_at]


def unsettled() -> list[User]:
    """People who were disabled, and whose jobs may not all be paused yet."""
    return list(User.by_unsettled.query(UNSETTLED))


_KEEPING = User.end_clusters.does_not_exist() | User.end_clusters.is_in(False)
"""Accounts that were disabled before there was the choice have no such attribute."""


def disable(username: str, by: str, now: datetime, end_clusters: bool = False, reason: str = "") -> User:
    """Nobody can act as this person any more: sessions end, tokens and mails' links are refused. Repeating it changes nothing
    but that it may ask for an end of the clusters too.

    Raises:
        NotFound: nobody of that name has signed in.
    """
    user = get(username)
    actions: list[Action] = [
        User.disabled_at.set(now), User.disabled_by.set(by), User.signed_out_at.set(now), User.unsettled.set(UNSETTLED),
        User.end_clusters.set(end_clusters),
        User.disabled_reason.set(reason) if reason else User.disabled_reason.remove(),
    ]  # fmt: skip
    also = ", and ended its clusters" if end_clusters else ""
    disabled = Effect("person", username, username, f"Disabled the account{also}.")
    ended = Effect("person", username, username, "Ended the clusters of the disabled account.")
    more: list[Action] = [User.end_clusters.set(True), User.unsettled.set(UNSETTLED)]
    enabled = User.username.exists() & User.disabled_at.does_not_exist()
    if not changes.update_if(user, enabled, actions, disabled) and not (
        end_clusters and changes.update_if(user, User.disabled_at.exists() & _KEEPING, more, ended)
    ):
        user.refresh(consistent_read=True)
    return user


def mark_settled(user: User) -> None:
    """All that follows from disabling this account is done."""
    update_if(user, User.disabled_at == user.disabled_at, [User.unsettled.remove()])


def enable(username: str) -> User:
    """The person can sign in again, and their tokens are valid again; jobs stay paused. Repeating it changes nothing.

    Raises:
        NotFound: nobody of that name has signed in.
    """
    user = get(username)
    actions: list[Action] = [
        User.disabled_at.remove(), User.disabled_by.remove(), User.disabled_reason.remove(), User.unsettled.remove(),
    ]  # fmt: skip
    effect = Effect("person", username, username, "Enabled the account.")
    changes.update_if(user, User.disabled_at.exists(), actions, effect)
    return user


def grant(username: str, group: str) -> User:
    """Put somebody into a group of this site's own, whatever the sign-in provider says. It counts with the next request.

    Raises:
        NotFound: nobody of that name has signed in.
        Conflict: others keep changing it.
    """
    return _regroup(username, lambda groups: groups | {group}, f"Added to the group {group}.")


def revoke(username: str, group: str) -> User:
    """Take somebody out of a group of this site's own; groups from the provider stay.

    Raises:
        NotFound: nobody of that name has signed in, or not put into this group here.
        Conflict: others keep changing it.
    """
    if group not in (get(username).site_groups or []):
        raise NotFound("They were not added to this group here. Groups from the sign-in provider are changed there.")
    return _regroup(username, lambda groups: groups - {group}, f"Removed from the group {group}.")


def _regroup(username: str, change: Callable[[set[str]], set[str]], summary: str) -> User:
    for _ in range(MAX_ATTEMPTS):
        user = get(username)
        before = list(user.site_groups or [])
        after = sorted(change(set(before)))
        if after == before:
            return user
        same = as_read(User.site_groups, before)
        new = User.site_groups.set(after) if after else User.site_groups.remove()
        if changes.update_if(user, User.username.exists() & same, [new], Effect("person", username, username, summary)):
            return user
    raise Conflict("Somebody else is changing this person's groups. Please try again.")
