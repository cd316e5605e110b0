"""Presigned addresses of objects in S3, by which browsers and programs get and send files past us."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from chalicelib.aws.clients import client
from chalicelib.core.limits import LIMITS

LINK_SECONDS = int(LIMITS.link_validity.total_seconds())


def link(bucket: str, key: str, download_as: str = "", version: str = "", content_type: str = "") -> str:
    """A presigned address of the object, good for fifteen minutes. With `download_as` browsers save it under that name; with
    `content_type` they show it as that."""
    params = {"Bucket": bucket, "Key": key}
    if version:
        params["VersionId"] = version
    if content_type:
        params["ResponseContentType"] = content_type
    if download_as:
        safe = "".join(c if c.isalnum() or c in "._-" else "_" for c in download_as)
        params["ResponseContentDisposition"] = f'attachment; filename="{safe}"'
    url: str = client("s3").generate_presigned_url("get_object", Params=params, ExpiresIn=LINK_SECONDS)
    return url


@dataclass(frozen=True)
class PostTicket:
    """Where a browser or program may post one object: a form with these fields, then the file in the field `file`."""

    url: str
    fields: dict[str, str]


def post_ticket(bucket: str, key: str, largest: int) -> PostTicket:
    """A presigned form for an object of 1 to `largest` bytes, good for fifteen minutes."""
    made = client("s3").generate_presigned_post(
        bucket, key, Conditions=[["content-length-range", 1, largest]], ExpiresIn=LINK_SECONDS
    )
    return PostTicket(made["url"], made["fields"])


def origin(bucket: str) -> str:
    """The origin that presigned addresses of this bucket have, as content security policies name it."""
    place = urlsplit(client("s3").generate_presigned_url("head_bucket", Params={"Bucket": bucket}))
    return f"{place.scheme}://{place.netloc}"
