"""Handing notebooks over, and fetching those that jobs have."""

from __future__ import annotations

from typing import Any

from atmo.errors import UsageError
from atmo.http import Portal

DIRECT = 3_000_000
"""Bytes of a notebook that go in the request itself: escaped as JSON it grows, and Lambda takes six million."""


def hand_over(portal: Portal, name: str, content: bytes) -> dict[str, Any]:
    """The field `notebook` of a job: with the content in it, or with the id of an upload to S3 where it is large.

    Raises:
        UsageError: it is not text.
        CommandError: the portal refuses it.
    """
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise UsageError(f"{name} is not a notebook: it is not UTF-8 text.") from None
    if len(content) <= DIRECT:
        return {"name": name, "content": text}
    ticket = portal.ask("POST", "/uploads", {"name": name, "size": len(content)}).body
    portal.upload(ticket, name, content)
    return {"name": name, "upload": ticket["id"]}


def content_of(portal: Portal, job: dict[str, Any]) -> bytes:
    """The newest notebook of a job."""
    version = portal.ask("GET", f"/jobs/{job['id']}/notebooks/{job['notebook']['number']}").body
    return portal.download(version["url"])
