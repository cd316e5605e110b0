"""Cloning, exporting and importing jobs in the browser."""

from __future__ import annotations

import json

import urllib3

from localaws.cloud import LocalCloud
from tests.support.http import HTTP_TIMEOUT
from tests.support.people import fresh, signed_in
from tests.support.uploads import notebook
from tests.support.visitor import Page, Visitor


def made(person: Visitor) -> Page:
    typed = {"identifier": fresh("flights"), "description": "Counts.", "start_date": "2040-01-01T06:00", "size": "4"}
    return person.send(person.get("/jobs/new"), "/jobs/new", ("a.ipynb", notebook("a = 1")), **typed)


def send(person: Visitor, content: bytes, **typed: str) -> Page:
    return person.send(person.get("/jobs/import"), "/jobs/import", ("jobs.json", content), **typed)


def test_a_job_is_cloned_with_its_notebook(cloud: LocalCloud) -> None:
    person = signed_in(cloud, fresh("clara"))
    job = made(person)
    clone = person.get(f"/jobs/new?clone={job.path.rpartition('/')[2]}")
    assert "a.ipynb will be copied from the job you are cloning" in clone.text
    fields = clone.fields("/jobs/new")
    assert (fields["identifier"], fields["size"], fields["description"]) == (f"{job.heading}-copy", "4", "Counts.")
    refused = person.send(clone, "/jobs/new", size="0")
    assert "a.ipynb will be copied from the job you are cloning" in refused.text
    page = person.send(refused, "/jobs/new", size="5")
    assert page.status == 200
    assert page.heading == f"{job.heading}-copy"
    url = person.get(f"{page.path}/download", follow=False).headers["Location"]
    assert urllib3.request("GET", url, timeout=HTTP_TIMEOUT).data == notebook("a = 1")
    assert signed_in(cloud, fresh("eve")).get(f"/jobs/new?clone={job.path.rpartition('/')[2]}").status == 404


def test_a_job_goes_out_and_comes_in(cloud: LocalCloud) -> None:
    person = signed_in(cloud, fresh("ivan"))
    job = made(person)
    assert {f"{job.path}/export", f"{job.path}/export?notebook=no"} <= set(job.addresses())
    file = person.get(f"{job.path}/export")
    assert file.headers["Content-Disposition"] == f'attachment; filename="{job.heading}.atmo.json"'
    refused = send(person, file.html.encode())
    assert refused.status == 422
    assert f"Job 1 ({job.heading}), identifier: There is already a job named {job.heading}." in refused.text
    again = send(person, file.html.encode(), identifier=f"{job.heading}-again")
    assert again.heading == f"{job.heading}-again"
    assert "4 workers" in again.text


def test_what_is_wrong_with_a_file_is_said_in_words(cloud: LocalCloud) -> None:
    person = signed_in(cloud, fresh("ivan"))
    form = person.get("/jobs/import")
    assert "/jobs/import" in person.get("/jobs/new").addresses()
    assert "Choose a file." in person.send(form, "/jobs/import").text
    two = json.dumps({"format": "atmo-jobs", "version": 1, "jobs": [{"identifier": "a"}, {}]}).encode()
    for content, sentence in (
        (b"words", "jobs.json is not JSON."),
        (b"[]", "jobs.json is not a job file."),
        (b"{}", "This field is required."),
        (two, "Job 1 (a), description: This field is required."),
    ):
        page = send(person, content)
        assert page.status == 422
        assert sentence in page.text
    page = send(person, two, identifier="typed-name")
    assert "to a file with one job" in page.text
    assert page.fields("/jobs/import")["identifier"] == "typed-name"
