"""A job's page and its buttons."""

from __future__ import annotations

import json

import pytest
import urllib3

from localaws.cloud import LocalCloud
from tests.cloud.portal.test_job_form import NOTEBOOK, fill
from tests.support.http import HTTP_TIMEOUT, TINY
from tests.support.people import fresh, signed_in
from tests.support.settings import site_settings
from tests.support.visitor import Page, Visitor


@pytest.fixture
def job(alice: Visitor) -> Page:
    """The page of a job that runs daily from 2040 on."""
    page = fill(alice)
    assert page.status == 200, page.text
    return page


def test_a_job_says_what_it_does_and_offers_what_can_be_done(job: Page) -> None:
    assert "Scheduled" in job.text
    assert "Every day at 06:00 UTC" in job.text
    assert "2040-01-01 06:00 UTC" in job.text
    assert "Not yet" in job.text
    for action in ("run", "pause", "delete"):
        assert job.has_form(f"{job.path}/{action}")
    assert not job.has_form(f"{job.path}/resume")
    assert f"{job.path}/edit" in job.addresses()


def test_tabs_are_links(alice: Visitor, job: Page) -> None:
    for tab, shown in (
        ("results", "No runs yet"),
        ("notebook", "In [1]"),
        ("logs", "No runs yet"),
        ("runs", "No runs yet"),
    ):
        assert f"{job.path}?tab={tab}" in job.addresses()
        assert shown in alice.get(f"{job.path}?tab={tab}").text
    assert "In [1]" in alice.get(f"{job.path}?tab=nonsense").text


def test_pause_and_resume(alice: Visitor, job: Page) -> None:
    paused = alice.send(job, f"{job.path}/pause")
    assert "Paused" in paused.text
    assert "None while paused" in paused.text
    resumed = alice.send(paused, f"{job.path}/resume")
    assert "Scheduled" in resumed.text
    assert "2040-01-01 06:00 UTC" in resumed.text


def test_a_job_past_its_end_says_so_until_the_end_is_moved(alice: Visitor, job: Page) -> None:
    from chalicelib.core import clock
    from chalicelib.jobs import due
    from chalicelib.jobs.models import Job

    Job(job.path.split("/")[-1]).update([*due.next_look_changes(None), Job.expired_at.set(clock.now())])
    page = alice.get(job.path)
    assert "Expired" in page.text
    assert "None: its end date has passed" in page.text
    assert not page.has_form(f"{job.path}/pause")
    refused = alice.post(f"{job.path}/resume", job.fields(f"{job.path}/pause"))
    assert refused.status == 409
    assert "Edit the job and choose an end date in the future." in refused.text
    back = alice.send(alice.get(f"{job.path}/edit"), f"{job.path}/edit", end_date="2041-01-01T00:00")
    assert "Scheduled" in back.text
    assert "2040-01-01 06:00 UTC" in back.text


def test_the_identifier_is_fixed_while_all_else_can_be_edited(alice: Visitor, job: Page) -> None:
    form = alice.get(f"{job.path}/edit")
    fields = form.fields(f"{job.path}/edit")
    assert "identifier" not in fields
    assert (fields["start_date"], fields["schedule"], fields["description"]) == (
        "2040-01-01T06:00", "daily", "Counts what there is.",
    )  # fmt: skip
    edited = alice.send(
        form, f"{job.path}/edit", description="New words.", schedule="weekly", timezone="America/New_York", size="2",
        end_date="2040-06-01T00:00", parameters='{"days": 7}',
    )  # fmt: skip
    assert edited.status == 200
    assert "Every Sunday at 06:00 America/New_York time" in edited.text
    for shown in ("New words.", "2 workers", "2040-01-01 11:00 UTC", '{"days": 7}', "2040-06-01 04:00 UTC"):
        assert shown in edited.text
    emptied = alice.send(alice.get(f"{job.path}/edit"), f"{job.path}/edit", end_date="", parameters="")
    assert "Ends Never" in emptied.text
    assert "Parameters" not in emptied.text
    assert "New words." in emptied.text


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"description": ""}, "description", "This field is required."),
        ({"start_date": "2020-01-01T06:00"}, "start_date", "The start date can only be moved to the future."),
        ({"end_date": "2039-01-01T06:00"}, "end_date", "The end date must be after the start date."),
        (
            {"schedule": "cron", "cron": "0 5 2 1 *", "end_date": "2040-01-02T05:00"},
            "end_date",
            "The first run would be on",
        ),
        ({"size": "31"}, "size", "Choose a whole number of workers from 1 to 30."),
        ({"schedule": "cron", "cron": "nonsense"}, "cron", "nor a cron expression"),
        ({"schedule": "cron", "cron": ""}, "cron", "This field is required."),
    ],
)
def test_what_cannot_be_edited_so_is_refused_at_its_field(
    alice: Visitor, job: Page, changes: dict[str, str], field: str, sentence: str
) -> None:
    page = alice.send(alice.get(f"{job.path}/edit"), f"{job.path}/edit", **changes)
    assert page.status == 422
    assert sentence in page.error(field)
    assert {name: page.fields(f"{job.path}/edit")[name] for name in changes} == changes
    assert "Counts what there is." in alice.get(job.path).text


def test_an_untouched_form_changes_nothing(alice: Visitor) -> None:
    from chalicelib.jobs.models import Job

    page = fill(
        alice,
        description="Two\r\nlines",
        schedule="cron",
        cron="30 6 * * *",
        timezone="Asia/Kolkata",
        parameters='{"b": [1]}',
    )
    before = Job.get(page.path.split("/")[-1], consistent_read=True)
    alice.send(alice.get(f"{page.path}/edit"), f"{page.path}/edit")
    after = Job.get(before.id, consistent_read=True)
    untouched = {name: value for name, value in before.attribute_values.items() if name != "modified_at"}
    assert untouched == {name: value for name, value in after.attribute_values.items() if name != "modified_at"}


def test_the_notebook_is_replaced_only_when_a_file_is_chosen(alice: Visitor, job: Page) -> None:
    other = json.loads(json.dumps(TINY))
    other["cells"][0]["source"] = ["total = 6 * 7\n", "total"]
    page = alice.send(alice.get(f"{job.path}/edit"), f"{job.path}/edit", ("other.ipynb", json.dumps(other).encode()))
    assert "other.ipynb" in page.text
    assert "total = 6 * 7" in page.text
    alice.send(alice.get(f"{job.path}/edit"), f"{job.path}/edit", description="Only words.")
    assert "other.ipynb" in alice.get(job.path).text
    refused = alice.send(alice.get(f"{job.path}/edit"), f"{job.path}/edit", ("x.ipynb", b"no"))
    assert "x.ipynb is not a Jupyter notebook" in refused.error("notebook")


def test_the_notebook_can_be_downloaded(alice: Visitor, job: Page) -> None:
    answer = alice.get(f"{job.path}/download", follow=False)
    assert answer.status == 303
    file = urllib3.request("GET", answer.headers["Location"], timeout=HTTP_TIMEOUT)
    assert file.data == NOTEBOOK[1]
    assert 'filename="tiny.ipynb"' in file.headers["Content-Disposition"]


def test_deleting_asks_first_and_frees_the_name(alice: Visitor, job: Page) -> None:
    confirmation = alice.get(f"{job.path}/delete")
    assert "Delete this job?" in confirmation.text
    assert alice.get(job.path).status == 200, "asking deletes nothing"
    assert alice.send(confirmation, f"{job.path}/delete").path == "/"
    assert alice.get(job.path).status == 404
    assert fill(alice, identifier=job.heading).status == 200


@pytest.mark.parametrize("page", ["", "/edit", "/delete", "/download", "?tab=runs"])
def test_others_see_nothing_of_it(bob: Visitor, job: Page, page: str) -> None:
    mine, missing = bob.get(job.path + page), bob.get(f"/jobs/j-missing{page}")
    assert (mine.status, missing.status) == (404, 404)
    assert mine.text == missing.text


@pytest.mark.parametrize("action", ["edit", "delete", "run", "pause", "resume"])
def test_others_can_do_nothing_to_it(alice: Visitor, bob: Visitor, job: Page, action: str) -> None:
    own = bob.get("/jobs/new").fields("/jobs/new")
    assert bob.post(f"{job.path}/{action}", {"csrf_token": own["csrf_token"]}).status == 404
    assert "Scheduled" in alice.get(job.path).text


def test_maintainers_see_whose_it_is(cloud: LocalCloud, alice: Visitor, job: Page) -> None:
    page = signed_in(cloud, fresh("mina"), "job-maintainers").get(job.path)
    assert page.status == 200
    assert f"Spark job of {alice.name}" in page.text


def test_a_jobs_page_says_when_it_was_changed_last(alice: Visitor, job: Page) -> None:
    before = alice.get(job.path).headers["X-ATMO-Modified-Date"]
    after = alice.send(job, f"{job.path}/pause").headers["X-ATMO-Modified-Date"]
    assert before < after


def test_a_job_is_snoozed_in_its_zone_and_woken_again(alice: Visitor, job: Page) -> None:
    from chalicelib.core import clock

    path, year = f"{job.path}/snooze", clock.now().year + 1
    refused = alice.send(job, path, until="2020-01-01T06:00")
    assert refused.status == 422
    assert "in the future" in refused.error("until")
    assert 'value="2020-01-01T06:00"' in refused.html
    month = f"{(clock.now().month + 5) % 12 + 1:02}"
    moment = f"{year if int(month) <= clock.now().month else year - 1}-{month}-01T06:00"
    snoozed = alice.send(refused, path, until=moment)
    assert snoozed.status == 200
    assert "Snoozed until" in snoozed.text
    woken = alice.send(snoozed, f"{job.path}/resume")
    assert "Snoozed" not in woken.text


def test_policies_are_chosen_on_the_form_and_told_on_the_page(alice: Visitor, job: Page) -> None:
    edited = alice.send(
        alice.get(f"{job.path}/edit"), f"{job.path}/edit", misfire="all", lateness_limit="48", overlap="queue"
    )
    assert "Every missed run is made up for, one after the other, unless it is more than 48 hours late." in edited.text
    assert "waits for it to end; up to 10 can wait" in edited.text
    refused = alice.send(alice.get(f"{job.path}/edit"), f"{job.path}/edit", lateness_limit="169")
    assert "1 to 168" in refused.error("lateness_limit")


def test_a_freeze_is_told_on_every_page_and_refuses_a_run(alice: Visitor, job: Page) -> None:
    with site_settings(frozen=True, freeze_reason="We move house."):
        assert "atmo is frozen: We move house." in alice.get("/").text
        refused = alice.send(job, f"{job.path}/run")
    assert refused.status == 409
    assert "We move house" in refused.text
    assert "frozen" not in alice.get("/").text
