"""Jobs as files: what goes out comes in again, and what cannot come in is refused in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
import urllib3
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.fields import read
from chalicelib.import_export import job_file as exchange
from chalicelib.import_export.job_file import ImportedJob, JobsFile
from chalicelib.jobs.forms import NewJob
from chalicelib.jobs.models import Job
from tests.support.http import HTTP_TIMEOUT, Api
from tests.support.uploads import notebook, uploaded

MOMENTS = st.integers(1_000_000_000, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
NAMES = st.text("abcxyz", min_size=1, max_size=9).filter(lambda name: name not in ("as", "in", "is", "if", "or"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9999, 9999) | st.text('aé\n"', max_size=5), st.lists, max_leaves=4
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "identifier": st.from_regex(r"[a-z0-9-]{1,100}", fullmatch=True),
    "description": st.text("aé<&\n ", min_size=1, max_size=50).filter(lambda text: text.strip() == text),
    "result_visibility": st.sampled_from(["private", "public"]),
    "size": st.integers(1, 30),
    "schedule": st.sampled_from(["daily", "weekly", "monthly", "0 6 * * 1-5"]),
    "after": st.none() | st.from_regex(r"[a-z0-9-]{1,100}", fullmatch=True),
    "after_outcome": st.sampled_from(["success", "end"]),
    "on_arrival": st.none() | st.just("s3://bucket/in coming/"),
    "quiet_minutes": st.integers(1, 240),
    "timezone": st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata"]),
    "job_timeout": st.integers(1, 24),
    "misfire": st.sampled_from(["latest", "all", "skip"]),
    "lateness_limit": st.integers(1, 168),
    "overlap": st.sampled_from(["skip", "queue", "allow"]),
    "promised_by": st.none() | st.sampled_from(["00:00", "09:05", "23:59"]),
    "retries": st.integers(0, 3),
    "retry_delay": st.integers(1, 240),
    "pause_after": st.integers(0, 20),
    "start_date": MOMENTS,
    "end_date": st.none() | MOMENTS,
    "emr_release": st.sampled_from(["7.10.0", "7.5.0"]),
    "parameters": st.dictionaries(NAMES, JSON, max_size=3),
    "webhook_url": st.none() | st.just("https://example.org/hook?a=b"),
    "is_enabled": st.booleans(),
}
FIELDS = [name for name in ImportedJob.model_fields if name != "notebook"]


def test_every_field_of_the_form_is_tried() -> None:
    assert set(FIELDS) <= set(VALUES), "a new field of the form needs values here"


@given(st.fixed_dictionaries({name: VALUES[name] for name in FIELDS if name in VALUES}), st.text('aé\n"{', max_size=20))
def test_what_is_exported_is_read_as_it_was(values: dict[str, Any], source: str) -> None:
    content = notebook(source)
    job = Job("j-x", notebook_name="a.ipynb", notebook_number=3, **values)
    written = json.loads(json.dumps(exchange.file_of([exchange.entry(job, content)], datetime.now(UTC))))
    (exported,) = read(JobsFile, written).jobs
    assert {name: getattr(exported, name) for name in FIELDS} == values
    assert (exported.notebook.name, exported.notebook.content) == ("a.ipynb", content)
    (without,) = read(JobsFile, exchange.file_of([exchange.entry(job, None)], datetime.now(UTC))).jobs
    assert (without.notebook.job, without.notebook.number) == ("j-x", 3)


CHANGED: dict[str, Any] = {
    "description": "Counts ≤ 7 days.", "result_visibility": "public", "size": 3, "schedule": "0 6 * * 1-5",
    "timezone": "Europe/Berlin", "job_timeout": 7,
    "misfire": "all", "lateness_limit": 48, "overlap": "queue", "promised_by": "09:05",
    "retries": 2, "retry_delay": 9, "pause_after": 3,
    "end_date": "2041-01-01T00:00:00Z", "parameters": {"days": [1, {"é": None}]},
}  # fmt: skip


def everything(record: dict[str, Any]) -> dict[str, Any]:
    """What makes a job the same as another one."""
    return {name: record[name] for name in ImportedJob.model_fields if name in record and name != "notebook"}


@pytest.mark.parametrize("how", ["", "?notebook=no"])
def test_a_job_that_was_exported_comes_back_equal(somebody: Api, how: str) -> None:
    made = somebody.schedule(f"job-{uuid4().hex[:8]}", **CHANGED)
    somebody("POST", f"/jobs/{made['id']}/pause")
    before = somebody("GET", f"/jobs/{made['id']}").body
    file = somebody("GET", f"/jobs/{made['id']}/export{how}").body
    assert "content" in file["jobs"][0]["notebook"] or how
    file["jobs"][0]["identifier"] += "-again"
    answer = somebody("POST", "/jobs/import", file)
    assert answer.status == 201, answer.body
    (after,) = answer.body["items"]
    assert everything(after) == everything(before) | {"identifier": before["identifier"] + "-again"}
    assert set(NewJob.model_fields) - {"notebook"} <= {*everything(after), "webhook_url"}
    assert after["is_enabled"] is False
    assert after["next_run_at"] is None
    urls = [somebody("GET", f"/jobs/{job['id']}/notebooks/1").body["url"] for job in (before, after)]
    first, second = (urllib3.request("GET", url, timeout=HTTP_TIMEOUT).data for url in urls)
    assert first == second


def test_a_repeated_import_makes_nothing_twice(somebody: Api) -> None:
    file = somebody("GET", f"/jobs/{somebody.schedule(f'job-{uuid4().hex[:8]}')['id']}/export").body
    file["jobs"] = [file["jobs"][0] | {"identifier": f"job-{uuid4().hex[:8]}"} for _ in range(3)]
    first, second = (somebody("POST", "/jobs/import", file, Idempotency_Key="once") for _ in range(2))
    assert first.status == second.status == 201
    assert [job["id"] for job in first.body["items"]] == [job["id"] for job in second.body["items"]]
    assert len(somebody("GET", "/jobs").body["items"]) == 4


def test_nothing_is_made_when_one_job_is_refused(somebody: Api, api: Callable[[str], Api]) -> None:
    mine = somebody.schedule(f"job-{uuid4().hex[:8]}")
    (right,) = somebody("GET", f"/jobs/{mine['id']}/export").body["jobs"]
    new = f"job-{uuid4().hex[:8]}"
    stranger = api(f"stranger-{uuid4().hex[:6]}")
    wrong = [
        right | {"identifier": new},
        right,
        right | {"identifier": new},
        right | {"identifier": f"{new}-a", "emr_release": "1.0.0", "notebook": {"name": "a.ipynb", "content": "words"}},
        right | {"identifier": f"{new}-b", "notebook": {"name": "a.ipynb", "job": mine["id"]}},
    ]
    doubled = stranger("POST", "/jobs/import", {"format": "atmo-jobs", "version": 1, "jobs": wrong})
    assert [error["field"] for error in doubled.body["errors"]] == ["jobs.2.identifier"]
    del wrong[2]
    refused = stranger("POST", "/jobs/import", {"format": "atmo-jobs", "version": 1, "jobs": wrong})
    assert refused.status == 422
    assert [error["field"] for error in refused.body["errors"]] == [
        "jobs.1.identifier", "jobs.2.emr_release", "jobs.2.notebook", "jobs.3.notebook",
    ]  # fmt: skip
    assert stranger("GET", "/jobs").body["items"] == []


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"format": "zip"}, "format", "its format is not atmo-jobs"),
        ({"version": 2}, "version", "Only files of version 1 can be imported"),
        ({"jobs": []}, "jobs", "Give a list of 1 to 50 jobs."),
        ({"jobs": [{}]}, "jobs.0.identifier", "This field is required."),
        ({"jobs": [7]}, "jobs.0", "Send a JSON object"),
        ({"more": 1}, "more", "There is no such field."),
    ],
)
def test_what_is_no_file_of_jobs_is_refused(somebody: Api, changes: dict[str, Any], field: str, sentence: str) -> None:
    answer = somebody("POST", "/jobs/import", {"format": "atmo-jobs", "version": 1, "jobs": []} | changes)
    assert answer.status == 422
    assert sentence in {error["field"]: error["message"] for error in answer.body["errors"]}[field]


def test_a_notebook_too_large_for_a_file_is_left_out(somebody: Api) -> None:
    upload = uploaded(somebody, notebook("1", padding=4_100_000))
    made = somebody.schedule(f"job-{uuid4().hex[:8]}", notebook={"name": "large.ipynb", "upload": upload})
    refused = somebody("GET", f"/jobs/{made['id']}/export")
    assert refused.status == 409
    assert "large.ipynb is too large for a file of up to 4 MB." in refused.body["detail"]
    assert somebody("GET", f"/jobs/{made['id']}/export?notebook=no").status == 200


def test_others_cannot_export(somebody: Api, api: Callable[[str], Api]) -> None:
    made = somebody.schedule(f"job-{uuid4().hex[:8]}")
    assert api(f"stranger-{uuid4().hex[:6]}")("GET", f"/jobs/{made['id']}/export").status == 404
