"""The form for a new job: what it takes, and what it says of what it does not take."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest

from chalicelib.core import clock
from chalicelib.core.controls import controls
from chalicelib.core.limits import LIMITS
from chalicelib.jobs.forms import NewJob
from localaws.cloud import LocalCloud
from tests.support.http import TINY
from tests.support.people import fresh, signed_in
from tests.support.visitor import Page, Visitor

NOTEBOOK = ("tiny.ipynb", json.dumps(TINY).encode())


def fill(person: Visitor, notebook: tuple[str, bytes] | None = NOTEBOOK, /, **changes: str) -> Page:
    """Send the form for a new job with these changes to what is right."""
    right = {"identifier": fresh("job"), "description": "Counts what there is.", "start_date": "2040-01-01T06:00"}
    return person.send(person.get("/jobs/new"), "/jobs/new", notebook, **(right | changes))


def test_the_form_is_filled_with_what_most_people_want(alice: Visitor) -> None:
    fields = alice.get("/jobs/new").fields("/jobs/new")
    expected = {
        "result_visibility": "private",
        "size": "1",
        "schedule": "daily",
        "timezone": "UTC",
        "job_timeout": "24",
    }
    assert {name: fields[name] for name in expected} == expected
    assert fields["emr_release"] == "7.10.0", "the newest stable release"
    start = datetime.fromisoformat(fields["start_date"]).replace(tzinfo=UTC)
    assert (start.minute, start.second) == (0, 0)
    assert 0 < (start - clock.now()).total_seconds() <= 3600, "the next full hour, by the clock of the cloud"


def test_a_job_is_made_and_shown(alice: Visitor) -> None:
    identifier = fresh("flights")
    page = fill(alice, identifier=identifier, schedule="cron", cron="0 6 * * 1-5", timezone="Europe/Berlin",
                parameters='{"top": 3}', end_date="2040-12-31T00:00", size="3")  # fmt: skip
    assert page.status == 200
    assert page.path.startswith("/jobs/j-")
    assert identifier in page.text
    assert "At 06:00 on Monday through Friday, Europe/Berlin time" in page.text
    assert "2040-01-02 05:00 UTC" in page.text, "the next run: the first Monday, 06:00 in Berlin"
    for shown in ('{"top": 3}', "3 workers, EMR 7.10.0", "tiny.ipynb", "Counts what there is.", "Private"):
        assert shown in page.text
    assert "print" in page.text, "the notebook is what is shown of a job that has not run"


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"size": "0"}, "size", "Choose a whole number of workers from 1 to 30."),
        ({"size": "31"}, "size", "Choose a whole number of workers from 1 to 30."),
        ({"job_timeout": "25"}, "job_timeout", "Choose a whole number of hours from 1 to 24."),
        ({"identifier": "Daily-Users"}, "identifier", "lowercase letters, digits and hyphens"),
        ({"identifier": ""}, "identifier", "This field is required."),
        ({"description": " "}, "description", "This field is required."),
        ({"end_date": "2039-12-31T06:00"}, "end_date", "The end date must be after the start date."),
        ({"start_date": "tomorrow"}, "start_date", "Give a date and time"),
        ({"schedule": "cron", "cron": "99 * * * *"}, "cron", "nor a cron expression of five fields"),
        ({"schedule": "cron", "cron": ""}, "cron", "This field is required."),
        ({"schedule": "hourly"}, "schedule", "neither daily, weekly, monthly"),
        ({"timezone": "Mars/Olympus"}, "timezone", "Choose a time zone by its IANA name"),
        ({"emr_release": "1.0.0"}, "emr_release", "EMR release '1.0.0' is not offered. Choose one of: 7.12.0"),
        ({"result_visibility": "secret"}, "result_visibility", "Choose private, public or public-details."),
        ({"parameters": "days=7"}, "parameters", "Give the parameters as a JSON object"),
    ],
)
def test_a_refused_field_says_why_and_keeps_what_was_typed(
    alice: Visitor, changes: dict[str, str], field: str, sentence: str
) -> None:
    page = fill(alice, description=changes.pop("description", "Mine <b>alone</b>"), **changes)
    assert page.status == 422
    assert sentence in page.error(field)
    assert "There is a problem" in page.text
    assert len(re.findall('class="field-error"', page.html)) == 1, "nothing else is marked"
    fields = page.fields("/jobs/new")
    typed = {
        name: value for name, value in changes.items() if name not in ("schedule", "emr_release", "result_visibility")
    }
    assert {name: fields[name] for name in typed} == typed
    assert "your browser did not keep it" in page.text, "the file must be chosen again"


@pytest.mark.parametrize(
    ("notebook", "sentence"),
    [
        (None, "This field is required."),
        (
            ("notes.txt", b"words"),
            "notes.txt is no notebook: a Jupyter notebook's name ends in .ipynb, a Zeppelin note's in",
        ),
        (("notes.ipynb", b"words"), "notes.ipynb is not a Jupyter notebook"),
        (("note.json", b"{}"), "note.json is not a Zeppelin note: it is not JSON with paragraphs."),
        (("note.zpln", b'{"paragraphs": [7]}'), "note.zpln is not a Zeppelin note"),
        (("note.json", NOTEBOOK[1]), "note.json is a Jupyter notebook: give it a name that ends in .ipynb"),
        (("empty.ipynb", b""), "empty.ipynb is empty."),
        (("large.ipynb", b" " * 4_000_001), "up to 4 MB are accepted"),
    ],
)
def test_what_is_no_notebook_is_refused_at_the_file(
    alice: Visitor, notebook: tuple[str, bytes] | None, sentence: str
) -> None:
    page = fill(alice, notebook, size="31")
    assert page.status == 422
    assert sentence in page.error("notebook")
    assert page.error("size"), "and whatever else is wrong, at once"


def test_an_identifier_that_somebody_holds_is_refused(alice: Visitor, bob: Visitor) -> None:
    identifier = fresh("taken")
    assert fill(alice, identifier=identifier).status == 200
    page = fill(bob, identifier=identifier)
    assert page.status == 422
    assert identifier in page.error("identifier")
    assert "taken" in page.error("identifier")


def test_availability_is_told_while_typing(alice: Visitor) -> None:
    identifier = fresh("typed")
    assert f"{identifier} is free." in alice.get(f"/jobs/available?identifier={identifier}").text
    fill(alice, identifier=identifier)
    assert f"{identifier} is taken." in alice.get(f"/jobs/available?identifier={identifier}").text
    assert "Use lowercase letters" in alice.get("/jobs/available?identifier=No%20Way").text
    assert alice.get("/jobs/available?identifier=").text == ""


def test_a_form_sent_twice_makes_one_job(alice: Visitor) -> None:
    form = alice.get("/jobs/new")
    typed = {"identifier": fresh("twice"), "description": "Once.", "start_date": "2040-01-01T06:00"}
    first, second = (alice.send(form, "/jobs/new", NOTEBOOK, **typed) for _ in range(2))
    assert first.path == second.path


def times(page: Page) -> list[str]:
    return page.addresses("datetime")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("schedule=daily&timezone=Europe/Berlin&start_date=2040-03-23T02:30", ["03-23T01:30", "03-24T01:30", "03-25T01:30"]),
        ("schedule=cron&cron=0%206%20*%20*%201-5&start_date=2040-01-01T00:00", ["01-02T06:00", "01-03T06:00", "01-04T06:00"]),
        ("schedule=monthly&start_date=2040-01-31T06:00", ["01-31T06:00", "02-29T06:00", "03-31T06:00"]),
    ],
)  # fmt: skip
def test_the_next_runs_are_shown_while_choosing(alice: Visitor, query: str, expected: list[str]) -> None:
    shown = times(alice.get(f"/jobs/preview?{query}"))
    assert len(shown) == 5
    assert [time[5:16] for time in shown[:3]] == expected


def test_the_preview_says_what_is_missing_or_over(alice: Visitor) -> None:
    assert "cron expression of five fields" in alice.get("/jobs/preview?schedule=cron&cron=0%206").text
    ending = alice.get("/jobs/preview?schedule=daily&start_date=2040-01-01T06:00&end_date=2040-01-03T06:00")
    assert len(times(ending)) == 2
    assert "The job ends after that." in ending.text
    never = alice.get("/jobs/preview?schedule=daily&start_date=2040-01-02T06:00&end_date=2040-01-01T06:00")
    assert "never runs" in never.text


def test_without_a_session_the_form_asks_to_sign_in(cloud: LocalCloud) -> None:
    answer = Visitor(cloud.portal_url).get("/jobs/new", follow=False)
    assert answer.headers["Location"].startswith("/login?next="), "off to the provider, and back here afterwards"
    assert not answer.has_form("/jobs/new")


def test_a_post_without_the_forms_token_is_refused(alice: Visitor) -> None:
    page = alice.post("/jobs/new", {"identifier": fresh("forged")}, {"notebook": NOTEBOOK})
    assert page.status == 403


def test_the_form_says_its_limits_as_the_rules_have_them(alice: Visitor, cloud: LocalCloud) -> None:
    assert 'max="30"' in alice.get("/jobs/new").html
    maintainer = signed_in(cloud, fresh("mina"), "job-maintainers")
    assert 'max="200"' in maintainer.get("/jobs/new").html


def test_the_pages_of_jobs_need_no_inline_script_or_style(alice: Visitor) -> None:
    job = fill(alice)
    for page in (job, alice.get("/jobs/new"), alice.get(f"{job.path}/edit"), alice.get(f"{job.path}/delete")):
        assert not re.search(r"<script(?![^>]* src=)|<style|<[^>]+\s(style|on[a-z]+)=", page.html), page.path


def test_every_field_that_is_declared_has_its_place_on_the_page(alice: Visitor) -> None:
    page = alice.get("/jobs/new")
    for name, control in controls(NewJob).items():
        assert f'name="{name}"' in page.html
        assert control.label in page.text
        assert " ".join(control.help.split()) in page.text


def test_what_is_one_of_a_few_is_a_group_of_buttons(alice: Visitor) -> None:
    page = alice.get("/jobs/new").html
    few = {
        name: control.options for name, control in controls(NewJob).items() if control.options and name != "schedule"
    }
    assert {"retries", "misfire", "overlap", "result_visibility"} <= few.keys()
    for name, offered in few.items():
        for value, _ in offered:
            assert re.search(rf'type="radio" name="{name}"[^>]* value="{value}"', page), (name, value)


def test_the_controls_have_the_limits_of_the_checks(alice: Visitor) -> None:
    page = alice.get("/jobs/new").html
    for name, limits in (
        ("job_timeout", LIMITS.job_timeout),
        ("lateness_limit", LIMITS.lateness),
        ("size", LIMITS.size),
    ):
        field = re.search(rf'name="{name}" type="number"[^>]*', page)
        assert field
        assert {f'min="{limits.low}"', f'max="{limits.high}"', 'step="1"'} <= set(field[0].split())


def test_the_preview_takes_all_that_the_browser_sends_of_the_form(alice: Visitor) -> None:
    part = alice.get("/jobs/new").html.partition('id="timing"')[2].partition("<aside")[0]
    names = dict.fromkeys(re.findall(r'name="(\w+)"', part))
    assert {"schedule", "after", "timezone", "start_date"} <= names.keys()
    query = "&".join(f"{name}={'after' if name == 'schedule' else ''}" for name in names)
    shown = alice.get(f"/jobs/preview?{query}")
    assert (shown.status, "It starts when a run of the other job has ended" in shown.text) == (200, True)
