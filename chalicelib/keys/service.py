"""SSH keys: add, find, list, delete."""

from __future__ import annotations

from datetime import datetime

from chalicelib.audit import changes
from chalicelib.audit.context import Effect
from chalicelib.core.errors import Invalid, NotFound
from chalicelib.core.limits import LIMITS
from chalicelib.core.pagination import Page
from chalicelib.core.search import EVERYTHING, Search
from chalicelib.core.tables import find, new_id
from chalicelib.core.versions import Check, last_write_wins
from chalicelib.core.windows import search_index
from chalicelib.identity import access
from chalicelib.identity.person import Person
from chalicelib.keys import rules
from chalicelib.keys.models import SSHKey
from chalicelib.keys.search import FIELDS


def add(person: Person, title: str, pasted: str, now: datetime) -> SSHKey:
    """Store a public key of this person.

    Raises:
        Invalid: naming `title` or `key`; also when the person has stored the same key before.
    """
    title = title.strip()
    if not 1 <= len(title) <= LIMITS.name or not title.isprintable():
        raise Invalid.field(
            "title", f"Give the key a title of 1 to {LIMITS.name} characters, such as the name of your computer."
        )
    public = rules.read(pasted)
    key = SSHKey(
        _id_of(person, public.fingerprint),
        owner=person.username, title=title, key=public.text, kind=public.kind, fingerprint=public.fingerprint, created_at=now,
    )  # fmt: skip
    added = Effect("key", key.id, title, f"Added it, fingerprint {key.fingerprint}.")
    if not changes.save(key, added, SSHKey.id.does_not_exist()):
        raise Invalid.field("key", f"You have already added this key (fingerprint {public.fingerprint}).")
    return key


def _id_of(person: Person, fingerprint: str) -> str:
    return new_id("k", person.username, fingerprint)


def is_of(person: Person, key_id: str, public_key: str) -> bool:
    """Whether this person added the key with this id and text, also when they have deleted it since."""
    return key_id == _id_of(person, rules.fingerprint(public_key))


def get(person: Person, key_id: str, action: str = "key.view") -> SSHKey:
    """The person's key with this id.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    return access.permitted(person, action, find(SSHKey, key_id), "There is no such SSH key.")


def all_of(person: Person) -> list[SSHKey]:
    """Every key of the person, the latest first. People have a handful."""
    return list(SSHKey.by_owner.query(person.username, scan_index_forward=False))


def listing(person: Person, limit: int, cursor: str | None, search: Search = EVERYTHING) -> Page[SSHKey]:
    """One page of the person's keys, the latest first unless the `search` says otherwise.

    Raises:
        BadRequest: the cursor is not one that such a list returned.
    """
    return search_index(SSHKey.by_owner, {"owner": person.username}, search, FIELDS, limit, cursor)


def delete(person: Person, key_id: str, check: Check = last_write_wins) -> None:
    """Forget a key. Clusters that were launched with it keep it.

    Raises:
        NotFound: there is none, or it is somebody else's.
        Outdated: it is not the version that `check` knows.
    """
    key = get(person, key_id, "key.delete")
    check(key)
    deleted = Effect("key", key.id, key.title, f"Deleted it, fingerprint {key.fingerprint}.")
    if not changes.delete(key, deleted, SSHKey.id.exists()):
        raise NotFound("There is no such SSH key.")
