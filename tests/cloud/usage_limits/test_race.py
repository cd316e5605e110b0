"""A hundred requests at once: through the front door, by real threads, as many pass as there is room for."""

from __future__ import annotations

from collections import Counter
from uuid import uuid4

import pytest

from tests.support.at_once import at_once
from tests.support.http import RELEASE, Answer, Api, until
from tests.support.limits import limited

TIMES = 100
ROOM = 7


def used(somebody: Api) -> dict[str, int]:
    return {one["limit"]: one["used"] for one in somebody("GET", "/limits").body["own"] if one["used"] is not None}


def counted(answers: list[Answer]) -> Counter[tuple[int, str]]:
    return Counter((answer.status, (answer.body or {}).get("limit", "")) for answer in answers)


@pytest.mark.parametrize("limit", ["clusters", "workers"])
def test_a_hundred_launches(somebody: Api, limit: str) -> None:
    key = somebody.add_key()
    body = {"size": 1 if limit == "clusters" else 3, "lifetime": 2, "ssh_key": key, "emr_release": RELEASE}
    with limited(None, **{limit: ROOM if limit == "clusters" else ROOM * 3 + 2}):
        answers = at_once(lambda number: somebody("POST", "/clusters", body), TIMES)
        assert counted(answers) == {(201, ""): ROOM, (409, limit): TIMES - ROOM}
        assert used(somebody)["clusters"] == ROOM
        launched = [answer.body["id"] for answer in answers if answer.status == 201]
        for cluster in launched:
            assert somebody("POST", f"/clusters/{cluster}/terminate").status == 200
        until(lambda: used(somebody)["clusters"] == 0, 60)
        assert used(somebody)["workers"] == 0
        assert somebody("POST", "/clusters", body).status == 201


def test_a_hundred_repetitions_are_one_launch(somebody: Api) -> None:
    """Those that come after it find the limit reached, and get the first one's cluster all the same."""
    body = {"size": 1, "lifetime": 2, "ssh_key": somebody.add_key(), "emr_release": RELEASE}
    with limited(clusters=1):
        answers = at_once(lambda number: somebody("POST", "/clusters", body, Idempotency_Key="the same"), TIMES)
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body["id"] for answer in answers}) == 1
    assert used(somebody)["clusters"] == 1


def test_a_hundred_jobs(somebody: Api) -> None:
    from tests.support.http import TINY

    def make(number: int) -> Answer:
        body = {
            "identifier": f"many-{number}-{uuid4().hex[:8]}", "description": "a test", "size": 1, "schedule": "daily",
            "notebook": {"name": "tiny.ipynb", "content": TINY}, "job_timeout": 1, "start_date": "2040-01-01T06:00:00Z",
            "emr_release": RELEASE,
        }  # fmt: skip
        return somebody("POST", "/jobs", body)

    with limited(jobs=ROOM):
        answers = at_once(make, TIMES)
        assert counted(answers) == {(201, ""): ROOM, (409, "jobs"): TIMES - ROOM}
        made = [answer.body["id"] for answer in answers if answer.status == 201]
        assert somebody("DELETE", f"/jobs/{made[0]}").status == 204
        assert used(somebody)["jobs"] == ROOM - 1
