"""The files of an export in S3: `<prefix>/<table>/000001.jsonl.gz`, each with lines of JSON, and a manifest."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from chalicelib.archive.tables import Item
from chalicelib.aws import s3
from chalicelib.core.errors import Invalid

MANIFEST = "manifest.json"
LAYOUT = 1
"""Counted up when the files of an export are laid out otherwise."""


@dataclass(frozen=True)
class Place:
    """Where an export is: a bucket, and what its keys begin with."""

    bucket: str
    prefix: str

    def key(self, name: str) -> str:
        return f"{self.prefix}/{name}"


def place_of(uri: str, bucket: str) -> Place:
    """The place that somebody names by an S3 URI.

    Raises:
        Invalid: the deployment has no bucket for exports, or it is not in that one.
    """
    if not bucket:
        raise Invalid.field(
            "place", "This deployment has no bucket for exports: set the parameter ExportBucket, and deploy."
        )
    begin = f"s3://{bucket}/"
    if not uri.startswith(begin) or not uri.removeprefix(begin).strip("/"):
        raise Invalid.field("place", f"Give an address below {begin}, such as {begin}2026-11-27.")
    return Place(bucket, uri.removeprefix(begin).strip("/"))


def write(place: Place, table: str, number: int, written_as: int, items: Iterable[Item]) -> None:
    """Store one part of a table."""
    lines = (json.dumps({"format": written_as, "item": item}, default=_bytes) + "\n" for item in items)
    body = gzip.compress("".join(lines).encode())
    s3.put(place.bucket, place.key(part_name(table, number)), body, "application/gzip")


def read(place: Place, table: str, number: int) -> Iterator[tuple[int, Item]] | None:
    """The items of one part, each with the format that it was written as; None when there is no such part."""
    body = s3.read(place.bucket, place.key(part_name(table, number)))
    if body is None:
        return None
    lines = (json.loads(line) for line in gzip.decompress(body).decode().splitlines())
    return ((line["format"], line["item"]) for line in lines)


def part_name(table: str, number: int) -> str:
    return f"{table}/{number:06}.jsonl.gz"


def write_manifest(place: Place, content: dict[str, Any]) -> None:
    """Say that the export is whole, and what it has."""
    s3.put(place.bucket, place.key(MANIFEST), json.dumps({"layout": LAYOUT, **content}).encode(), "application/json")


def read_manifest(place: Place) -> dict[str, Any]:
    """What the export has.

    Raises:
        Invalid: there is none that is whole, or only a later version of atmo can read it.
    """
    body = s3.read(place.bucket, place.key(MANIFEST))
    if body is None:
        raise Invalid.field("place", "There is no export here that is whole: its manifest.json is missing.")
    manifest: dict[str, Any] = json.loads(body)
    if manifest.get("layout") != LAYOUT:
        raise Invalid.field("place", f"Only atmo {manifest.get('version', '')} or later can read this export.")
    return manifest


def _bytes(value: Any) -> Any:
    """No record of ours has bytes; one that had would come back as something else."""
    raise TypeError(f"{type(value).__name__} cannot be exported")
