"""Notebooks too large for a form go straight to S3, and count once they were checked; see `versions.store`.

An upload is no record: its place is made of its id and of whose it is, so nobody else can use it. What is not used is gone
after a day, by the bucket's lifecycle.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.audit import context as audit_context
from chalicelib.aws import s3, s3_links
from chalicelib.core.config import settings
from chalicelib.core.errors import Invalid
from chalicelib.core.tables import new_id
from chalicelib.identity.person import Person
from chalicelib.notebooks import formats

if TYPE_CHECKING:
    from chalicelib.notebooks.forms import NewUpload

ID = re.compile(r"u-[a-z0-9]{16}")


@dataclass(frozen=True)
class Ticket:
    """Post a form with these fields, and the file as its last field `file`, to the address within fifteen minutes."""

    id: str
    url: str
    fields: dict[str, str]


def begin(person: Person, form: NewUpload, earlier: str = "") -> Ticket:
    """Where this person may upload a notebook of this size: at a new place, or once more where an `earlier` ticket of theirs led.

    Raises:
        Invalid: it is no name of a notebook, or the notebook is too large.
    """
    if refusal := formats.refuse_name(form.name):
        raise Invalid.field("name", refusal)
    if refusal := formats.refuse_size(form.name, form.size, formats.LARGEST):
        raise Invalid.field("size", refusal)
    upload_id = earlier or new_id("u")
    audit_context.note_made(upload_id)
    ticket = s3_links.post_ticket(settings().notebooks_bucket, key(person, upload_id), form.size)
    return Ticket(upload_id, ticket.url, ticket.fields)


def fetch(person: Person, upload_id: str) -> s3.Fetched:
    """What this person uploaded.

    Raises:
        Invalid: on the field `notebook`: there is no such upload, or none any more.
        Unavailable: S3 does not answer.
    """
    upload = None
    if ID.fullmatch(upload_id):
        upload = s3.newest(settings().notebooks_bucket, key(person, upload_id), formats.LARGEST)
    if upload is None:
        raise Invalid.field(
            "notebook", "There is no such upload. Uploads are kept for a day; upload the notebook again."
        )
    return upload


def key(person: Person, upload_id: str) -> str:
    """Where an upload lies. User names may hold what keys should not, so theirs is hashed."""
    return f"uploads/{new_id('p', person.username)}/{upload_id}"


def origin() -> str:
    """Where uploads go, as a content security policy names it."""
    return s3_links.origin(settings().notebooks_bucket)
