"""Requests that may be sent again: each key counts once, and whoever repeats a request gets what the first one made.

A key is stored in the transaction of the change itself, so neither is ever there without the other. What a repeated request
gets is read afresh, as somebody who views it would: what was deleted or handed over since is given to nobody.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError
from pynamodb.transactions import TransactWrite

from chalicelib.core.errors import AtmoError, Conflict, NotFound
from chalicelib.core.tables import TableModel, TableName, TimeAttribute, find, was_rejected

RETENTION = timedelta(days=30)
"""How long a key is remembered."""
OTHER_CONTENT = (
    "This form or Idempotency-Key was already used for something else. Open the form again, or send a new key."
)
GONE = (
    "This form or Idempotency-Key was already used, and what it created has been deleted since, or you may no longer see it. "
    "Open the form again, or send a new key."
)

T = TypeVar("T")


class UsedKey(TableModel):
    """A key that was used: a hash of what was sent with it, and what came of it, mostly an id. `use` is one request's own."""

    class Meta:
        table_name = TableName("used-keys")

    id = UnicodeAttribute(hash_key=True)
    digest = UnicodeAttribute()
    use = UnicodeAttribute()
    object_id = UnicodeAttribute()
    used_at = TimeAttribute()
    ttl = NumberAttribute()


@dataclass(frozen=True)
class Submission:
    """One request: a hash of who asks for what under which key, one of what they send, and what tells it from its repetition."""

    id: str
    digest: str
    use: str


@dataclass(frozen=True)
class Outcome(Generic[T]):
    """What came of a request, and whether this request made it or an earlier one."""

    record: T
    is_new: bool


def submission(person: str, action: str, key: str, content: str, target: str = "") -> Submission:
    """A request of this person with this key, to do something (to the object `target`).

    One without a key ("") is stored under a key of its own: the SDK, which repeats a write whose answer it lost, must find
    that it was done.
    """
    use = secrets.token_hex(16)
    return Submission(_hash(person, action, target, key or use), _hash(content), use)


def part(request: Submission, name: str) -> Submission:
    """One of several steps of a request, which is done once as well."""
    return replace(request, id=_hash(request.id, name))


def once(request: Submission, act: Callable[[], T], again: Callable[[str], T]) -> Outcome[T]:
    """Do what is asked for, or return what an earlier request with this key made, which `again` reads by its id.

    `act` stores the request by `remember` in its own transaction.

    Raises:
        Conflict: the key was used with other content, or what came of it is gone.
        AtmoError: as `act` has it.
    """
    if (made := earlier(request)) is None:
        try:
            return Outcome(act(), is_new=True)
        except AtmoError:
            # Of several requests that come at once, the losers are refused for what the winner has just changed.
            if (made := earlier(request)) is None:
                raise
    try:
        return Outcome(again(made), is_new=False)
    except NotFound:
        raise Conflict(GONE) from None


def answer(
    request: Submission | None, act: Callable[[], T], again: Callable[[str], T], was_refused: Callable[[T], bool]
) -> T:
    """What `act` returns, or for a repetition what `again` does with what came of the first request. Of several that come at
    once, those that lose are refused for what the winner has changed, and get its answer instead. None has no key.

    Raises:
        Conflict: the key was used with other content.
        AtmoError: as `act` and `again` have it.
    """
    if request is None:
        return act()
    if (made := earlier(request)) is not None:
        return again(made)
    try:
        outcome = act()
    except AtmoError:
        if (made := earlier(request)) is None:
            raise
        return again(made)
    if was_refused(outcome) and (made := earlier(request)) is not None:
        return again(made)
    return outcome


def remember(write: TransactWrite, request: Submission, object_id: str, now: datetime) -> None:
    """Let the transaction store the key, which fails if it is there already; see `was_stored`."""
    write.save(_used_key(request, object_id, now), condition=UsedKey.id.does_not_exist())


def _used_key(request: Submission, object_id: str, now: datetime) -> UsedKey:
    return UsedKey(
        request.id, digest=request.digest, use=request.use, object_id=object_id, used_at=now,
        ttl=int((now + RETENTION).timestamp()),
    )  # fmt: skip


def was_stored(request: Submission) -> bool:
    """Whether a rejected transaction had been carried out before: the SDK may write twice, unseen by us.

    Raises:
        Conflict: another request with this key was carried out; `once` returns what came of that.
    """
    used = find(UsedKey, request.id)
    if used and used.use != request.use:
        raise Conflict(OTHER_CONTENT)
    return bool(used)


def is_used(request: Submission) -> bool:
    """Whether an earlier request with this key was carried out.

    Raises:
        Conflict: the key was used with other content.
    """
    return earlier(request) is not None


def store(request: Submission, made: str, now: datetime) -> None:
    """Store the key of a request whose change is done, or which found nothing to change. `made` tells what came of it."""
    used = _used_key(request, made, now)
    try:
        used.save(UsedKey.id.does_not_exist())
    except PutError as error:
        if not was_rejected(error):
            raise


def earlier(request: Submission) -> str | None:
    """What came of an earlier request with this key, such as the id of a record; None while there was none.

    Raises:
        Conflict: the key was used with other content.
    """
    used = find(UsedKey, request.id)
    if used and used.digest != request.digest:
        raise Conflict(OTHER_CONTENT)
    return used.object_id if used else None


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
