"""What owners are told of runs: one mail for all attempts of a slot, one when the job works again, and a pause in time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from localaws.cloud import LocalCloud
from localaws.emr import EmrError
from tests.support.faults import Params, emr_answers
from tests.support.http import TINY, Api, reaches, until
from tests.support.mailbox import mails_about, subject_of
from tests.support.settings import site_settings

OVER = ("SUCCEEDED", "FAILED", "TIMED_OUT", "CANCELLED")


def unlaunchable(operation: str, params: Params, really: Callable[[], Params]) -> Params:
    """For `emr_answers`: EMR refuses for good, so that runs fail quickly."""
    if operation == "RunJobFlow":
        raise EmrError("ValidationException", "The subnet has no free addresses")
    return really()


def alerting(api: Api, **changes: Any) -> Any:
    return api.schedule(f"alert-{uuid4().hex[:8]}", **changes)


def failed(cloud: LocalCloud, api: Api, job: Any) -> list[Any]:
    """A run of the job with all its attempts, the last one first, once the last one has failed."""
    with emr_answers(cloud, unlaunchable):
        first = api("POST", f"/jobs/{job['id']}/run", {}).body["id"]

        def over() -> list[Any]:
            made = [run for run in runs_of(api, job) if first in (run["id"], run["first_run"])]
            cloud.clock.advance(seconds=15)
            return made if made[0]["status"] in OVER and not made[0]["retry"] else []

        return until(over, 60)


FAILING = {
    "name": "fails.ipynb",
    "content": TINY | {"cells": [TINY["cells"][0] | {"source": "raise ValueError('no data')"}]},
}


def failed_by_itself(api: Api, job: Any) -> None:
    """A run of a notebook that raises: failures of AWS or of the site pause no job."""
    run = api("POST", f"/jobs/{job['id']}/run", {}).body
    assert reaches(api, f"/runs/{run['id']}", *OVER, seconds=60)["diagnosis"]["side"] == "notebook"


def runs_of(api: Api, job: Any) -> list[Any]:
    items: list[Any] = api("GET", f"/jobs/{job['id']}/runs").body["items"]
    return items


def subjects(cloud: LocalCloud, job: Any) -> list[str]:
    return [subject_of(sent) for sent in mails_about(cloud, job["identifier"])]


def test_one_mail_for_all_attempts_and_one_when_the_job_works_again(cloud: LocalCloud, somebody: Api) -> None:
    job = alerting(somebody, retries=2, retry_delay=1)
    attempts = failed(cloud, somebody, job)
    assert [run["attempt"] for run in attempts] == [3, 2, 1]
    until(lambda: subjects(cloud, job))
    assert subjects(cloud, job) == [f"{job['identifier']} failed (attempt 3 of 3)"]
    (mail,) = mails_about(cloud, job["identifier"])
    assert "no free addresses" in str(vars(mail))
    assert all(f"{cloud.portal_url}/runs/{run['id']}" in str(vars(mail)) for run in attempts)
    assert failed(cloud, somebody, job)
    until(lambda: len(subjects(cloud, job)) == 2)
    assert somebody("GET", f"/jobs/{job['id']}").body["failures_in_a_row"] == 2
    for _ in range(2):
        run = somebody("POST", f"/jobs/{job['id']}/run", {}).body
        assert reaches(somebody, f"/runs/{run['id']}", *OVER)["status"] == "SUCCEEDED"
    until(lambda: len(subjects(cloud, job)) == 3)
    assert subjects(cloud, job)[2:] == [f"{job['identifier']} works again"]
    assert "after 2 failures in a row" in str(vars(mails_about(cloud, job["identifier"])[2]))
    assert somebody("GET", f"/jobs/{job['id']}").body["failures_in_a_row"] == 0


def test_the_team_gets_a_copy_that_acts_for_nobody(cloud: LocalCloud, somebody: Api) -> None:
    job = alerting(somebody, description="Counts flights; ask carol.", timezone="Europe/Berlin")
    with site_settings(team_mail="data-team@example.com"):
        failed(cloud, somebody, job)
        until(lambda: len(subjects(cloud, job)) == 2)
    own, copy = mails_about(cloud, job["identifier"])
    assert subject_of(own) == subject_of(copy)
    assert "data-team@example.com" in str(vars(copy)["destinations"])
    assert [f"{cloud.portal_url}/links/" in str(vars(mail)) for mail in (own, copy)] == [True, False]
    assert ["A copy, for the team, of a mail to" in str(vars(mail)) for mail in (own, copy)] == [False, True]
    for mail in (own, copy):
        assert "Counts flights; ask carol." in str(vars(mail))
        assert "(Europe/Berlin)" in str(vars(mail))


def test_a_job_that_is_to_be_paused_after_one_failure_did_not_fail_again(cloud: LocalCloud, somebody: Api) -> None:
    job = alerting(somebody, notebook=FAILING, pause_after=1)
    failed_by_itself(somebody, job)
    assert somebody("GET", f"/jobs/{job['id']}").body["pause_reason"] == "It failed, so atmo paused it."
    until(lambda: subjects(cloud, job))
    assert subjects(cloud, job) == [f"{job['identifier']} is paused: it failed"]
    assert "in a row" not in str(vars(mails_about(cloud, job["identifier"])[0]))
    summaries = [entry["summary"] for entry in somebody("GET", f"/jobs/{job['id']}/audit").body["items"]]
    assert "Paused it after one failure." in summaries
    again = somebody("POST", f"/jobs/{job['id']}/pause").body
    assert (again["paused_by"], again["pause_reason"]) == ("atmo", "It failed, so atmo paused it.")
    assert len(somebody("GET", f"/jobs/{job['id']}/audit").body["items"]) == len(summaries), (
        "pausing twice changes nothing"
    )


def test_a_job_that_fails_again_and_again_is_paused_and_says_so_once(cloud: LocalCloud, somebody: Api) -> None:
    job = alerting(somebody, notebook=FAILING, pause_after=2)
    failed_by_itself(somebody, job)
    still = somebody("GET", f"/jobs/{job['id']}").body
    assert (still["is_enabled"], still["paused_by"]) == (True, None)
    failed_by_itself(somebody, job)
    paused = somebody("GET", f"/jobs/{job['id']}").body
    assert (paused["is_enabled"], paused["paused_by"], paused["next_run_at"]) == (False, "atmo", None)
    assert paused["pause_reason"] == "It failed 2 times in a row, so atmo paused it."
    failed_by_itself(somebody, job)  # by hand: it is paused already
    until(lambda: len(subjects(cloud, job)) == 3)
    name = job["identifier"]
    assert subjects(cloud, job) == [f"{name} failed", f"{name} is paused: it failed again", f"{name} failed"]
    resumed = somebody("POST", f"/jobs/{job['id']}/resume").body
    assert (resumed["is_enabled"], resumed["paused_by"], resumed["pause_reason"]) == (True, None, "")
    assert resumed["failures_in_a_row"] == 0
    failed_by_itself(somebody, job)
    assert somebody("GET", f"/jobs/{job['id']}").body["is_enabled"]


def test_a_job_that_is_never_to_be_paused_is_not(cloud: LocalCloud, somebody: Api) -> None:
    job = alerting(somebody, pause_after=0)
    for _ in range(2):
        failed(cloud, somebody, job)
    after = somebody("GET", f"/jobs/{job['id']}").body
    assert (after["is_enabled"], after["failures_in_a_row"]) == (True, 2)
