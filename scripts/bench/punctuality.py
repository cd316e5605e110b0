"""How late slots are served: `python -m scripts.bench.punctuality [slots]`, 120 of them by default, in about four minutes.

Everything is the embedded cloud's at the pace of the real clock: EventBridge's rule, dispatch, Step Functions' waits, and the
state machine's tasks. Half of the slots come together at full minutes, the others one by one. EMR refuses each launch, so that
no cluster takes the machine's time from the slots; a run is served once it is on record, and launched once EMR is asked.
"""

from __future__ import annotations

import sys
import time
from datetime import datetime, timedelta
from statistics import median, quantiles
from typing import Any

from moto.dynamodb.models import dynamodb_backends

from localaws.cloud import LocalCloud
from localaws.emr import EmrError

MINUTES = 3


def schedule(cloud: LocalCloud, number: int, slot: datetime) -> None:
    """Put a daily job with this first slot into the table behind the API's back."""
    from chalicelib.core import clock
    from chalicelib.jobs import due
    from chalicelib.jobs.models import Job

    job_id, now = f"j-{number:016}", clock.now()
    job = Job(
        job_id, identifier=f"job-{number}", owner="ada", owner_email="ada@example.org", description="A job.", size=1,
        notebook_name="n.ipynb", notebook_key=f"jobs/{job_id}/n.ipynb", notebook_version="v", result_visibility="private",
        emr_release="7.10.0", schedule="daily", timezone="UTC", start_date=slot, job_timeout=1,
        due_shard=due.shard_of(job_id), next_run_at=slot, created_at=now, modified_at=now,
    )  # fmt: skip
    dynamodb_backends[cloud.account][cloud.region].put_item(Job.Meta.table_name, job.serialize())


def slots_of(count: int, now: datetime) -> list[datetime]:
    """Moments from two minutes on: half of them at full minutes, half at even distances."""
    first = now.replace(second=0, microsecond=0) + timedelta(minutes=2)
    span = MINUTES * 60 / (count - count // 2)
    return [first + timedelta(minutes=number % MINUTES) for number in range(count // 2)] + [
        first + timedelta(seconds=round(number * span)) for number in range(count - count // 2)
    ]


def launches_of(cloud: LocalCloud) -> dict[str, datetime]:
    """When EMR is asked for each run's cluster, by the run's id; every launch is refused."""
    asked_at: dict[str, datetime] = {}
    really = cloud.emr.call

    def call(operation: str, params: dict[str, Any]) -> Any:
        if operation != "RunJobFlow":
            return really(operation, params)
        record = {tag["Key"]: tag["Value"] for tag in params["Tags"]}["Record"]
        asked_at.setdefault(record, cloud.clock.now())
        raise EmrError("ValidationException", "No clusters are made while slots are timed.")

    cloud.emr.call = call
    return asked_at


def measure(count: int) -> tuple[list[float], list[float]]:
    """Seconds from each slot until its run is on record, and until EMR is asked for its cluster."""
    from chalicelib.core import clock
    from chalicelib.runs.models import Run

    with LocalCloud() as cloud:
        asked_at = launches_of(cloud)
        slots = slots_of(count, clock.now())
        for number, slot in enumerate(slots):
            schedule(cloud, number, slot)
        while clock.now() < max(slots) + timedelta(seconds=75) and len(asked_at) < count:
            time.sleep(1)
        runs = list(Run.scan())
        served = [(run.created_at - run.scheduled_at).total_seconds() for run in runs]
        return served, [(asked_at[run.id] - run.scheduled_at).total_seconds() for run in runs if run.id in asked_at]


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 120
    for what, late in zip(("on record", "launched"), measure(count), strict=True):
        p99 = quantiles(late, n=100)[98]
        print(f"{len(late)} slots {what}: median {median(late):.2f} s, p99 {p99:.2f} s, latest {max(late):.2f} s")


if __name__ == "__main__":
    main()
