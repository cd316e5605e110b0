"""`atmo run`, `atmo wait` and `atmo logs`: start a run, wait for its end, follow its log."""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

from atmo.errors import CommandError, Refused, Unreachable, UsageError
from atmo.http import Portal

SUCCEEDED = "SUCCEEDED"
ENDED = frozenset({SUCCEEDED, "FAILED", "TIMED_OUT", "CANCELLED", "SKIPPED"})
INTERVAL = 5.0
"""Seconds between two looks at a run that goes on, unless --interval says otherwise."""
LOG = "run.log"
NOT_FOUND = 404


def run(portal: Portal, arguments: argparse.Namespace) -> int:
    """Run a job now, perhaps for a past slot; with --wait until it has ended, and then by its outcome."""
    body: dict[str, Any] = {"parameters": _parameters(arguments.param)} if arguments.param else {}
    body |= {"slot": arguments.slot} if arguments.slot else {}
    started = portal.ask("POST", f"/jobs/{find_job(portal, arguments.job)}/run", body).body
    print(started["id"], flush=True)
    return (
        _until_end(portal, started["id"], arguments.follow, arguments.interval)
        if arguments.wait or arguments.follow
        else 0
    )


def wait(portal: Portal, arguments: argparse.Namespace) -> int:
    """Wait until a run has ended: 0 if it succeeded, else 1."""
    return _until_end(portal, arguments.run, False, arguments.interval)


def logs(portal: Portal, arguments: argparse.Namespace) -> int:
    """Print a run's log, with -f as it grows; then by the run's outcome."""
    if arguments.follow:
        return _until_end(portal, arguments.run, True, arguments.interval)
    if not (log := _log(portal, arguments.run)):
        raise CommandError("This run has no log yet. With -f, wait for it.")
    sys.stdout.buffer.write(log)
    return 0


def find_job(portal: Portal, name: str) -> str:
    """The id of a job, by that or by the identifier of one of the person's own.

    Raises:
        UsageError: there is none.
    """
    if name.startswith("j-"):
        return name
    for job in portal.items("/jobs", {"limit": "100"}):
        if job["identifier"] == name:
            return str(job["id"])
    raise UsageError(f"You have no job with the identifier {name}.")


def _parameters(pairs: list[str]) -> dict[str, Any]:
    """`name=value`; a value that is JSON is that, anything else is text."""
    parameters = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise UsageError(f"Give a parameter as name=value, not {pair}.")
        try:
            parameters[name] = json.loads(value)
        except ValueError:
            parameters[name] = value
    return parameters


def _until_end(portal: Portal, run_id: str, follow: bool, interval: float) -> int:
    printed, status = 0, ""
    while True:
        record = portal.ask("GET", f"/runs/{run_id}").body
        if record["status"] != status:
            status = record["status"]
            print(f"{run_id}: {status}", file=sys.stderr)
        if follow:
            printed = _print_more(_log(portal, run_id), printed)
        if status in ENDED:
            return _outcome(record)
        time.sleep(interval)


def _outcome(record: dict[str, Any]) -> int:
    """Say why a run did not succeed; 0 for one that did."""
    if record["status"] == SUCCEEDED:
        return 0
    diagnosis = record.get("diagnosis") or {}
    for sentence in (record.get("status_reason"), diagnosis.get("paragraph"), diagnosis.get("next_step")):
        if sentence:
            print(sentence, file=sys.stderr)
    if record.get("retry"):
        print(f"It is retried as {record['retry']}.", file=sys.stderr)
    return 1


def _log(portal: Portal, run_id: str) -> bytes:
    """The run's log as far as it has been saved, b"" while there is none."""
    try:
        return portal.file(f"/runs/{run_id}/files/{LOG}")
    except Unreachable:
        raise
    except CommandError as error:
        if isinstance(error, Refused) and error.status != NOT_FOUND:
            raise
        return b""


def _print_more(log: bytes, printed: int) -> int:
    """Print what has been added; from the beginning again where the log was begun anew."""
    if len(log) < printed:
        printed = 0
    sys.stdout.buffer.write(log[printed:])
    sys.stdout.buffer.flush()
    return len(log)
