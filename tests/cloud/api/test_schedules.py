"""What a job's form asks while it is filled in; and an earlier notebook that is brought back."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode
from uuid import uuid4

from tests.support.http import TINY, Api
from tests.support.visitor import Visitor


def test_the_next_slots_of_a_schedule(somebody: Api) -> None:
    """The spring change of the clocks included: the wall time stays, the moment moves."""
    query = {"schedule": "0 6 * * *", "timezone": "Europe/Berlin", "start_date": "2040-03-24T00:00:00"}
    items = somebody("GET", f"/schedules/preview?{urlencode(query)}").body["items"]
    assert [(item["at"], item["local"]) for item in items[:3]] == [
        ("2040-03-24T05:00:00.000000Z", "2040-03-24T06:00"), ("2040-03-25T04:00:00.000000Z", "2040-03-25T06:00"),
        ("2040-03-26T04:00:00.000000Z", "2040-03-26T06:00"),
    ]  # fmt: skip


def test_a_schedule_that_is_none(somebody: Api) -> None:
    for text, field in (
        ("schedule=99+*+*+*+*", "schedule"),
        ("", "schedule"),
        ("schedule=daily&timezone=Mars", "timezone"),
    ):
        answer = somebody("GET", f"/schedules/preview?{text}")
        assert (answer.status, answer.body["errors"][0]["field"]) == (422, field)


def test_whether_a_name_is_free(somebody: Api) -> None:
    name = f"free-{uuid4().hex[:8]}"
    path = f"/schedules/available?identifier={name}"
    assert somebody("GET", path).body == {"identifier": name, "available": True}
    somebody.schedule(name)
    assert somebody("GET", path).body["available"] is False
    assert somebody("GET", "/schedules/available?identifier=no%20name").status == 422


def test_an_earlier_notebook_is_brought_back(somebody: Api, signed_in: Callable[..., Visitor]) -> None:
    job = somebody.schedule(f"again-{uuid4().hex[:8]}")["id"]
    other = TINY | {"metadata": {"title": "another"}}
    somebody("PATCH", f"/jobs/{job}", {"notebook": {"name": "other.ipynb", "content": other}})
    back = somebody("POST", f"/jobs/{job}/notebooks/1/restore")
    assert (back.status, back.body["notebook"]["number"], back.body["notebook"]["name"]) == (200, 3, "tiny.ipynb")
    assert somebody("POST", f"/jobs/{job}/notebooks/3/restore").status == 409
    assert somebody("POST", f"/jobs/{job}/notebooks/9/restore").status == 404
    assert somebody("GET", f"/jobs/{job}/notebooks/1/compare/3").body["cells"] == []
    visitor = signed_in(somebody("GET", "/me").body["username"])
    visitor.send(visitor.get(f"/jobs/{job}?tab=notebook"), "/notebooks/2/restore")
    assert somebody("GET", f"/jobs/{job}").body["notebook"]["name"] == "other.ipynb"
