"""Everything that a deployment knows, written to S3 and read into another one.

Both are streamed, a page of a table at a time, and go on where they stopped. An import adds what is not there and changes
nothing that is, but for the settings: so it can be repeated, and a deployment in use is not overwritten.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pynamodb.models import Model

from chalicelib.archive import parts, tables
from chalicelib.archive.parts import Place
from chalicelib.archive.progress import Budget, Progress
from chalicelib.archive.tables import FORMATS, Item, hash_key, name_of
from chalicelib.aws import items, s3
from chalicelib.clusters.models import Cluster
from chalicelib.core import clock
from chalicelib.core.config import settings
from chalicelib.core.errors import Conflict, Invalid
from chalicelib.core.version import VERSION
from chalicelib.notebooks.models import NotebookVersion
from chalicelib.runs.models import Run
from chalicelib.site_settings import service as site_settings
from chalicelib.site_settings.models import Setting

ORDER = list(FORMATS)
NOTEBOOKS = "notebooks"


def export(uri: str, cursor: str | None, now: datetime, seconds: float) -> Mapping[str, Any]:
    """Write all tables and all notebooks below an address, for so many seconds.

    Raises:
        Invalid: the address is not in the bucket for exports.
        Conflict: something is running, or could be launched meanwhile.
        Unavailable: AWS does not answer; the same request goes on.
    """
    place, progress, budget = parts.place_of(uri, settings().export_bucket), Progress.of_text(cursor), Budget(seconds)
    _check_at_rest()
    while progress.table < len(ORDER):
        if not _export_table(ORDER[progress.table], place, progress, budget):
            return progress.as_json(is_done=False)
        progress.next_table()
    parts.write_manifest(
        place, {"version": VERSION, "stage": settings().stage, "at": clock.text(now), "items": progress.counts}
    )
    return progress.as_json(is_done=True)


def _export_table(model: type[Model], place: Place, progress: Progress, budget: Budget) -> bool:
    """Whether the table is written as a whole."""
    name = name_of(model)
    progress.count(name, 0)
    for page, after in items.pages(settings().table_prefix + name, progress.after):
        if model is NotebookVersion:
            for item in page:
                _copy(item, place, settings().notebooks_bucket)
        parts.write(place, name, progress.part, FORMATS[model], page)
        progress.count(name, len(page))
        progress.part, progress.after = progress.part + 1, after
        if after and budget.is_spent:
            return False
    return True


def _copy(item: Item, place: Place, bucket: str) -> None:
    s3.copy_across(bucket, item["key"]["S"], item["version"]["S"], place.bucket, _notebook_key(place, item))


def _notebook_key(place: Place, item: Item) -> str:
    return place.key(f"{NOTEBOOKS}/{item['job_id']['S']}/{item['number']['N']}")


def _check_at_rest() -> None:
    if not site_settings.why_frozen():
        raise Conflict("Freeze the site first (`freeze`), so that nothing changes meanwhile.")
    live = [record.id for model in (Cluster, Run) for record in model.by_live.query("yes", limit=1)]
    if live:
        raise Conflict(f"{live[0]} has not ended. Wait for what is running, or end it (`stop`).")


def load(uri: str, cursor: str | None, seconds: float) -> Mapping[str, Any]:
    """Read an export into this deployment, for so many seconds.

    Raises:
        Invalid: there is no export that is whole, or only a later version of atmo can read it.
        Conflict: something is running, or could be launched meanwhile.
        Unavailable: AWS does not answer; the same request goes on.
    """
    place, progress, budget = parts.place_of(uri, settings().export_bucket), Progress.of_text(cursor), Budget(seconds)
    parts.read_manifest(place)
    _check_at_rest()
    while progress.table < len(ORDER):
        model = ORDER[progress.table]
        part = parts.read(place, name_of(model), progress.part)
        if part is None:
            progress.next_table()
            continue
        for written, item in part:
            _load_item(model, written, item, place, progress)
        progress.part += 1
        if budget.is_spent:
            return progress.as_json(is_done=False)
    return progress.as_json(is_done=True)


def _load_item(model: type[Model], written: int, item: Item, place: Place, progress: Progress) -> None:
    today = tables.upgraded(model, written, item)
    if today is None:
        raise Invalid.field(
            "place", f"Only a later version of atmo can read its {name_of(model)}. Upgrade this one first."
        )
    table, replace = settings().table_prefix + name_of(model), model is Setting
    if items.add(table, _with_notebook(model, today, place), hash_key(model), replace):
        progress.count(name_of(model), 1)
    else:
        progress.unchanged += 1


def _with_notebook(model: type[Model], item: Item, place: Place) -> Item:
    """The item with the version that its notebook has in this deployment's bucket."""
    if model is NotebookVersion:
        job_id, number = item["job_id"]["S"], int(item["number"]["N"])
        if known := _version(job_id, number):
            return item | {"version": {"S": known}}
        bucket = settings().notebooks_bucket
        return item | {
            "version": {"S": s3.copy_across(place.bucket, _notebook_key(place, item), "", bucket, item["key"]["S"])}
        }
    named = tables.of_notebook(model, item)
    known = _version(*named) if named else None
    return item | {"notebook_version": {"S": known}} if known else item


def _version(job_id: str, number: int) -> str | None:
    try:
        return str(NotebookVersion.get(job_id, number, consistent_read=True).version)
    except NotebookVersion.DoesNotExist:
        return None
