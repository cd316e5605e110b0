"""Jobs that start when objects have arrived below a place in S3. Pure: nothing here reads a clock or calls AWS.

The first object opens a burst. Each further one moves the end of the quiet period after which it is over; that end is a slot of the
job, which is decided on like any other.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from chalicelib.schedules.job import ScheduledJob
from chalicelib.schedules.schedule import OBJECTS

ADDRESS = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/([ -~]*)")
"""A bucket, and the beginning of keys in it, which may be empty. Keys that such a place is to be for are printable ASCII."""
OPEN_AT_MOST = timedelta(hours=24)
"""After which a burst is over although objects keep coming."""
MAX_OBJECTS = 10_000
"""With so many objects a burst is over; the next one opens another."""
MAX_NAMED = 100
"""Keys that the notebook gets as a variable; the rest is in a file beside them."""
MAX_NAMED_CHARACTERS = 8_000
"""Of their JSON. Linux takes 128 kB of one variable."""


def bucket_and_prefix(address: str) -> tuple[str, str]:
    """("bucket", "some/pre") of "s3://bucket/some/pre"; both empty where it is no such address."""
    match = ADDRESS.fullmatch(address)
    return (match[1], match[2]) if match else ("", "")


def lies_under(address: str, places: Iterable[str]) -> bool:
    """Whether what begins with this address begins with one of the places."""
    return any(address.startswith(place) for place in places)


def refusal(schedule: str, on_arrival: str | None) -> tuple[str, str] | None:
    """The field that is wrong, and why, unless a job has either a place where objects arrive or another schedule."""
    if schedule == OBJECTS and not on_arrival:
        return "on_arrival", "Name the place in S3 where objects arrive, or choose another schedule."
    if on_arrival and schedule != OBJECTS:
        return (
            "schedule",
            f"A job that starts when objects arrive has no times of its own: choose “{OBJECTS}” as its schedule.",
        )
    return None


def place_refusal(on_arrival: str, allowed: Sequence[str], own: Iterable[str]) -> str:
    """Why no job may start when objects arrive there, or "": this site allows certain places only, and atmo writes to its `own`
    buckets itself, so that a job would be started by its own results, or by those of the jobs after it."""
    if bucket_and_prefix(on_arrival)[0] in own:
        return "atmo keeps notebooks, results and logs in that bucket: the job would start itself. Choose another one."
    if lies_under(on_arrival, allowed):
        return ""
    if not allowed:
        return "This site lets no objects start jobs. An administrator can allow places in the site settings."
    return (
        f"Objects may start jobs only under {', '.join(allowed)}. An administrator can allow more in the site settings."
    )


def takes(job: ScheduledJob, on_arrival: str | None, bucket: str, key: str, now: datetime) -> bool:
    """Whether the job takes an object that arrives now: not when it is paused, nor before its start or after its end."""
    place, prefix = bucket_and_prefix(on_arrival or "")
    is_over = job.timing.end is not None and now >= job.timing.end
    fits = place == bucket and key.startswith(prefix) and not key.endswith("/")
    return bool(fits and job.schedule == OBJECTS and job.is_enabled and job.timing.start <= now and not is_over)


def over_at(since: datetime, objects: int, quiet_minutes: float, now: datetime) -> datetime:
    """When a burst that began `since` and has so many objects, the last of which came now, is over if nothing else comes."""
    if objects >= MAX_OBJECTS:
        return now
    return min(now + timedelta(minutes=int(quiet_minutes)), max(now, since + OPEN_AT_MOST))


def digest(*parts: str) -> str:
    """What stands for an object, or one writing of it, in the name of a record."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def named(keys: Sequence[str]) -> list[str]:
    """The first of these keys: as many as a variable takes."""
    some = list(keys[:MAX_NAMED])
    while len(json.dumps(some)) > MAX_NAMED_CHARACTERS:
        some.pop()
    return some
