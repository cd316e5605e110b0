"""Every way in which a run can end, on every channel: page, list, dashboard, API, mail and webhook say the same.

The ways are the code's own: every kind of diagnosis, with each runner's outcome with and without its optional parts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from markupsafe import escape

from chalicelib.core import clock
from chalicelib.core.config import settings
from chalicelib.diagnosis import cluster_symptoms, fallbacks, foreign_symptoms, notebook_symptoms
from chalicelib.diagnosis.symptoms import SIDES
from chalicelib.jobs.models import Job
from chalicelib.runs import factory
from chalicelib.runs.models import FINAL, Run, Trigger
from localaws.cloud import LocalCloud
from tests.support.http import Api
from tests.support.visitor import Visitor
from tests.support.webhook_receiver import Receiver, receiver
from tests.unit.diagnosis.cases import CLUSTER, LAUNCH, NOTEBOOK, OTHERWISE

TELLING = ("FAILED", "TIMED_OUT")
"""The endings that owners are told of. Whoever cancels a run knows, and a success or a skipped slot is no news."""
TRACEBACK = (
    "ValueError   Traceback (most recent call last)\nCell In[1], line 1\n----> 1 print(flights)\n\nValueError: x"
)
JAVA = (
    "An error occurred while calling o76.parquet.\n: java.lang.OutOfMemoryError: Java heap space" + "\n\tat x.Y(Z)" * 60
)


@dataclass(frozen=True)
class Ending:
    """What the runner, EMR and we know of a run that is over; the words of chalicelib/diagnosis/facts.py."""

    known: dict[str, Any]
    kind: str


def outcomes() -> Iterator[dict[str, Any]]:
    """What the runner may report: each optional part of emr/outcome.py there or not."""
    optional = {"cell": 1, "error": "ValueError", "message": "no reading for wednesday", "traceback": TRACEBACK}
    for status in ("FAILED", "TIMED_OUT"):
        for mask in range(2 ** len(optional)):
            parts = {name: value for bit, (name, value) in enumerate(optional.items()) if mask >> bit & 1}
            yield {"status": status, **parts}
    yield {"status": "SUCCEEDED"}
    yield {"status": "FAILED", "cell": 2, "error": "Py4JJavaError", "message": JAVA, "traceback": JAVA}


def endings() -> list[Ending]:
    """The first of the real texts for each kind of diagnosis, and every outcome of the runner."""
    rows: list[tuple[Any, str]] = [(known, kind) for _, known, kind, _ in [*CLUSTER, *NOTEBOOK]]
    rows += [({"reason": reason, "launched": False}, kind) for _, reason, kind, _ in LAUNCH]
    rows += [(known, kind) for known, kind, _, _ in OTHERWISE]
    first = {(kind, "reported" in known): Ending(known, kind) for known, kind in reversed(rows)}
    return [*first.values(), *(Ending({"reported": reported}, "") for reported in outcomes())]


ENDINGS = endings()


def kinds_of_the_code() -> set[str]:
    symptoms = (cluster_symptoms.MESSAGES, cluster_symptoms.CODES, cluster_symptoms.ERROR_CODES)
    all_of_them = [
        *(each for part in symptoms for each in part),
        *notebook_symptoms.SYMPTOMS,
        *foreign_symptoms.SYMPTOMS,
    ]
    return {each.kind for each in all_of_them} | set(fallbacks.KINDS)


def test_no_kind_of_ending_is_forgotten() -> None:
    assert kinds_of_the_code() <= {ending.kind for ending in ENDINGS}


numbers = count(1)


@pytest.fixture(scope="module")
def hook() -> Iterator[Receiver]:
    with receiver() as listening:
        yield listening


@pytest.fixture
def job(somebody: Api, hook: Receiver) -> Job:
    made = somebody.schedule(f"ending-{uuid4().hex[:8]}", webhook_url=hook.url, pause_after=0)
    return Job.get(made["id"], consistent_read=True)


def run_that_ended(cloud: LocalCloud, job: Job, ending: Ending, now: datetime) -> Run:
    """A run of which just this is known, once its state machine's task has put its outcome on record."""
    known = ending.known
    reported, code = known.get("reported"), known.get("code", "")
    run = factory.of_job(job, f"r-ending{next(numbers)}x{uuid4().hex[:8]}", Trigger.MANUAL, now, now)
    run.live, run.status, run.started_at = None, "RUNNING", now
    if known.get("launched", True):
        run.jobflow_id, run.cluster_state = f"j-{uuid4().hex[:13].upper()}", "TERMINATED_WITH_ERRORS"
        run.cluster_code, run.cluster_reason = code, known.get("message", "")
        run.cluster_error_code = known.get("error_code", "")
        run.ready_at = now if known.get("begun", True) else None
        run.step_state = "FAILED" if code == "STEP_FAILURE" or reported else None
    if known.get("part") == "Paragraph":
        run.notebook_name = "note.json"
    run.cancelled_by = known.get("cancelled_by")
    if known.get("status") == "TIMED_OUT" and not reported:
        run.started_at = run.created_at = now - timedelta(hours=int(run.timeout) + 1)
    if not known.get("launched", True):
        run.started_at, run.created_at = None, now - timedelta(hours=2)
    run.save()
    Job(job.id).update([Job.last_run.set(run.id), Job.last_run_at.set(now), Job.last_run_status.set("RUNNING")])
    store(cloud, run, "run.log", known.get("log") or known.get("step_message", ""))
    if reported:
        status = known.get("status", reported.get("status", "FAILED"))
        store(cloud, run, "outcome.json", json.dumps(reported | {"status": status}))
    elif "outcome" in known:
        store(cloud, run, "outcome.json", known["outcome"])
    if known.get("launched", True):
        call(cloud, task="record_outcome", run_id=run.id)
    else:
        cause = known["reason"].partition(": ")[2]
        call(cloud, task="resolve_launch_error", run_id=run.id, error="Emr.EmrException", cause=cause)
    run.refresh(consistent_read=True)
    return run


def store(cloud: LocalCloud, run: Run, name: str, text: str) -> None:
    key = run.results_prefix + name
    cloud.client("s3").put_object(Bucket=settings().results_bucket, Key=key, Body=text.encode())


def call(cloud: LocalCloud, **payload: str) -> None:
    """Call the function that the state machine of runs calls."""
    answer = cloud.client("lambda").invoke(
        FunctionName=cloud.functions.find("run_task").function_arn, Payload=json.dumps(payload)
    )
    assert "FunctionError" not in answer, answer["Payload"].read()


@pytest.mark.parametrize(
    "ending", ENDINGS, ids=lambda ending: f"{ending.kind}-{sorted(ending.known.get('reported') or {})}"
)
def test_all_channels_say_the_same(
    cloud: LocalCloud, somebody: Api, signed_in: Callable[..., Visitor], hook: Receiver, job: Job, ending: Ending
) -> None:
    run = run_that_ended(cloud, job, ending, clock.now())
    assert run.status in FINAL
    assert "\n" not in run.status_reason
    assert len(run.status_reason) <= 400
    diagnosis = run.diagnosis
    assert (diagnosis is None) == (run.status == "SUCCEEDED")
    if ending.kind:
        assert diagnosis["kind"] == ending.kind
    owner = signed_in(job.owner)
    page, listed, front = (owner.get(path) for path in (f"/runs/{run.id}", f"/jobs/{job.id}?tab=runs", "/"))
    tabs = [owner.get(f"/jobs/{job.id}?tab={tab}") for tab in ("results", "notebook", "logs")]
    assert [shown.status for shown in (page, listed, front, *tabs)] == [200] * 6
    by_api, in_list = somebody("GET", f"/runs/{run.id}").body, somebody("GET", f"/jobs/{job.id}/runs").body["items"][0]
    assert by_api["diagnosis"] == in_list["diagnosis"] == diagnosis
    assert by_api["status"] == in_list["status"] == run.status
    if not diagnosis:
        return
    assert diagnosis["side_label"] == SIDES[diagnosis["side"]]
    assert str(escape(diagnosis["next_step"])) in page.html
    assert str(escape(diagnosis["summary"])) in listed.html
    mails = [mail for mail in cloud.mails.sent if run.id in (mail.text or "")]
    bodies = [body for body in map(hook.body, range(len(hook.received))) if body["run"] and body["run"]["id"] == run.id]
    assert len(mails) == len(bodies) == (1 if run.status in TELLING else 0)
    if run.status in TELLING:
        assert str(escape(diagnosis["paragraph"])) in page.html
        assert str(escape(diagnosis["summary"])) in front.html
        assert diagnosis["paragraph"] in str(mails[0].text)
        assert str(escape(diagnosis["paragraph"])) in str(mails[0].html)
        assert bodies[0]["diagnosis"] == {name: diagnosis[name] for name in ("kind", "side", "summary", "next_step")}
        assert bodies[0]["status"] == run.status


@pytest.mark.parametrize(
    "outcome",
    [
        '{"status": "FAI',
        "[1]",
        '{"status": 7, "cell": "x"}',
        '{"status": "FAILED", "cell": 1e400, "line": NaN, "error": "E", "message": "m"}',
        '{"status": "FAILED", "error": "E", "cell": ' + "9" * 5000 + "}",
        '{"status": "FAILED", "error": "E", "cell": -3.5, "code": 7, "line": true}',
        '{"status": "FAILED", "error": {"a": 1}, "message": ["x"], "traceback": 5, "not_uploaded": 7}',
        '{"status": "FAILED", "a": ' + "[" * 5000 + "]" * 5000 + "}",
        '{"status": "FAILED", "error": "E", "message": "' + "m" * 6_000_000 + '"}',
    ],
    ids=lambda text: text[:40],
)
def test_an_outcome_that_the_notebook_wrote_itself_breaks_nothing(
    cloud: LocalCloud, somebody: Api, signed_in: Callable[..., Visitor], job: Job, outcome: str
) -> None:
    run = run_that_ended(cloud, job, Ending({"outcome": outcome, "code": "STEP_FAILURE"}, ""), clock.now())
    assert run.status == "FAILED"
    by_api = somebody("GET", f"/runs/{run.id}").body
    assert by_api["diagnosis"]["summary"]
    assert signed_in(job.owner).get(f"/runs/{run.id}").status == 200
    assert not any(odd in str(by_api) for odd in ("inf", "nan", "-3.5", "True", "{'a'"))


def test_a_success_says_what_it_left_out(
    cloud: LocalCloud, somebody: Api, signed_in: Callable[..., Visitor], job: Job
) -> None:
    said = "stopped at cell 2; 3 cells were not run"
    files = [{"name": f"files/{number}\n.csv", "reason": "its name has a line break"} for number in range(30)]
    reported = {"status": "SUCCEEDED", "message": said, "not_uploaded": [*files, "no object"]}
    run = run_that_ended(cloud, job, Ending({"reported": reported}, ""), clock.now())
    by_api = somebody("GET", f"/runs/{run.id}").body
    assert (by_api["status"], by_api["status_reason"]) == ("SUCCEEDED", said)
    assert by_api["files_left_out"][0] == {"name": "files/0 .csv", "reason": "its name has a line break"}
    assert len(by_api["files_left_out"]) == 20
    page = signed_in(job.owner).get(f"/runs/{run.id}")
    assert said in page.text
    assert "Some files could not be stored" in page.text
