"""Zeppelin notes through the front door, on the embedded cloud, which has no Zeppelin."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.cloud.runs.test_runs import OVER, result, start
from tests.support.http import Api, reaches

FLIGHTS = Path(__file__).parents[3] / "notebooks" / "flights.json"


def scheduled(api: Api, content: Any, name: str = "note.zpln") -> Any:
    return api.schedule(f"note-{uuid4().hex[:8]}", notebook={"name": name, "content": content})


def note(*texts: str) -> dict[str, Any]:
    return {"paragraphs": [{"text": text} for text in texts], "name": "a note", "id": "2N"}


def test_the_example_note_runs_and_its_results_are_shown(somebody: Api) -> None:
    job = scheduled(somebody, FLIGHTS.read_text(), "flights.json")
    path = start(somebody, job, parameters={"top": 4})
    run = reaches(somebody, path, *OVER, seconds=240)
    assert (run["status"], run["status_reason"]) == ("SUCCEEDED", "")
    table = json.loads(result(somebody, path, "notebook.json"))["paragraphs"][2]["results"]["msg"][0]
    assert table["type"] == "TABLE"
    assert [row.split("\t")[:2] for row in table["data"].splitlines()][:2] == [["carrier", "flights"], ["UA", "58665"]]
    assert len(table["data"].splitlines()) == 1 + 4
    assert b"<td>UA</td><td>58665</td>" in result(somebody, path, "notebook.html")
    assert result(somebody, path, "files/carriers.csv").startswith(b"carrier,flights\nUA,58665\n")
    assert b"SUCCEEDED" in result(somebody, path, "run.log")


def test_a_failing_paragraph_is_named(somebody: Api) -> None:
    job = scheduled(somebody, note("%md\n# Words", "", "%pyspark\nprint('before')\nraise ValueError('no reading')"))
    path = start(somebody, job)
    run = reaches(somebody, path, *OVER, seconds=90)
    assert (run["status"], run["failed_cell"]) == ("FAILED", 3)
    assert run["status_reason"] == "Paragraph 3 raised ValueError: no reading"
    assert "before" in str(json.loads(result(somebody, path, "notebook.json"))["paragraphs"][2]["results"])


def test_scala_is_refused_where_there_is_no_zeppelin_and_nothing_runs(somebody: Api) -> None:
    job = scheduled(somebody, note("%sh\ntouch ran", "%spark\nval x = 1"))
    path = start(somebody, job)
    run = reaches(somebody, path, *OVER, seconds=90)
    assert run["status"] == "FAILED"
    assert run["status_reason"].startswith(
        "Paragraph 2 is %spark (Scala), which needs Zeppelin, and there is no Zeppelin here. Nothing was run."
    )
    assert {file["name"] for file in somebody("GET", f"{path}/results").body["items"]} == {"outcome.json", "run.log"}


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("note.json", {"cells": []}, "note.json is not a Zeppelin note"),
        ("note.zpln", {"paragraphs": [{"text": 7}]}, "note.zpln is not a Zeppelin note"),
        ("note.txt", note("%md\nx"), "note.txt is no notebook"),
        ("note.ipynb", note("%md\nx"), "note.ipynb is not a Jupyter notebook"),
    ],
)
def test_what_is_no_note_is_refused(somebody: Api, name: str, content: Any, sentence: str) -> None:
    job = scheduled(somebody, note("%md\nx"))
    answer = somebody("PATCH", f"/jobs/{job['id']}", {"notebook": {"name": name, "content": content}})
    assert answer.status == 422
    assert sentence in str(answer.body["errors"])
