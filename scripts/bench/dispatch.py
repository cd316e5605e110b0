"""What one dispatch asks of AWS when 1,000 of 100,000 jobs are due: `python -m scripts.bench.dispatch [stored [due]]`.

Jobs are read from the embedded cloud's tables; writes and starts are counted and go no further, as moto copies all tables
for each transaction.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.client import BaseClient
from moto.dynamodb.models import dynamodb_backends

from localaws.cloud import LocalCloud

WRITES = ("TransactWriteItems", "StartExecution")
NOW = datetime(2030, 1, 1, 12, 0, 20, tzinfo=UTC)


def fill(cloud: LocalCloud, stored: int, due: int) -> None:
    """Put so many jobs into the table behind the API's back, of which the first ones are due."""
    from chalicelib.jobs.models import DUE_SHARDS, Job

    backend = dynamodb_backends[cloud.account][cloud.region]
    for number in range(stored):
        slot = NOW.replace(second=0) + timedelta(days=0 if number < due else 1 + number % 300)
        job = Job(
            f"j-{number:016}", identifier=f"job-{number}", owner=f"user{number % 500}", owner_email="a@example.org",
            description="What it is for, in a sentence of the usual length.", notebook_name="n.ipynb",
            notebook_key=f"jobs/j-{number}/n.ipynb", notebook_version="v" * 32, result_visibility="private", size=1,
            emr_release="7.10.0", schedule="daily", timezone="UTC", start_date=NOW.replace(second=0) - timedelta(days=30),
            job_timeout=24, due_shard=DUE_SHARDS[number % len(DUE_SHARDS)], next_run_at=slot, created_at=NOW, modified_at=NOW,
        )  # fmt: skip
        backend.put_item(Job.Meta.table_name, job.serialize())


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """The calls that are made, by operation; what would change something is counted and goes no further."""
    calls: Counter[str] = Counter()
    really = BaseClient._make_api_call  # type: ignore[attr-defined]

    def call(client: BaseClient, operation: str, params: dict[str, Any]) -> Any:
        calls[operation] += 1
        return {} if operation in WRITES else really(client, operation, params)

    BaseClient._make_api_call = call  # type: ignore[attr-defined]
    try:
        yield calls
    finally:
        BaseClient._make_api_call = really  # type: ignore[attr-defined]


def measure(cloud: LocalCloud, stored: int, due: int) -> tuple[Counter[str], float]:
    """The calls of one dispatch, and the seconds of CPU that serving took us, without reading what is due."""
    from chalicelib.dispatch import service as dispatch
    from chalicelib.site_settings import service as site

    fill(cloud, stored, due)
    read_at, why_frozen = [0.0], site.why_frozen

    def after_reading() -> str:
        frozen = why_frozen()
        read_at[0] = time.process_time()
        return frozen

    site.why_frozen = after_reading
    with counted() as calls:
        dispatch.dispatch(NOW, timeout=600)
        return calls, time.process_time() - read_at[0]


def main() -> None:
    stored, due = (int(number) for number in (*sys.argv[1:], *("100000", "1000")[len(sys.argv) - 1 :]))
    with LocalCloud(ticking=False) as cloud:
        calls, cpu = measure(cloud, stored, due)
    print(f"{stored:,} jobs stored, {due:,} due; {1000 * cpu / due:.1f} ms of CPU for each due job")
    for operation, number in calls.most_common():
        print(f"  {operation:20} {number:6,}  {number / due:.3f} for each due job")


if __name__ == "__main__":
    main()
