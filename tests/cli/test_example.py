"""The week of the flights team, cli/examples/flights, as its README tells it: applied, backfilled and run by the command line."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chalicelib.core import clock
from localaws.cloud import LocalCloud
from tests.cli.conftest import CLIENT, Shell
from tests.support.http import Api, until
from tests.support.iam import role_name

EXAMPLE = CLIENT / "examples" / "flights"
FIRST = "flights-day"
BEFORE = {
    "flights-by-airport": FIRST,
    "flights-by-carrier": FIRST,
    "flights-top-three": "flights-by-carrier",
    "flights-week-report": "flights-top-three",
}
"""What each of the others starts after."""
ENDS = ("SUCCEEDED", "FAILED", "TIMED_OUT", "CANCELLED", "SKIPPED")
BUCKET = "flights-team"
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def store(cloud: LocalCloud) -> Iterator[Any]:
    """S3 with the team's bucket, which clusters may use by the policy that lies beside the jobs."""
    policy = (EXAMPLE / "store-policy.json").read_text()
    s3, iam, role = cloud.client("s3"), cloud.client("iam"), role_name(cloud, "EmrInstanceRole")
    s3.create_bucket(Bucket=BUCKET)
    iam.put_role_policy(RoleName=role, PolicyName=BUCKET, PolicyDocument=policy)
    yield s3
    iam.delete_role_policy(RoleName=role, PolicyName=BUCKET)
    for item in s3.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        s3.delete_object(Bucket=BUCKET, Key=item["Key"])
    s3.delete_bucket(Bucket=BUCKET)


@pytest.fixture
def jobs(typed: Shell, somebody: Api) -> Iterator[dict[str, str]]:
    """The ids of the example's jobs by identifier, once applied; they are deleted at the end."""
    code, out, err = typed("plan", str(EXAMPLE))
    assert (code, "5 to create, 0 to change, 0 unchanged." in out) == (0, True), err
    code, _, err = typed("apply", "--yes", str(EXAMPLE))
    assert code == 0, err
    ids = {job["identifier"]: job["id"] for job in somebody("GET", "/jobs").body["items"]}
    yield ids
    for name in reversed((FIRST, *BEFORE)):
        somebody("DELETE", f"/jobs/{ids[name]}")


def slot_of(day: date) -> str:
    """The slot that computes a day: 06:00 in Berlin on the next one."""
    return clock.text(datetime.combine(day + timedelta(days=1), time(6), BERLIN))


def runs_of(api: Api, job: str, **like: str) -> list[Any]:
    """The job's runs that are like this."""
    runs = api("GET", f"/jobs/{job}/runs").body["items"]
    return [run for run in runs if all(run[name] == value for name, value in like.items())]


def ended(api: Api, job: str, count: int, **like: str) -> list[Any]:
    """The job's runs that are like this, once there are so many and they are over. All have succeeded."""

    def over() -> list[Any] | None:
        runs = runs_of(api, job, **like)
        return runs if len(runs) >= count and all(run["status"] in ENDS for run in runs) else None

    runs = until(over, 240)
    assert not [run["status_reason"] for run in runs if run["status"] != "SUCCEEDED"]
    assert len(runs) == count
    return runs


def flights_in(store: Any, key: str) -> list[dict[str, str]]:
    """The rows of a table in the team's bucket."""
    text = store.get_object(Bucket=BUCKET, Key=f"week/{key}")["Body"].read().decode()
    return list(csv.DictReader(text.splitlines()))


def test_applied_again_nothing_changes(typed: Shell, jobs: dict[str, str]) -> None:
    assert sorted(jobs) == sorted([FIRST, *BEFORE])
    code, out, _ = typed("apply", "--yes", str(EXAMPLE))
    assert (code, "0 to create, 0 to change, 5 unchanged." in out) == (0, True), out


def test_past_days_are_filled_in_and_a_run_brings_up_the_others(
    typed: Shell, somebody: Api, jobs: dict[str, str], store: Any
) -> None:
    today = clock.now().astimezone(BERLIN).date()
    days = [today - timedelta(days=count) for count in (5, 4, 3)]
    span = f"--from={slot_of(days[0])}", f"--to={slot_of(days[2])}"
    code, out, err = typed("jobs", "backfill", jobs[FIRST], *span, "--json")
    assert (code, json.loads(out or "{}").get("runs")) == (0, 2), err
    ended(somebody, jobs[FIRST], 2, trigger="backfill")
    assert not any(runs_of(somebody, jobs[name]) for name in BEFORE), "a backfill starts nothing"

    code, out, err = typed("jobs", "run", jobs[FIRST], f"--slot={slot_of(days[2])}", "--json")
    assert code == 0, err
    last = {FIRST: json.loads(out)["id"]}
    assert typed("wait", last[FIRST], "--interval", "0.5")[0] == 0
    for name, before in BEFORE.items():
        (run,) = ended(somebody, jobs[name], 1, after_run=last[before])
        last[name] = run["id"]

    fetched = sum(len(flights_in(store, f"day={day}/flights.csv")) for day in days)
    for table in ("carriers", "airports"):
        rows = flights_in(store, f"week-to={days[2]}/{table}.csv")
        assert sum(int(row["flights"]) for row in rows) == fetched > 1000
    assert len(flights_in(store, f"week-to={days[2]}/top.csv")) == 3
    code, report, err = typed("runs", "files", last["flights-week-report"], f"files/week-to-{days[2]}.md")
    assert (code, f"{fetched:,} flights on 3 days" in report) == (0, True), report or err
