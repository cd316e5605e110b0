"""What applying a folder would do: the jobs as they shall be beside those that there are. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from atmo.job_files import JobFile

MOMENTS = ("start_date", "end_date")
STAYS = ("start_date", "commit")
"""What a job keeps when its file does not say it: the default start is the moment at which it was created, and the commit is that
of the last change."""


@dataclass(frozen=True)
class Existing:
    """A job of the portal: its record, the record's version, and its newest notebook."""

    record: dict[str, Any]
    etag: str
    content: bytes

    @property
    def identifier(self) -> str:
        return str(self.record["identifier"])


@dataclass(frozen=True)
class Change:
    """One job to create (`existing` is None) or to edit. `fields` has before and after by name; `is_new_notebook` says that the
    notebook differs, or is the first one."""

    job: JobFile
    existing: Existing | None
    fields: dict[str, tuple[Any, Any]]
    is_new_notebook: bool


def changes(
    desired: Sequence[JobFile], existing: Mapping[str, Existing], defaults: Mapping[str, Any]
) -> tuple[list[Change], list[str]]:
    """What to do, in the order of the files, but each job after the one that it starts after; and the identifiers of jobs that are
    as their files say.

    `defaults` has the portal's default for every field of a job that may be left out.
    """
    todo, unchanged = [], []
    for job in _in_order(desired):
        change = _change(job, existing.get(job.identifier), defaults)
        if change.existing and not change.fields and not change.is_new_notebook:
            unchanged.append(job.identifier)
        else:
            todo.append(change)
    return todo, unchanged


def _in_order(desired: Sequence[JobFile]) -> list[JobFile]:
    """The jobs such that the one named by `after` comes before; the portal refuses those that wait for one another."""
    named, ordered = {job.identifier: job for job in desired}, dict[str, JobFile]()
    for job in desired:
        chain: list[JobFile] = []
        at: JobFile | None = job
        while at and at not in chain and at.identifier not in ordered:
            chain.append(at)
            at = named.get(str(at.fields.get("after")))
        ordered |= {each.identifier: each for each in reversed(chain)}
    return list(ordered.values())


def _change(job: JobFile, existing: Existing | None, defaults: Mapping[str, Any]) -> Change:
    if existing is None:
        return Change(job, None, {name: (None, value) for name, value in job.fields.items()}, True)
    record = existing.record
    target = {name: value for name, value in defaults.items() if name not in STAYS} | job.fields
    zone = str(target.get("timezone") or "UTC")
    differing = {
        name: (record.get(name), value)
        for name, value in target.items()
        if _comparable(name, record.get(name), "UTC") != _comparable(name, value, zone)
    }
    is_new_notebook = (record["notebook"]["name"], existing.content) != (job.notebook, job.content)
    return Change(job, existing, differing, is_new_notebook)


def _comparable(name: str, value: Any, zone: str) -> Any:
    """Moments to the minute in UTC, and nothing for what is empty."""
    if name in MOMENTS and value:
        moment = datetime.fromisoformat(str(value))
        moment = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
        return moment.astimezone(UTC).replace(second=0, microsecond=0)
    return value or None


def body_of(change: Change, notebook: Mapping[str, Any] | None, commit: str = "") -> dict[str, Any]:
    """What is sent: everything for a new job, what differs for one that exists. `notebook` is how a new notebook is handed over,
    `commit` that of the folder, if it is in a repository."""
    body = {name: after for name, (_, after) in change.fields.items()}
    if commit:
        body["commit"] = commit
    if notebook:
        body["notebook"] = dict(notebook)
    return body if change.existing else {"identifier": change.job.identifier} | body


def lines(todo: Sequence[Change], unchanged: Sequence[str]) -> list[str]:
    """The plan for people."""
    written = []
    for change in todo:
        sign = "~" if change.existing else "+"
        written.append(f"{sign} {change.job.identifier}  ({change.job.path})")
        written += [
            f"    {name}: {_shown(before)} -> {_shown(after)}"
            for name, (before, after) in change.fields.items()
            if change.existing
        ]
        written += [f"    {name}: {_shown(after)}" for name, (_, after) in change.fields.items() if not change.existing]
        if change.is_new_notebook:
            written.append(f"    notebook: {change.job.notebook} ({len(change.job.content):,} bytes)")
    created = sum(change.existing is None for change in todo)
    return [*written, f"{created} to create, {len(todo) - created} to change, {len(unchanged)} unchanged."]


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 100 else text[:99] + "…"
