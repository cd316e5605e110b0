"""The limits of every input, declared once. Checks, pages, the OpenAPI document, operators' commands
and the sentences of refusals take them from here; templates know them as `limits`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Range:
    """A whole number from `low` to `high`, both included, of so many `unit`s; `default` is the one that counts without any."""

    low: int
    high: int
    unit: str
    default: int = 0

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.low, self.high + 1))

    def __str__(self) -> str:
        return f"{self.low} to {self.high}"


@dataclass(frozen=True)
class Limits:
    """Numbers of characters, items or bytes (`_bytes`), ranges, and spans of time."""

    name: int = 100
    """Characters of what people name things by: identifiers, the titles of keys, the names of tokens; also of ids."""
    description: int = 5_000
    help_text: int = 300
    freeze_reason: int = 300
    announcement_title: int = 120
    announcement: int = 5_000
    operator_name: int = 64
    idempotency_key: int = 200
    reason: int = 300
    search: int = 200
    """Characters of what a list is searched for."""
    public_key: int = 100_000
    """Bytes of what is pasted as one."""
    page: Range = Range(1, 100, "items", default=50)
    """Items of a list that are answered at once."""
    token_days: tuple[int, ...] = (7, 30, 90, 365)
    """For how many days an API token may be made; the last is also the most that a date may be away."""

    budget_percent: Range = Range(1, 100, "percent", default=80)
    usage_limit: Range = Range(0, 100_000, "units")
    """What admins may set for what somebody has at once."""
    grant: timedelta = timedelta(days=366)
    """How far away the end of a raised limit may be."""
    owner_name: int = 200
    """Characters of a person's or a group's name."""

    size: Range = Range(1, 30, "workers", default=1)
    size_of_maintainers: Range = Range(1, 200, "workers", default=1)
    lifetime: Range = Range(2, 24, "hours", default=8)
    idle: Range = Range(30, 240, "minutes", default=120)
    """How long a cluster may be unused before it ends. The most is half of what EMR's own policy allows."""
    extension: Range = Range(1, 24, "hours", default=2)
    task_nodes: Range = Range(0, 200, "workers", default=0)
    spot_price: Range = Range(1, 100, "percent", default=100)
    spot_timeout: Range = Range(5, 1440, "minutes", default=10)
    """How long EMR lets a fleet wait for spot capacity.
    https://docs.aws.amazon.com/emr/latest/APIReference/API_SpotProvisioningSpecification.html"""
    instance_types: int = 30
    cost_tags: int = 20
    site_scripts: int = 8
    """Instance types that a fleet takes when it has an allocation strategy; a group takes one.
    https://docs.aws.amazon.com/emr/latest/APIReference/API_InstanceTypeConfig.html"""

    job_timeout: Range = Range(1, 24, "hours", default=24)
    lateness: Range = Range(1, 168, "hours", default=24)
    retries: Range = Range(0, 3, "retries", default=0)
    retry_delay: Range = Range(1, 240, "minutes", default=5)
    pause_after: Range = Range(0, 20, "failures in a row", default=5)
    year: Range = Range(2000, 2100, "AD")
    rule: int = 200
    """Characters of a cron expression."""
    quiet: Range = Range(1, 240, "minutes", default=5)
    """How long nothing may arrive until a job starts for what has."""
    arrival_places: int = 50
    s3_address: int = 1_000
    snooze: timedelta = timedelta(days=366)
    queued_runs: int = 10
    """Runs of one job that may wait for the one before them."""
    followers: int = 20
    """Jobs that start after one job."""
    chain: int = 20
    """Jobs that start one after the other."""
    concurrent_runs: int = 10
    """Runs of one job that may be going at the same time."""
    parameters: int = 8_000
    """Characters of JSON. They stand in the executed notebook, in a cell and in papermill's note of them."""
    backfill_slots: int = 500
    """Slots of one backfill."""
    backfill_at_once: Range = Range(1, 10, "runs", default=1)
    webhook_url: int = 500
    jobs_in_file: int = 50

    notebook_name: int = 200
    notebook_bytes: int = 50 * MEGABYTE
    """Whichever way the notebook comes."""
    direct_notebook_bytes: int = 4 * MEGABYTE
    """What fits through API Gateway and Lambda together with the rest of the form; larger ones are uploaded to S3."""
    job_file_bytes: int = 4 * MEGABYTE
    """What fits through API Gateway and Lambda either way, also as a part of a form."""
    form_bytes: int = 4_400_000
    """What browsers send at most, with room for the third that base64 adds on the way to Lambda."""
    link_validity: timedelta = timedelta(minutes=15)
    """How long a presigned address of a file works."""


LIMITS = Limits()
