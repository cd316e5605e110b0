"""`atmo plan`, `atmo diff` and `atmo apply`: a folder of jobs, and what the portal has of them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from atmo import plan
from atmo.commits import commit_of
from atmo.errors import CommandError, Refused
from atmo.http import Portal
from atmo.job_files import JobFile, read_folder
from atmo.notebooks import content_of, hand_over
from atmo.operations import Operation
from atmo.plan import Change, Existing

CHANGES = 2
"""The exit code of `atmo diff` when the portal and the folder differ, as with `terraform plan -detailed-exitcode`."""
STALE = 412


def show(portal: Portal, operations: list[Operation], arguments: argparse.Namespace) -> int:
    """Print what `apply` would do; for `diff`, return 2 if that is anything."""
    todo, unchanged = _changes(portal, operations, arguments.folder)
    print("\n".join(plan.lines(todo, unchanged)))
    return CHANGES if todo and arguments.command == "diff" else 0


def apply(portal: Portal, operations: list[Operation], arguments: argparse.Namespace) -> int:
    """Create and change jobs until they are as the folder says. What one job is refused does not hold up the others."""
    todo, unchanged = _changes(portal, operations, arguments.folder)
    print("\n".join(plan.lines(todo, unchanged)))
    if todo and not arguments.yes and not _confirmed():
        print("Nothing was changed.")
        return 1
    refused, commit = 0, commit_of(Path(arguments.folder))
    for change in todo:
        try:
            _apply(portal, change, commit)
            print(f"{change.job.identifier}: {'changed' if change.existing else 'created'}")
        except CommandError as error:
            refused += 1
            print(f"{change.job.identifier}: {_sentence(error)}", file=sys.stderr)
    return 1 if refused else 0


def _confirmed() -> bool:
    if not sys.stdin.isatty():
        raise CommandError("Nobody is there to confirm this. Add --yes to apply it unasked.")
    return input("Apply this? [y/N] ").strip().lower() in ("y", "yes")


def _apply(portal: Portal, change: Change, commit: str) -> None:
    notebook = hand_over(portal, change.job.notebook, change.job.content) if change.is_new_notebook else None
    body = plan.body_of(change, notebook, commit)
    if change.existing:
        portal.ask("PATCH", f"/jobs/{change.existing.record['id']}", body, etag=change.existing.etag)
    else:
        portal.ask("POST", "/jobs", body)


def _sentence(error: CommandError) -> str:
    if isinstance(error, Refused) and error.status == STALE:
        return "somebody has changed it since the plan was made. Run the command again."
    return str(error)


def _changes(portal: Portal, operations: list[Operation], folder: str) -> tuple[list[Change], list[str]]:
    create = next(each for each in operations if (each.group, each.verb) == ("jobs", "create"))
    desired = read_folder(Path(folder), {option.name for option in create.options})
    optional = {option.name: option for option in create.options if not option.is_required}
    defaults = {name: option.default if option.kind != "object" else {} for name, option in optional.items()}
    return plan.changes(desired, _existing(portal, desired), defaults)


def _existing(portal: Portal, desired: list[JobFile]) -> dict[str, Existing]:
    """Those of the person's own jobs that have a file, by identifier."""
    names = {job.identifier for job in desired}
    own = (job for job in portal.items("/jobs", {"limit": "100"}) if job["identifier"] in names)
    return {job["identifier"]: _existing_job(portal, job) for job in own}


def _existing_job(portal: Portal, job: dict[str, Any]) -> Existing:
    answer = portal.ask("GET", f"/jobs/{job['id']}")
    return Existing(answer.body, answer.etag, content_of(portal, answer.body))
