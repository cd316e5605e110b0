"""Jobs that start when objects have arrived in S3, through the front door: objects in, runs out."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.core import clock
from chalicelib.core.config import settings
from chalicelib.dispatch import service as dispatch
from chalicelib.jobs.models import Job
from chalicelib.runs.models import Run
from chalicelib.schedules import bursts
from localaws.cloud import LocalCloud
from localaws.deploy import ARRIVAL_BUCKET
from tests.cloud.runs.test_slots import declaring, ended, seen_by
from tests.support.at_once import at_once
from tests.support.http import Api, until
from tests.support.settings import site_settings
from tests.support.sweeps import sweep

ALLOWED = f"s3://{ARRIVAL_BUCKET}/in/"
DECLARED = "atmo_keys = None\natmo_bucket = None\natmo_keys_file = None"
SAYS = """
import json, os
names = ("ATMO_TRIGGER", "ATMO_BUCKET", "ATMO_KEYS", "ATMO_SLOT")
seen = {name: os.environ[name] for name in names} | {"own": [atmo_keys, atmo_bucket]}
seen["all"] = len(json.load(open(atmo_keys_file))) if atmo_keys_file else None
open("seen.json", "w").write(json.dumps(seen))
"""
numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def allowed(cloud: LocalCloud) -> Iterator[None]:
    with site_settings(arrival_places=[ALLOWED]):
        yield


def says() -> dict[str, Any]:
    notebook = declaring()
    first, second = notebook["content"]["cells"]
    cells = [first | {"source": DECLARED}, second | {"source": SAYS}]
    return notebook | {"content": notebook["content"] | {"cells": cells}}


def place() -> str:
    """A place of this test's own."""
    return f"{ALLOWED}{uuid4().hex[:8]}/"


def job(api: Api, under: str, **changes: Any) -> Any:
    usual = {"schedule": "objects", "on_arrival": under, "quiet_minutes": 10, "start_date": clock.text(clock.now())}
    return api.schedule(f"burst-{uuid4().hex[:8]}", **usual | changes)


def event(cloud: LocalCloud, under: str, name: str, sequencer: str = "") -> dict[str, Any]:
    """S3's event of a new object."""
    detail = {
        "version": "0",
        "bucket": {"name": ARRIVAL_BUCKET},
        "object": {"key": key_of(under, name), "size": 5, "sequencer": sequencer or f"{next(numbers):016X}"},
        "reason": "PutObject",
    }
    return cloud.events.event("aws.s3", "Object Created", detail, [f"arn:aws:s3:::{ARRIVAL_BUCKET}"])


def key_of(under: str, name: str) -> str:
    return under.removeprefix(f"s3://{ARRIVAL_BUCKET}/") + name


def arrive(cloud: LocalCloud, *events: dict[str, Any]) -> None:
    """Have the function take these events, one after the other."""
    for each in events:
        answer = cloud.functions.invoke("on_emr_event", each)
        assert answer.error is None, answer


def stored(of: Any) -> Job:
    return Job.get(of["id"], consistent_read=True)


def runs_of(api: Api, of: Any) -> list[Any]:
    return list(api("GET", f"/jobs/{of['id']}/runs").body["items"])


def quiet(cloud: LocalCloud, minutes: int = 10) -> None:
    """So long nothing arrives; then dispatch looks."""
    cloud.clock.advance(minutes=minutes, seconds=1)
    dispatch.dispatch(clock.now())


def test_objects_in_one_run_out_that_knows_them(cloud: LocalCloud, somebody: Api) -> None:
    under = place()
    made = job(somebody, under, notebook=says())
    assert (made["on_arrival"], made["quiet_minutes"], made["next_run_at"]) == (under, 10, None)
    s3 = cloud.client("s3")
    for name in ("b.csv", "a.csv", "folder/"):
        s3.put_object(Bucket=ARRIVAL_BUCKET, Key=key_of(under, name), Body=b"1,2,3"[: 0 if name[-1] == "/" else 5])
    until(lambda: stored(made).burst_objects == 2)
    waiting = somebody("GET", f"/jobs/{made['id']}").body
    assert clock.parse(waiting["next_run_at"]) > clock.now() + timedelta(minutes=8)
    assert (waiting["burst_objects"], runs_of(somebody, made)) == (2, [])
    quiet(cloud)
    (run,) = ended(somebody, made, 1)
    keys = [key_of(under, name) for name in ("a.csv", "b.csv")]
    assert (run["status"], run["trigger"], run["on_arrival"], run["objects"], run["keys"]) == (
        "SUCCEEDED", "objects", under, 2, keys,
    )  # fmt: skip
    seen = seen_by(somebody, run)
    assert (seen["ATMO_TRIGGER"], seen["ATMO_BUCKET"], seen["ATMO_SLOT"]) == ("objects", ARRIVAL_BUCKET, "")
    assert (json.loads(seen["ATMO_KEYS"]), seen["own"], seen["all"]) == (keys, [keys, ARRIVAL_BUCKET], None)
    after = stored(made)
    assert not {"burst_since", "burst_objects", "next_run_at"} & after.attribute_values.keys()


def test_an_event_that_comes_again_counts_once_also_after_the_run(cloud: LocalCloud, somebody: Api) -> None:
    under = place()
    made = job(somebody, under)
    first, second = event(cloud, under, "a"), event(cloud, under, "b")
    arrive(cloud, second, first, second, first)
    assert stored(made).burst_objects == 2
    quiet(cloud)
    (run,) = ended(somebody, made, 1)
    arrive(cloud, first, second)
    quiet(cloud)
    assert [each["id"] for each in runs_of(somebody, made)] == [run["id"]]
    arrive(cloud, event(cloud, under, "a"))
    quiet(cloud)
    _, again = ended(somebody, made, 2)
    assert (again["objects"], again["keys"]) == (1, [key_of(under, "a")]), "written again, it is new"


def test_each_object_moves_the_end_of_the_quiet_period(cloud: LocalCloud, somebody: Api) -> None:
    under = place()
    made = job(somebody, under)
    for name in "abc":
        arrive(cloud, event(cloud, under, name))
        quiet(cloud, 8)
        assert runs_of(somebody, made) == []
    quiet(cloud, 2)
    (run,) = ended(somebody, made, 1)
    assert run["objects"] == 3


def test_many_at_once_are_all_in_one_run(cloud: LocalCloud, somebody: Api) -> None:
    under = place()
    made = job(somebody, under)
    events = [event(cloud, under, f"{number:02}") for number in range(12)]
    at_once(lambda number: arrive(cloud, events[number % 12]), 24)
    assert stored(made).burst_objects == 12
    cloud.clock.advance(minutes=10, seconds=1)
    at_once(lambda _: dispatch.dispatch(clock.now()), 3)
    (run,) = ended(somebody, made, 1)
    assert (run["objects"], len(run["keys"])) == (12, 12)


def test_what_arrives_while_a_burst_is_closed_is_lost_by_neither(cloud: LocalCloud, somebody: Api) -> None:
    under = place()
    made = job(somebody, under, overlap="queue")
    arrive(cloud, event(cloud, under, "first"))
    cloud.clock.advance(minutes=10, seconds=1)
    events = [event(cloud, under, f"{number}") for number in range(6)]

    def act(number: int) -> None:
        if number % 2:
            dispatch.dispatch(clock.now())
        else:
            arrive(cloud, events[number // 2])

    at_once(act, 12)
    quiet(cloud)
    quiet(cloud)
    runs = ended(somebody, made, len(runs_of(somebody, made)))
    assert sorted(key for run in runs for key in run["keys"]) == sorted(
        key_of(under, name) for name in ["first", *map(str, range(6))]
    )


def by_dispatch(cloud: LocalCloud, of: Any) -> None:
    dispatch.dispatch(clock.now())


def by_the_execution_that_waits(cloud: LocalCloud, of: Any) -> None:
    dispatch.serve_slot(of["id"], stored(of).next_run_at, clock.now())


def by_the_sweep(cloud: LocalCloud, of: Any) -> None:
    cloud.clock.advance(minutes=11)
    sweep(cloud)


@pytest.mark.parametrize("serve", [by_dispatch, by_the_execution_that_waits, by_the_sweep])
def test_keys_beyond_those_of_the_variable_are_in_a_file(
    cloud: LocalCloud, somebody: Api, monkeypatch: pytest.MonkeyPatch, serve: Callable[[LocalCloud, Any], None]
) -> None:
    monkeypatch.setattr(bursts, "MAX_NAMED", 2)
    under = place()
    made = job(somebody, under, notebook=says())
    arrive(cloud, *(event(cloud, under, name) for name in "abcd"))
    cloud.clock.advance(minutes=10, seconds=1)
    serve(cloud, made)
    (run,) = ended(somebody, made, 1)
    assert (run["status"], run["objects"], len(run["keys"])) == ("SUCCEEDED", 4, 2)
    seen = seen_by(somebody, run)
    assert (len(json.loads(seen["ATMO_KEYS"])), seen["all"]) == (2, 4)
    files = [file["name"] for file in somebody("GET", f"/runs/{run['id']}/results").body["items"]]
    assert "keys.json" in files


def test_with_so_many_or_after_so_long_a_burst_is_over(
    cloud: LocalCloud, somebody: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bursts, "MAX_OBJECTS", 3)
    under = place()
    made = job(somebody, under)
    arrive(cloud, *(event(cloud, under, name) for name in "abc"))
    dispatch.dispatch(clock.now())
    (run,) = ended(somebody, made, 1)
    assert run["objects"] == 3
    monkeypatch.setattr(bursts, "OPEN_AT_MOST", timedelta(minutes=15))
    for name in "defg":
        arrive(cloud, event(cloud, under, name))
        quiet(cloud, 5)
    assert len(ended(somebody, made, 2)) == 2


def test_a_paused_job_takes_nothing_and_lets_go_of_what_it_has(cloud: LocalCloud, somebody: Api) -> None:
    under = place()
    made = job(somebody, under)
    arrive(cloud, event(cloud, under, "before"))
    assert somebody("POST", f"/jobs/{made['id']}/pause").status == 200
    arrive(cloud, event(cloud, under, "meanwhile"))
    assert stored(made).burst_since is None
    assert somebody("POST", f"/jobs/{made['id']}/resume").status == 200
    quiet(cloud)
    assert runs_of(somebody, made) == []
    arrive(cloud, event(cloud, under, "after"))
    quiet(cloud)
    (run,) = ended(somebody, made, 1)
    assert run["keys"] == [key_of(under, "after")]


def test_frozen_or_snoozed_it_is_skipped_with_the_reason(cloud: LocalCloud, somebody: Api) -> None:
    under = place()
    made = job(somebody, under)
    arrive(cloud, event(cloud, under, "a"))
    with site_settings(arrival_places=[ALLOWED], frozen=True, freeze_reason="We move."):
        quiet(cloud)
    (run,) = ended(somebody, made, 1)
    assert (run["status"], run["status_reason"], run["objects"]) == ("SKIPPED", "atmo is frozen: We move.", 1)
    until_moment = clock.text(clock.now() + timedelta(hours=1))
    assert somebody("POST", f"/jobs/{made['id']}/snooze", {"until": until_moment}).status == 200
    with site_settings(arrival_places=[ALLOWED]):
        arrive(cloud, event(cloud, under, "b"))
    quiet(cloud)
    assert {each["status"] for each in ended(somebody, made, 2)} == {"SKIPPED"}


def test_a_retry_has_the_same_objects(cloud: LocalCloud, somebody: Api) -> None:
    under = place()
    made = job(somebody, under, notebook=declaring("assert atmo_attempt == 2"), retries=1, retry_delay=1)
    arrive(cloud, event(cloud, under, "a"))
    quiet(cloud)
    until(lambda: len(runs_of(somebody, made)) == 2, 120)
    second, first = runs_of(somebody, made)
    assert (second["trigger"], second["keys"], second["on_arrival"]) == ("retry", first["keys"], under)
    somebody("DELETE", f"/jobs/{made['id']}")


def refused(answer: Any, field: str) -> str:
    assert answer.status == 422, answer.body
    (error,) = answer.body["errors"]
    assert error["field"] == field
    return str(error["message"])


def test_places_that_are_not_allowed_are_refused_at_the_field(somebody: Api) -> None:
    made = somebody.schedule(f"burst-{uuid4().hex[:8]}")

    def attempt(**changes: Any) -> Any:
        return somebody("PATCH", f"/jobs/{made['id']}", {"schedule": "objects"} | changes)

    elsewhere = refused(attempt(on_arrival=f"s3://{ARRIVAL_BUCKET}/elsewhere/"), "on_arrival")
    assert elsewhere.startswith(f"Objects may start jobs only under {ALLOWED}.")
    own = refused(attempt(on_arrival=f"s3://{settings().results_bucket}/runs/{made['id']}/"), "on_arrival")
    assert "the job would start itself" in own
    assert refused(attempt(on_arrival="bucket/prefix"), "on_arrival").startswith("Give a bucket")
    assert refused(attempt(), "on_arrival").startswith("Name the place")
    assert "no times of its own" in refused(attempt(schedule="daily", on_arrival=ALLOWED), "schedule")
    assert refused(attempt(on_arrival=ALLOWED, quiet_minutes=0), "quiet_minutes")
    with site_settings():
        none = refused(attempt(on_arrival=ALLOWED), "on_arrival")
    assert none.startswith("This site lets no objects start jobs.")


def test_where_objects_are_no_longer_allowed_they_start_nothing(cloud: LocalCloud, somebody: Api) -> None:
    under = place()
    made = job(somebody, under)
    with site_settings():
        arrive(cloud, event(cloud, under, "a"))
    assert stored(made).burst_since is None
    renamed = somebody("PATCH", f"/jobs/{made['id']}", {"description": "It may still be edited."})
    assert renamed.status == 200


def test_a_job_changes_between_objects_and_a_schedule(cloud: LocalCloud, somebody: Api) -> None:
    under, other = place(), place()
    made = job(somebody, under)
    arrive(cloud, event(cloud, under, "a"))
    kept_on = somebody("PATCH", f"/jobs/{made['id']}", {"timezone": "Europe/Berlin", "quiet_minutes": 20})
    assert (kept_on.status, kept_on.body["burst_objects"], bool(kept_on.body["next_run_at"])) == (200, 1, True)
    moved = somebody("PATCH", f"/jobs/{made['id']}", {"on_arrival": other}).body
    assert (moved["burst_objects"], moved["next_run_at"], stored(made).arrival_bucket) == (None, None, ARRIVAL_BUCKET)
    arrive(cloud, event(cloud, other, "b"))
    daily = somebody("PATCH", f"/jobs/{made['id']}", {"schedule": "daily"}).body
    assert (daily["on_arrival"], daily["burst_objects"], bool(daily["next_run_at"])) == (None, None, True)
    assert stored(made).arrival_bucket is None
    arrive(cloud, event(cloud, other, "c"))
    assert stored(made).burst_since is None


def test_a_job_that_is_deleted_when_its_burst_is_over_leaves_a_record(cloud: LocalCloud, somebody: Api) -> None:
    under = place()
    made = job(somebody, under)
    arrive(cloud, event(cloud, under, "a"), event(cloud, under, "b"))
    cloud.clock.advance(minutes=10, seconds=1)
    assert somebody("DELETE", f"/jobs/{made['id']}").status == 204
    (run,) = somebody("GET", f"/runs?job={made['id']}").body["items"]
    assert (run["status"], run["objects"], run["on_arrival"]) == ("SKIPPED", 2, under)


def test_it_expires_when_its_end_comes_before_the_quiet_is_over(cloud: LocalCloud, somebody: Api) -> None:
    under = place()
    made = job(somebody, under, end_date=clock.text(clock.now() + timedelta(minutes=5)))
    arrive(cloud, event(cloud, under, "a"))
    quiet(cloud)
    expired = somebody("GET", f"/jobs/{made['id']}").body
    assert (bool(expired["expired_at"]), expired["burst_objects"], runs_of(somebody, made)) == (True, None, [])
    arrive(cloud, event(cloud, under, "b"))
    assert stored(made).burst_since is None


def test_a_file_has_the_place(somebody: Api) -> None:
    under = place()
    made = job(somebody, under)
    exported = somebody("GET", f"/jobs/{made['id']}/export").body
    (entry,) = exported["jobs"]
    assert (entry["schedule"], entry["on_arrival"], entry["quiet_minutes"]) == ("objects", under, 10)
    entry["identifier"] = f"burst-{uuid4().hex[:8]}"
    imported = somebody("POST", "/jobs/import", exported)
    assert imported.status == 201, imported.body
    assert imported.body["items"][0]["on_arrival"] == under


def test_those_who_may_read_results_alone_see_no_keys(cloud: LocalCloud, somebody: Api, api: Any) -> None:
    under = place()
    made = job(somebody, under, result_visibility="public")
    arrive(cloud, event(cloud, under, "secret-name"))
    quiet(cloud)
    (run,) = ended(somebody, made, 1)
    public = api(f"reader-{uuid4().hex[:8]}")("GET", f"/runs/{run['id']}").body
    assert (public["status"], public["keys"], public["on_arrival"]) == ("SUCCEEDED", None, None)
    assert Run.get(run["id"]).keys == [key_of(under, "secret-name")]
