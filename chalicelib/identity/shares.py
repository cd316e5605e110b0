"""Share objects with people and groups, and find what is shared with somebody."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.audit import changes
from chalicelib.audit.context import Effect
from chalicelib.core.errors import Invalid, NotFound
from chalicelib.identity import users
from chalicelib.identity.permissions import ShareLevel
from chalicelib.identity.person import Person
from chalicelib.identity.share_models import Share

if TYPE_CHECKING:
    from chalicelib.identity.share_forms import NewShare

MAX_SHARES = 100
"""How many people and groups one object can be shared with."""


def share(object_id: str, owner: str, form: NewShare, by: Person, now: datetime) -> Share:
    """Share an object; sharing it again with the same person or group changes the level.

    Raises:
        Invalid: naming `name`: nobody of that name has signed in yet, or it is the owner's own.
    """
    if form.kind == "person" and form.name == owner:
        raise Invalid.field("name", "This person is the owner and already has every permission.")
    if form.kind == "person" and users.person(form.name) is None:
        raise Invalid.field("name", f"Nobody named {form.name} has signed in here yet. Check the user name.")
    grantee = f"{form.kind}:{form.name}"
    held = of(object_id)
    if len(held) >= MAX_SHARES and grantee not in {share.grantee for share in held}:
        raise Invalid.field(
            "name", f"It is already shared with {MAX_SHARES} people and groups. Share it with a group instead."
        )
    made = Share(object_id, grantee, level=form.level, shared_by=by.username, created_at=now)
    changes.save(
        made, Effect(_kind(object_id), object_id, "", f"Shared it with {form.kind} {form.name}: {form.level}.")
    )
    return made


def stop(object_id: str, grantee: str) -> None:
    """Share the object with this person or group no more.

    Raises:
        NotFound: it is not shared with them.
    """
    get(object_id, grantee)
    effect = Effect(_kind(object_id), object_id, "", f"Stopped sharing it with {grantee.replace(':', ' ')}.")
    if not changes.delete(Share(object_id, grantee), effect, Share.object_id.exists()):
        raise NotFound("It is not shared with them.")


def get(object_id: str, grantee: str) -> Share:
    """The share of the object with this person or group.

    Raises:
        NotFound: it is not shared with them.
    """
    share = next((share for share in of(object_id) if share.grantee == grantee), None)
    if share is None:
        raise NotFound("It is not shared with them.")
    return share


def _kind(object_id: str) -> str:
    return "job" if object_id.startswith("j-") else "cluster"


def of(object_id: str) -> list[Share]:
    """With whom an object is shared."""
    return list(Share.query(object_id, consistent_read=True))


def level(person: Person, object_id: str) -> str:
    """The widest level at which an object is shared with somebody, "" for not at all."""
    mine = _grantees(person)
    levels = [ShareLevel(share.level) for share in of(object_id) if share.grantee in mine]
    return max(levels, key=list(ShareLevel).index, default="")


def shared_with(person: Person, letter: str) -> list[str]:
    """The ids of the objects shared with somebody, the latest first; `letter` is what their ids begin with."""
    shares = [share for grantee in sorted(_grantees(person)) for share in Share.by_grantee.query(grantee)]
    shares.sort(key=lambda share: share.created_at, reverse=True)
    return list(dict.fromkeys(share.object_id for share in shares if share.object_id.startswith(f"{letter}-")))


def _grantees(person: Person) -> set[str]:
    return {f"person:{person.username}", *(f"group:{group}" for group in person.groups)}
