"""Share objects with people and groups, and find what is shared with somebody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.audit import changes
from chalicelib.audit.context import Effect
from chalicelib.core.errors import Invalid, NotFound
from chalicelib.core.tables import Key, already_read
from chalicelib.identity import users
from chalicelib.identity.permissions import ShareLevel
from chalicelib.identity.person import Person
from chalicelib.identity.share_models import Share

if TYPE_CHECKING:
    from chalicelib.identity.share_forms import NewShare

MAX_KEYS = 100
"""What DynamoDB reads in one call.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html"""
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
    """The widest level at which an object is shared with somebody, "" for not at all. A page asks once."""
    known, place = already_read.get(), _place(person, object_id)
    if known is not None and place in known:
        return str(known[place])
    mine = _grantees(person)
    widest = _widest(share for share in of(object_id) if share.grantee in mine)
    if known is not None:
        known[place] = widest
    return widest


def read_levels(person: Person, object_ids: Sequence[str]) -> frozenset[str]:
    """Read in one call at which level each of these objects is shared with somebody, for `level` to return; only within
    `reading_once`. Gives the ids of those that have been read: as many as fit into a call, the first ones.

    Raises:
        GetError: DynamoDB does not answer.
    """
    known, mine = already_read.get(), sorted(_grantees(person))
    readable = frozenset(object_ids[: MAX_KEYS // len(mine)])
    if known is None or not readable:
        return frozenset()
    shared = list(Share.batch_get([(one, grantee) for one in readable for grantee in mine], consistent_read=True))
    for one in readable:
        known[_place(person, one)] = _widest(share for share in shared if share.object_id == one)
    return readable


def _place(person: Person, object_id: str) -> Key:
    return Share, f"{object_id} {person.username}"


def _widest(shares: Iterable[Share]) -> str:
    return max((ShareLevel(share.level) for share in shares), key=list(ShareLevel).index, default="")


def shared_with(person: Person, letter: str) -> list[str]:
    """The ids of the objects shared with somebody, the latest first; `letter` is what their ids begin with."""
    shares = [share for grantee in sorted(_grantees(person)) for share in Share.by_grantee.query(grantee)]
    shares.sort(key=lambda share: share.created_at, reverse=True)
    return list(dict.fromkeys(share.object_id for share in shares if share.object_id.startswith(f"{letter}-")))


def _grantees(person: Person) -> set[str]:
    return {f"person:{person.username}", *(f"group:{group}" for group in person.groups)}
