"""Large notebooks go to S3 by themselves, and count once they were checked."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
import urllib3

from localaws.cloud import LocalCloud
from tests.support.http import HTTP_TIMEOUT, RELEASE, Api
from tests.support.uploads import notebook, send, ticket, uploaded


def job(person: Api, notebook: dict[str, Any], status: int = 201) -> Any:
    """Try to schedule a job with this notebook; returns the answer's body."""
    body = {
        "identifier": f"job-{uuid4().hex[:8]}", "description": "a test", "notebook": notebook, "size": 1,
        "schedule": "daily", "start_date": "2040-01-01T06:00:00Z", "emr_release": RELEASE,
    }  # fmt: skip
    answer = person("POST", "/jobs", body)
    assert answer.status == status, answer.body
    return answer.body


def content_of(person: Api, job_id: str, number: int = 1) -> bytes:
    url = person("GET", f"/jobs/{job_id}/notebooks/{number}").body["url"]
    return urllib3.request("GET", url, timeout=HTTP_TIMEOUT).data


def test_a_notebook_beyond_the_size_of_a_request_is_uploaded_and_used(somebody: Api) -> None:
    large = notebook("print('large')", padding=12_000_000)
    made = job(somebody, {"name": "large.ipynb", "upload": uploaded(somebody, large)})
    assert made["notebook"]["name"] == "large.ipynb"
    assert content_of(somebody, made["id"]) == large
    (version,) = somebody("GET", f"/jobs/{made['id']}/notebooks").body["items"]
    assert (version["number"], version["size"], version["name"]) == (1, len(large), "large.ipynb")


def test_an_upload_is_checked_before_it_counts(somebody: Api) -> None:
    upload = uploaded(somebody, b"words")
    refused = job(somebody, {"name": "large.ipynb", "upload": upload}, 422)
    assert refused["errors"][0]["field"] == "notebook"
    assert "is not a Jupyter notebook" in refused["detail"]
    assert "ends in .ipynb" in job(somebody, {"name": "large.txt", "upload": upload}, 422)["detail"]


def test_nobody_else_can_use_it(somebody: Api, api: Any) -> None:
    upload = uploaded(somebody, notebook("1"))
    thief = api(f"thief-{uuid4().hex[:6]}")
    assert "There is no such upload." in job(thief, {"name": "a.ipynb", "upload": upload}, 422)["detail"]
    for unknown in ("u-nothing", "../jobs/x", "u-aaaaaaaaaaaaaaaa"):
        assert "There is no such upload." in job(somebody, {"name": "a.ipynb", "upload": unknown}, 422)["detail"]


@pytest.mark.parametrize(
    ("body", "field", "sentence"),
    [
        ({"name": "a.ipynb", "size": 50_000_001}, "size", "up to 50 MB are accepted. Clear its outputs"),
        ({"name": "a.ipynb", "size": 0}, "size", "a.ipynb is empty."),
        ({"name": "a.ipynb", "size": "many"}, "size", "whole number of bytes"),
        ({"name": "a.txt", "size": 5}, "name", "ends in .ipynb"),
        ({"name": "a/b.ipynb", "size": 5}, "name", "without slashes"),
        ({"size": 5}, "name", "This field is required."),
    ],
)
def test_what_cannot_become_a_notebook_is_refused_before_it_is_sent(
    somebody: Api, body: dict[str, Any], field: str, sentence: str
) -> None:
    answer = somebody("POST", "/uploads", body)
    assert answer.status == 422
    assert answer.body["errors"][0]["field"] == field
    assert sentence in answer.body["detail"]


def test_s3_takes_no_more_than_was_announced(somebody: Api) -> None:
    upload = ticket(somebody, "a.ipynb", 10)
    assert send(upload, b"x" * 11) == 400
    assert "There is no such upload." in job(somebody, {"name": "a.ipynb", "upload": upload["id"]}, 422)["detail"]
    assert send(upload, b"x" * 10) == 204


def test_s3_takes_the_announced_place_only(somebody: Api) -> None:
    upload = ticket(somebody, "a.ipynb", 10)
    elsewhere = {**upload, "fields": upload["fields"] | {"key": "jobs/j-somebody/else.ipynb"}}
    assert send(elsewhere, b"x") == 403


def test_browsers_may_post_from_the_portal_only(cloud: LocalCloud, somebody: Api) -> None:
    url = ticket(somebody, "a.ipynb", 10)["url"]

    def allowed(origin: str) -> str | None:
        headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        return urllib3.request("OPTIONS", url, headers=headers, timeout=HTTP_TIMEOUT).headers.get(
            "access-control-allow-origin"
        )

    assert allowed(cloud.portal_url) == cloud.portal_url
    assert allowed("https://elsewhere.example") is None


@pytest.mark.parametrize(
    "notebook",
    [
        {"name": "a.ipynb"},
        {"name": "a.ipynb", "upload": "u-a", "job": "j-a"},
        {"name": "a.ipynb", "content": {}, "upload": "u-a"},
    ],
)
def test_a_notebook_comes_from_one_place(somebody: Api, notebook: dict[str, Any]) -> None:
    refused = job(somebody, notebook, 422)
    assert refused["errors"][0]["field"] == "notebook"
    assert "one of content, upload" in refused["detail"]


def test_another_jobs_notebook_can_be_taken(somebody: Api, api: Any) -> None:
    first = job(somebody, {"name": "a.ipynb", "content": notebook("1").decode()})
    second = job(somebody, {"name": "b.ipynb", "job": first["id"]})
    assert content_of(somebody, second["id"]) == notebook("1")
    assert "same ending" in job(somebody, {"name": "b.json", "job": first["id"]}, 422)["detail"]
    assert "There is no notebook" in job(somebody, {"name": "b.ipynb", "job": first["id"], "number": 7}, 422)["detail"]
    stranger = api(f"stranger-{uuid4().hex[:6]}")
    assert "There is no notebook" in job(stranger, {"name": "b.ipynb", "job": first["id"]}, 422)["detail"]
