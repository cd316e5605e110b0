"""A folder of jobs and the portal's jobs: what would be done. Pure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from atmo import plan
from atmo.errors import UsageError
from atmo.job_files import JobFile, read_folder
from atmo.plan import Existing
from hypothesis import given
from hypothesis import strategies as st

KNOWN = {"identifier", "description", "notebook", "size", "timezone", "start_date", "end_date", "parameters", "retries"}
DEFAULTS: dict[str, Any] = {"timezone": "UTC", "start_date": None, "end_date": None, "parameters": {}, "retries": 0}
RECORD: dict[str, Any] = {
    "id": "j-1", "identifier": "a", "description": "x", "size": 1, "timezone": "Europe/Berlin", "retries": 2,
    "parameters": {"n": 1}, "start_date": "2027-01-01T05:00:00.000000Z", "end_date": None,
    "notebook": {"name": "a.ipynb", "number": 3},
}  # fmt: skip
AS_IT_IS: dict[str, Any] = {
    "description": "x",
    "size": 1,
    "timezone": "Europe/Berlin",
    "retries": 2,
    "parameters": {"n": 1},
}


def job(content: bytes = b"{}", notebook: str = "a.ipynb", **fields: Any) -> JobFile:
    return JobFile(Path("a.toml"), "a", fields, notebook, content)


def changed(desired: JobFile, record: dict[str, Any] = RECORD) -> dict[str, tuple[Any, Any]] | None:
    """The fields that differ; None when there is nothing to do."""
    todo, _ = plan.changes([desired], {"a": Existing(record, '"e"', b"{}")}, DEFAULTS)
    return todo[0].fields if todo else None


def test_a_job_as_its_file_says_is_left_alone() -> None:
    assert changed(job(**AS_IT_IS)) is None


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"size": 2}, {"size": (1, 2)}),
        ({"start_date": "2027-01-01T06:00:00"}, None),  # the same moment on Berlin's clocks
        ({"start_date": "2027-01-01T05:00:30Z"}, None),  # within the same minute
        (
            {"start_date": "2027-01-01T06:00:00Z"},
            {"start_date": ("2027-01-01T05:00:00.000000Z", "2027-01-01T06:00:00Z")},
        ),
        ({"end_date": "2028-01-01T00:00:00Z"}, {"end_date": (None, "2028-01-01T00:00:00Z")}),
    ],
)
def test_what_differs(changes: dict[str, Any], fields: dict[str, Any] | None) -> None:
    assert changed(job(**AS_IT_IS | changes)) == fields


def test_what_the_file_leaves_out_has_the_default_again() -> None:
    fields = {name: value for name, value in AS_IT_IS.items() if name not in ("retries", "parameters")}
    assert changed(job(**fields)) == {"retries": (2, 0), "parameters": ({"n": 1}, {})}


@pytest.mark.parametrize(("content", "notebook"), [(b'{"cells": []}', "a.ipynb"), (b"{}", "b.ipynb")])
def test_a_notebook_with_other_content_or_another_name_is_handed_over(content: bytes, notebook: str) -> None:
    todo, _ = plan.changes([job(content, notebook, **AS_IT_IS)], {"a": Existing(RECORD, "", b"{}")}, DEFAULTS)
    assert (todo[0].fields, todo[0].is_new_notebook) == ({}, True)
    assert plan.body_of(todo[0], {"name": notebook}) == {"notebook": {"name": notebook}}


def test_a_new_job_is_sent_with_what_its_file_says_and_nothing_else() -> None:
    todo, unchanged = plan.changes([job(size=1)], {}, DEFAULTS)
    assert plan.body_of(todo[0], {"name": "a.ipynb"}) == {"identifier": "a", "size": 1, "notebook": {"name": "a.ipynb"}}
    assert (plan.lines(todo, unchanged)[-1], unchanged) == ("1 to create, 0 to change, 0 unchanged.", [])


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "size": st.integers(1, 9),
            "retries": st.integers(0, 3),
            "timezone": st.sampled_from(["UTC", "Asia/Tokyo"]),
        },
    )
)
def test_once_applied_nothing_is_left_to_do(fields: dict[str, Any]) -> None:
    texts: dict[str, Any] = {"description": "x", "size": 1}
    desired = job(**texts | fields)
    applied = RECORD | {name: after for name, (_, after) in (changed(desired) or {}).items()}
    assert changed(desired, applied) is None


class TestFolder:
    """Job files that cannot be read are all named, and nothing is sent."""

    def write(self, folder: Path, name: str, text: str) -> None:
        (folder / "n.ipynb").write_text("{}")
        (folder / name).write_text(text)

    def test_what_is_read(self, tmp_path: Path) -> None:
        self.write(
            tmp_path,
            "daily.toml",
            'notebook = "n.ipynb"\nsize = 2\nstart_date = 2027-01-01T06:00:00\n[parameters]\nn = 1',
        )
        (job,) = read_folder(tmp_path, KNOWN)
        assert (job.identifier, job.notebook, job.content) == ("daily", "n.ipynb", b"{}")
        assert job.fields == {"size": 2, "start_date": "2027-01-01T06:00:00", "parameters": {"n": 1}}

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("size = ", "Invalid value"),
            ('notebook = "n.ipynb"\ncolour = 1', "there is no field colour"),
            ("size = 1", "name the notebook's file"),
            ('notebook = "none.ipynb"', "cannot be read: No such file"),
        ],
    )
    def test_what_is_wrong(self, tmp_path: Path, text: str, sentence: str) -> None:
        self.write(tmp_path, "a.toml", text)
        with pytest.raises(UsageError, match=sentence):
            read_folder(tmp_path, KNOWN)

    def test_all_that_is_wrong_is_said_at_once(self, tmp_path: Path) -> None:
        self.write(tmp_path, "a.toml", "size = 1")
        self.write(tmp_path, "b.toml", 'notebook = "n.ipynb"\nidentifier = "same"')
        self.write(tmp_path, "c.toml", 'notebook = "n.ipynb"\nidentifier = "same"')
        with pytest.raises(UsageError) as caught:
            read_folder(tmp_path, KNOWN)
        assert str(caught.value).count("\n") == 1
        assert "has the identifier same already" in str(caught.value)

    def test_a_folder_without_jobs(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="no job files"):
            read_folder(tmp_path, KNOWN)
        with pytest.raises(UsageError, match="is not a folder"):
            read_folder(tmp_path / "none", KNOWN)


def test_a_job_comes_after_the_one_that_it_starts_after() -> None:
    def named(name: str, after: str | None) -> JobFile:
        return JobFile(Path(f"{name}.toml"), name, {"after": after} if after else {}, "n.ipynb", b"{}")

    folder = [named("a", "c"), named("b", "b"), named("c", "d"), named("d", None), named("e", "elsewhere")]
    todo, _ = plan.changes(folder, {}, {})
    assert [change.job.identifier for change in todo] == ["d", "c", "a", "b", "e"]
