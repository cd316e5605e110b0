"""In the browser: what happens when a run fails, runs with other parameters, and the webhook."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.jobs.models import Job
from chalicelib.runs import display
from chalicelib.runs.models import Run
from localaws.cloud import LocalCloud
from tests.cloud.portal.test_job_form import fill
from tests.cloud.runs.test_alerts import unlaunchable
from tests.support.faults import emr_answers
from tests.support.http import until
from tests.support.visitor import Page, Visitor

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def run_of(job: Page) -> Run:
    record = Job.get(job.path.rpartition("/")[2], consistent_read=True)
    return Run.get(record.last_run, consistent_read=True)


def test_retries_are_chosen_on_the_form_and_said_on_the_page(alice: Visitor) -> None:
    job = fill(alice, retries="2", retry_delay="10", pause_after="3")
    assert job.status == 200, job.text
    assert "retried twice, after 10 minutes, then after twice as long each time" in job.text
    assert "paused after 3 failures in a row" in job.text
    edited = alice.get(f"{job.path}/edit").fields(f"{job.path}/edit")
    assert (edited["retries"], edited["retry_delay"], edited["pause_after"]) == ("2", "10", "3")
    changed = alice.send(alice.get(f"{job.path}/edit"), f"{job.path}/edit", retries="0", pause_after="0")
    assert "A run that fails is not retried. The job is never paused because of failures." in changed.text
    refused = alice.send(alice.get(f"{job.path}/edit"), f"{job.path}/edit", retry_delay="241", retries="3")
    assert refused.status == 422
    assert "from 1 to 240" in refused.error("retry_delay")
    assert refused.fields(f"{job.path}/edit")["retries"] == "3"


def test_an_attempt_that_waits_is_shown_with_the_first_one_and_can_be_cancelled(
    cloud: LocalCloud, alice: Visitor
) -> None:
    job = fill(alice, retries="2", retry_delay="30")
    with emr_answers(cloud, unlaunchable):
        first = alice.send(job, f"{job.path}/run")

        def waiting() -> str:
            cloud.clock.advance(seconds=12)
            return str(run_of(job).first_run or "")

        until(waiting)
    second = run_of(job)
    assert second.not_before
    starts = f"{second.not_before:%Y-%m-%d %H:%M}"
    assert f"Attempt 2 of 3 starts {starts}" in alice.get(job.path).text
    history = alice.get(f"{job.path}?tab=runs").text
    assert f"Retry, attempt 2 of 3, starts {starts}" in history
    assert "Run now, attempt 1 of 3" in history
    assert f"/runs/{second.id}" in alice.get(first.path).addresses()
    page = alice.get(f"/runs/{second.id}")
    assert f"Attempt 2 of 3 starts {starts}" in page.text
    assert first.path in page.addresses()
    alice.send(page, f"{page.path}/cancel")
    until(lambda: run_of(job).status == "CANCELLED")
    assert "Cancelled" in alice.get(job.path).text


def run_form(page: Page) -> dict[str, str]:
    """What the form to run the job with other parameters holds."""
    return next(form.fields for form in page.forms if "parameters" in form.fields)


def test_a_run_with_other_parameters_keeps_what_was_typed_when_it_is_refused(alice: Visitor) -> None:
    job = fill(alice, parameters='{"days": 7}')
    assert json.loads(run_form(job)["parameters"]) == {"days": 7}
    refused = alice.send(job, f"{job.path}/run", parameters='{"days": 30')
    assert refused.status == 422
    assert "JSON object" in refused.error("parameters")
    assert run_form(refused)["parameters"] == '{"days": 30'
    made = alice.send(refused, f"{job.path}/run", parameters='{"days": 30}')
    assert made.path.startswith("/runs/")
    assert run_of(job).parameters == {"days": 30}
    another = {"parameters": '{"days": 31}', "submission": "another"}
    again = alice.post(f"{job.path}/run", run_form(job) | another)
    assert again.status == 409
    assert "still running" in again.text
    assert run_form(again)["parameters"] == '{"days": 31}'
    alice.send(alice.get(made.path), f"{made.path}/cancel")


def test_a_webhooks_secret_is_shown_once(alice: Visitor, bob: Visitor) -> None:
    job = fill(alice, webhook_url="https://hooks.example.com/atmo")
    assert "https://hooks.example.com/atmo" in job.text
    assert "whsec_" not in job.text
    shown = alice.send(job, f"{job.path}/webhook-secret")
    assert "whsec_" in shown.text
    assert "whsec_" not in alice.get(job.path).text
    assert bob.post(f"{job.path}/webhook-secret", {}).status in (403, 404)
    without = alice.send(alice.get(f"{job.path}/edit"), f"{job.path}/edit", webhook_url="")
    assert "hooks.example.com" not in without.text
    refused = alice.send(alice.get(f"{job.path}/edit"), f"{job.path}/edit", webhook_url="ftp://files")
    assert "begins with https://" in refused.error("webhook_url")


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (["a-2", "a"], ["a-2", "a<"]),
        (["a-3", "b", "a-2", "a"], ["a-3", "a-2<", "a<", "b"]),
        (["a-2"], ["a-2"]),
        ([], []),
    ],
)
def test_attempts_stand_together(ids: list[str], expected: list[str]) -> None:
    runs = [Run(name, first_run="a" if "-" in name else None) for name in ids]
    assert [run.id + ("<" if further else "") for run, further in display.by_incident(runs)] == expected


def test_whether_an_attempt_is_to_start() -> None:
    waits = Run("a-2", status="QUEUED", attempt=2, not_before=NOW + timedelta(minutes=5))
    assert display.is_to_start(waits)
    assert not display.is_to_start(Run("a", status="QUEUED", attempt=1))
    assert not display.is_to_start(Run("a-2", status="QUEUED", attempt=2, not_before=NOW, cancelled_by="alice"))
