"""Jobs that start after another one, through the front door."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.core import clock
from chalicelib.dispatch import service as dispatch
from chalicelib.jobs.models import Job
from chalicelib.runs import lifecycle
from chalicelib.runs.models import Run
from localaws.cloud import LocalCloud
from tests.cloud.runs.test_slots import declaring, ended, seen_by
from tests.support.at_once import at_once
from tests.support.executions import awaits_start
from tests.support.http import Api, until

FAILS = "raise ValueError('no')"
DECLARED = "atmo_after = None\natmo_after_run = None"
SAYS = """
import json, os
names = ("ATMO_TRIGGER", "ATMO_AFTER", "ATMO_AFTER_RUN", "ATMO_AFTER_SLOT", "ATMO_SLOT")
open("seen.json", "w").write(json.dumps({name: os.environ[name] for name in names} | {"own": [atmo_after, atmo_after_run]}))
"""


def job(api: Api, name: str, **changes: Any) -> Any:
    return api.schedule(f"{name}-{uuid4().hex[:8]}", **changes)


def follower(api: Api, before: Any, **changes: Any) -> Any:
    usual = {"schedule": "after", "after": before["identifier"], "start_date": clock.text(clock.now())}
    return job(api, "follower", **usual | changes)


def run_now(api: Api, of: Any) -> Any:
    answer = api("POST", f"/jobs/{of['id']}/run", {})
    assert answer.status == 202, answer.body
    return answer.body


def runs_of(api: Api, of: Any) -> list[Any]:
    return list(api("GET", f"/jobs/{of['id']}/runs").body["items"])


def stored(of: Any, name: str) -> Any:
    """What the job's record has."""
    return getattr(Job.get(of["id"], consistent_read=True), name)


def says() -> dict[str, Any]:
    notebook = declaring()
    first, second = notebook["content"]["cells"]
    cells = [first | {"source": DECLARED}, second | {"source": SAYS}]
    return notebook | {"content": notebook["content"] | {"cells": cells}}


def test_a_job_starts_once_after_another_and_knows_why(cloud: LocalCloud, somebody: Api) -> None:
    before = job(somebody, "before")
    after = follower(somebody, before, notebook=says())
    assert (after["after"], after["after_outcome"], after["next_run_at"]) == (before["identifier"], "success", None)
    run_now(somebody, before)
    (cause,) = ended(somebody, before, 1)
    (run,) = ended(somebody, after, 1)
    assert (run["status"], run["trigger"], run["after"], run["after_run"]) == (
        "SUCCEEDED", "after", before["identifier"], cause["id"],
    )  # fmt: skip
    assert (run["slot"], run["scheduled_at"]) == (None, cause["finished_at"])
    seen = seen_by(somebody, run)
    assert (seen["ATMO_TRIGGER"], seen["ATMO_AFTER"], seen["ATMO_AFTER_RUN"]) == (
        "after", before["identifier"], cause["id"],
    )  # fmt: skip
    assert seen["own"] == [before["identifier"], cause["id"]]
    # The event again, and dispatch: nothing more comes of it.
    lifecycle.record_outcome(Run.get(cause["id"]), clock.now())
    dispatch.dispatch(clock.now())
    assert len(runs_of(somebody, after)) == 1
    assert stored(after, "arrivals") is stored(after, "next_run_at") is None


def test_a_failure_starts_only_what_starts_after_any_end(cloud: LocalCloud, somebody: Api) -> None:
    before = job(somebody, "before", notebook=declaring(FAILS))
    if_good, always = follower(somebody, before), follower(somebody, before, after_outcome="end")
    run_now(somebody, before)
    (cause,) = ended(somebody, before, 1)
    assert cause["status"] == "FAILED"
    (run,) = ended(somebody, always, 1)
    assert (run["status"], run["after_run"]) == ("SUCCEEDED", cause["id"])
    dispatch.dispatch(clock.now())
    assert runs_of(somebody, if_good) == []


def test_only_the_last_attempt_counts(cloud: LocalCloud, somebody: Api) -> None:
    before = job(somebody, "before", notebook=declaring("assert atmo_attempt == 2"), retries=1, retry_delay=1)
    after = follower(somebody, before, after_outcome="end")
    run_now(somebody, before)
    until(lambda: len(runs_of(somebody, before)) == 2, 120)
    awaits_start(somebody("GET", f"/jobs/{before['id']}").body["active_run"])
    dispatch.dispatch(clock.now())
    assert runs_of(somebody, after) == []
    cloud.clock.advance(minutes=2)
    _, second = ended(somebody, before, 2)
    (run,) = ended(somebody, after, 1)
    assert run["after_run"] == second["id"]


def test_dispatch_makes_up_for_a_lost_start(cloud: LocalCloud, somebody: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.runs.followers.serve", lambda run: None)
    before = job(somebody, "before")
    after = follower(somebody, before)
    run_now(somebody, before)
    (cause,) = ended(somebody, before, 1)
    assert runs_of(somebody, after) == []
    assert stored(after, "arrivals")
    dispatch.dispatch(clock.now())
    dispatch.dispatch(clock.now())
    (run,) = ended(somebody, after, 1)
    assert run["after_run"] == cause["id"]


def test_an_end_of_long_ago_is_skipped_with_its_reason(
    cloud: LocalCloud, somebody: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.runs.followers.serve", lambda run: None)
    before = job(somebody, "before")
    after = follower(somebody, before, lateness_limit=1)
    run_now(somebody, before)
    ended(somebody, before, 1)
    cloud.clock.advance(minutes=61)
    dispatch.dispatch(clock.now())
    (run,) = ended(somebody, after, 1)
    assert (run["status"], "Too late" in run["status_reason"]) == ("SKIPPED", True)


def test_a_paused_job_is_not_started(cloud: LocalCloud, somebody: Api) -> None:
    before = job(somebody, "before")
    after = follower(somebody, before)
    somebody("POST", f"/jobs/{after['id']}/pause")
    run_now(somebody, before)
    ended(somebody, before, 1)
    assert somebody("POST", f"/jobs/{after['id']}/resume").status == 200
    dispatch.dispatch(clock.now())
    assert runs_of(somebody, after) == []


def refused(answer: Any, field: str) -> str:
    assert answer.status == 422, answer.body
    (error,) = answer.body["errors"]
    assert error["field"] == field
    return str(error["message"])


def test_a_ring_is_refused_by_its_names(somebody: Api) -> None:
    first = job(somebody, "first")
    second = follower(somebody, first)
    third = follower(somebody, second)
    ring = [each["identifier"] for each in (first, third, second, first)]
    answer = somebody("PATCH", f"/jobs/{first['id']}", {"schedule": "after", "after": third["identifier"]})
    assert " → ".join(ring) in refused(answer, "after")
    itself = somebody("PATCH", f"/jobs/{first['id']}", {"schedule": "after", "after": first["identifier"]})
    assert f"{first['identifier']} → {first['identifier']}" in refused(itself, "after")
    assert somebody("GET", f"/jobs/{first['id']}").body["schedule"] == "daily"


def test_what_nobody_can_see_cannot_be_followed(somebody: Api, api: Callable[[str], Api]) -> None:
    hidden = job(api("alice"), "hidden")
    for name in (hidden["identifier"], "no-such-job"):
        answer = somebody("POST", "/jobs", body(after=name))
        assert refused(answer, "after") == f"There is no job named {name} that you can see."
    assert refused(somebody("POST", "/jobs", body()), "after").startswith("Name the job")
    both = somebody("POST", "/jobs", body(after=hidden["identifier"], schedule="daily"))
    assert "no times of its own" in refused(both, "schedule")


def body(**changes: Any) -> dict[str, Any]:
    from tests.support.http import RELEASE, TINY

    return {
        "identifier": f"follower-{uuid4().hex[:8]}", "description": "a test", "size": 1, "schedule": "after", "job_timeout": 1,
        "notebook": {"name": "tiny.ipynb", "content": TINY}, "emr_release": RELEASE,
    } | changes  # fmt: skip


def test_a_job_changes_between_a_schedule_and_a_job_before_it(somebody: Api) -> None:
    first, second = job(somebody, "first"), job(somebody, "second")
    after = follower(somebody, first)
    assert stored(first, "followers") == {after["id"]}
    changed = somebody("PATCH", f"/jobs/{after['id']}", {"after": second["identifier"]})
    assert (changed.status, changed.body["after"]) == (200, second["identifier"])
    assert (stored(first, "followers"), stored(second, "followers")) == (None, {after["id"]})
    between = follower(somebody, second)
    longer = somebody("PATCH", f"/jobs/{after['id']}", {"after": between["identifier"]})
    assert (longer.status, stored(second, "followers")) == (200, {between["id"]})
    assert somebody("PATCH", f"/jobs/{after['id']}", {"after": second["identifier"]}).status == 200
    assert stored(between, "followers") is None
    daily = somebody("PATCH", f"/jobs/{after['id']}", {"schedule": "daily"}).body
    assert (daily["after"], bool(daily["next_run_at"])) == (None, True)
    assert stored(second, "followers") == {between["id"]}
    back = {"schedule": "after", "after": first["identifier"]}
    assert somebody("PATCH", f"/jobs/{after['id']}", back).body["next_run_at"] is None
    assert somebody("DELETE", f"/jobs/{after['id']}").status == 204
    assert stored(first, "followers") is None


def test_a_job_before_that_its_owner_can_no_longer_see_starts_nothing(
    cloud: LocalCloud, somebody: Api, api: Callable[[str], Api]
) -> None:
    alice = api("alice")
    before = job(alice, "shared")
    me = job(somebody, "me")["owner"]
    shared = alice("POST", f"/jobs/{before['id']}/shares", {"kind": "person", "name": me, "level": "view"})
    assert shared.status == 200, shared.body
    after = follower(somebody, before)
    assert alice("DELETE", f"/jobs/{before['id']}/shares/person/{me}").status == 204
    run_now(alice, before)
    (run,) = ended(somebody, after, 1)
    assert run["status"] == "SKIPPED"
    assert run["status_reason"] == f"{me} can no longer see {before['identifier']}, after which this job starts."


def test_a_file_may_have_both_jobs(somebody: Api) -> None:
    first, second = body(schedule="daily"), body()
    second["after"] = first["identifier"]
    for each in (first, second):
        each["notebook"] = each["notebook"] | {"content": json.dumps(each["notebook"]["content"])}
    file = {"format": "atmo-jobs", "version": 1, "jobs": [second, first]}
    assert "There is no job named" in refused(somebody("POST", "/jobs/import", file), "jobs.0.after")
    made = somebody("POST", "/jobs/import", file | {"jobs": [first, second]})
    assert made.status == 201, made.body
    exported = somebody("GET", f"/jobs/{made.body['items'][1]['id']}/export").body["jobs"][0]
    assert (exported["schedule"], exported["after"]) == ("after", first["identifier"])


def test_a_ring_that_several_make_at_once_does_not_come_to_be(somebody: Api) -> None:
    jobs = [job(somebody, f"ring-{number}") for number in range(4)]

    def follow(number: int) -> int:
        to = {"schedule": "after", "after": jobs[(number + 1) % 4]["identifier"]}
        return somebody("PATCH", f"/jobs/{jobs[number]['id']}", to).status

    statuses = at_once(follow, 4)
    assert set(statuses) <= {200, 409, 422, 503}
    before = {each["id"]: stored(each, "after_job") for each in jobs}
    assert None in before.values()
    for each in jobs:
        followers = stored(each, "followers") or set()
        assert followers == {job_id for job_id, after in before.items() if after == each["id"]}


def test_runs_that_end_at_the_same_time_start_one_each(cloud: LocalCloud, somebody: Api) -> None:
    before = job(somebody, "before", overlap="allow")
    after = follower(somebody, before, overlap="queue")
    for _ in range(3):
        run_now(somebody, before)
    causes = ended(somebody, before, 3)
    at_once(lambda _: dispatch.dispatch(clock.now()), 3)
    runs = ended(somebody, after, 3)
    assert {run["after_run"] for run in runs} == {cause["id"] for cause in causes}
    assert {run["status"] for run in runs} == {"SUCCEEDED"}


def graph_of(api: Api, of: Any) -> tuple[str, list[Any]]:
    answer = api("GET", f"/jobs/{of['id']}/graph")
    assert answer.status == 200, answer.body
    return answer.body["waits_for"], answer.body["jobs"]


def test_the_api_has_what_waits_for_what(somebody: Api) -> None:
    first = job(somebody, "first")
    second = follower(somebody, first)
    third, other = follower(somebody, second), follower(somebody, second, after_outcome="end")
    waits_for, jobs = graph_of(somebody, second)
    places = {each["id"]: (each["step"], each["starts_after"], each["further"]) for each in jobs}
    assert waits_for == "nothing"
    assert places == {
        first["id"]: (-1, None, 0), second["id"]: (0, first["id"], 0), third["id"]: (1, second["id"], 0),
        other["id"]: (1, second["id"], 0),
    }  # fmt: skip
    assert {each["after_outcome"] for each in jobs if each["step"] == 1} == {"success", "end"}
    deep = follower(somebody, follower(somebody, third))
    waits_for, jobs = graph_of(somebody, deep)
    assert (waits_for, len(jobs), jobs[0]["id"], jobs[0]["further"]) == ("further", 4, second["id"], 1)


def test_of_a_job_that_is_not_shared_the_graph_tells_only_that_it_is_there(
    somebody: Api, api: Callable[[str], Api]
) -> None:
    alice = api("alice")
    first = job(alice, "first")
    hidden = follower(alice, first)
    further = follower(alice, hidden)
    me = job(somebody, "me")["owner"]
    for each in (first, further):
        shared = alice("POST", f"/jobs/{each['id']}/shares", {"kind": "person", "name": me, "level": "view"})
        assert shared.status == 200, shared.body
    waits_for, jobs = graph_of(somebody, first)
    assert (waits_for, [each["id"] for each in jobs], jobs[0]["not_shared"]) == ("nothing", [first["id"]], 1)
    waits_for, jobs = graph_of(somebody, further)
    assert (waits_for, [each["id"] for each in jobs]) == ("not_shared", [further["id"]])
    assert len(graph_of(alice, first)[1]) == 3
    assert somebody("GET", f"/jobs/{hidden['id']}/graph").status == 404


def test_whose_job_before_was_deleted_says_so_until_it_waits_for_another(somebody: Api) -> None:
    first, second = job(somebody, "first"), job(somebody, "second")
    after = follower(somebody, first)
    assert (after["after_is_gone"], first["after_is_gone"]) == (False, False)
    assert somebody("DELETE", f"/jobs/{first['id']}").status == 204
    assert somebody("GET", f"/jobs/{after['id']}").body["after_is_gone"] is True
    assert graph_of(somebody, after)[0] == "deleted"
    listed = somebody("GET", f"/jobs?q={after['identifier']}").body["items"]
    assert [each["after_is_gone"] for each in listed] == [True]
    joined = somebody("PATCH", f"/jobs/{after['id']}", {"after": second["identifier"]})
    assert (joined.status, joined.body["after_is_gone"]) == (200, False)
    assert somebody("DELETE", f"/jobs/{second['id']}").status == 204
    daily = somebody("PATCH", f"/jobs/{after['id']}", {"schedule": "daily"})
    assert (daily.status, daily.body["after_is_gone"]) == (200, False)


def test_a_job_that_joins_while_the_one_before_is_deleted_is_left_behind_knowingly(somebody: Api) -> None:
    """Either it joins and is marked, or it is refused; never does it wait for a job that is gone without saying so."""
    for _ in range(3):
        first, after = job(somebody, "first"), job(somebody, "joins")
        to = {"schedule": "after", "after": first["identifier"]}

        def act(number: int, first: Any = first, after: Any = after, to: Any = to) -> int:
            if number:
                return somebody("DELETE", f"/jobs/{first['id']}").status
            return somebody("PATCH", f"/jobs/{after['id']}", to).status

        joined, deleted = at_once(act, 2)
        assert (joined in {200, 409, 422, 503}, deleted in {204, 409, 503}) == (True, True)
        record = somebody("GET", f"/jobs/{after['id']}").body
        assert record["after_is_gone"] == (joined == 200 and deleted == 204)
