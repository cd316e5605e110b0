"""The same request again, by its key: the same answer, once done, and nothing to those who may not see any more what it made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.core import clock
from chalicelib.core.idempotency import UsedKey
from chalicelib.entrypoints import addresses
from chalicelib.entrypoints.operator import forms
from chalicelib.entrypoints.operator.registry import all_commands
from localaws.cloud import LocalCloud
from tests.cloud.operator.test_commands import Operator
from tests.support.at_once import at_once
from tests.support.http import RELEASE, TINY, Answer, Api, reaches

Body = dict[str, Any]
IDEMPOTENT = [
    endpoint.path.removeprefix("/api/v1")
    for module in addresses.API
    for endpoint in addresses.routes_of(module).endpoints
    if endpoint.idempotent
]
WITH_KEY = [
    name
    for name, command in all_commands().items()
    if command.form and "idempotency_key" in getattr(forms, command.form).model_fields
]
MAKE_ANOTHER = ("/clusters", "/clusters/{cluster_id}/clone", "/jobs", "/jobs/import")
"""Those whose answer is something new, and not what the path names."""
SECRET = "only-the-new-owner-knows"


@dataclass(frozen=True)
class World:
    """Alice, who asks, with an object of hers where the endpoint needs one, and bob, to whom things go."""

    alice: Api
    bob: Api
    maintainer: Api
    body: Body
    other: Body
    path: str

    def ask(self, key: str, body: Body | None = None) -> Answer:
        return self.alice("POST", self.path, self.body if body is None else body, Idempotency_Key=key)

    def made(self, answer: Answer) -> tuple[str, str]:
        """Kind and id of the object that an answer's record is of."""
        record = answer.body["items"][0] if "items" in answer.body else answer.body
        kind = "jobs" if record["id"][0] in "jr" else "clusters"
        return kind, record["job"] if record["id"].startswith("r-") else record["id"]


def job(identifier: str = "", **changes: Any) -> Body:
    return {
        "identifier": identifier or f"replay-{uuid4().hex[:8]}", "description": "a test", "size": 1, "schedule": "daily",
        "notebook": {"name": "tiny.ipynb", "content": TINY}, "job_timeout": 1, "start_date": "2040-01-01T06:00:00Z",
        "emr_release": RELEASE, "webhook_url": "https://hooks.example.org/x",
    } | changes  # fmt: skip


def file_of(*jobs: Body) -> Body:
    return {"format": "atmo-jobs", "version": 1, "jobs": list(jobs)}


def _cancelled_run(alice: Api) -> str:
    job = alice.schedule(f"replay-{uuid4().hex[:8]}", overlap="allow")
    run = alice("POST", f"/jobs/{job['id']}/run", {}).body["id"]
    alice("POST", f"/runs/{run}/cancel")
    return str(reaches(alice, f"/runs/{run}", "CANCELLED", "SUCCEEDED")["id"])


@pytest.fixture
def world(api: Callable[[str], Api]) -> Callable[[str], World]:
    def make(path: str) -> World:
        alice, bob, maintainer = (api(f"{name}-{uuid4().hex[:8]}") for name in ("alice", "bob", "maintainer"))
        cluster = {"size": 1, "lifetime": 2, "ssh_key": alice.add_key(), "emr_release": RELEASE}
        requests = {
            "/clusters": lambda: (cluster, cluster | {"size": 2}, ""),
            "/jobs": lambda: (job("same-name" + uuid4().hex[:6]), job(), ""),
            "/jobs/import": lambda: (file_of(job(), job()), file_of(job()), ""),
            "/clusters/{cluster_id}/clone": lambda: ({}, {"size": 2}, alice.launch()["id"]),
            "/clusters/{cluster_id}/extend": lambda: ({"hours": 2}, {"hours": 3}, alice.launch()["id"]),
            "/jobs/{job_id}/run": lambda: (
                {}, {"parameters": {"n": 2}}, alice.schedule(f"replay-{uuid4().hex[:8]}", overlap="allow")["id"]
            ),
            "/runs/{run_id}/repair": lambda: ({}, {"parameters": {"n": 2}}, _cancelled_run(alice)),
        }  # fmt: skip
        body, other, object_id = requests[path]()
        return World(
            alice, bob, maintainer, body, other, path.format(cluster_id=object_id, job_id=object_id, run_id=object_id)
        )

    return make


@pytest.mark.parametrize("path", IDEMPOTENT)
def test_the_same_again_is_the_same_answer_and_other_content_a_conflict(
    world: Callable[[str], World], path: str
) -> None:
    case = world(path)
    first, second, third = case.ask("K1"), case.ask("K2", case.other), case.ask("K1")
    assert first.status == second.status == third.status < 300
    again = case.ask("K2", case.body)
    assert (again.status, "already used for something else" in again.body["detail"]) == (409, True)
    assert case.made(first) == case.made(third)
    assert "webhook_secret" not in third.body
    if "lifetime_extension_count" in first.body:
        assert case.ask("K1").body["lifetime_extension_count"] == (2 if "extend" in path else 0)
    if "runs" in path or path.endswith("/run"):
        assert first.body["id"] == third.body["id"] != second.body["id"]


@pytest.mark.parametrize("path", IDEMPOTENT)
def test_several_at_once_make_one(world: Callable[[str], World], path: str) -> None:
    case = world(path)
    answers = at_once(lambda _: case.ask("K"), 8)
    statuses = [answer.status for answer in answers]
    assert len(set(statuses)) == 1, [answer.body for answer in answers if answer.status >= 300]
    assert statuses[0] < 300
    assert len({case.made(answer) for answer in answers}) == 1
    kind, object_id = case.made(answers[0])
    entries = case.alice("GET", f"/{kind}/{object_id}/audit").body["items"]
    otherwise = ("Ran",) if path.endswith("/repair") else ("Extended", "Started")
    beginnings = ("Launched", "Scheduled") if path in MAKE_ANOTHER else otherwise
    assert sum(entry["summary"].startswith(beginnings) for entry in entries) == 1, entries


@pytest.mark.parametrize(
    ("path", "fate"),
    # Clusters are never deleted.
    [(path, "transferred") for path in IDEMPOTENT]
    + [(path, "deleted") for path in IDEMPOTENT if "clusters" not in path],
)
def test_a_replay_is_a_read(world: Callable[[str], World], path: str, fate: str) -> None:
    """What the first request made is no longer alice's to see."""
    case = world(path)
    first = case.ask("K")
    kind, object_id = case.made(first)
    if fate == "deleted":
        assert case.alice("DELETE", f"/jobs/{object_id}").status == 204
    else:
        name = case.bob("GET", "/me").body["username"]
        assert case.alice("POST", f"/{kind}/{object_id}/transfer", {"to": name}).status == 200
        assert case.bob("POST", f"/{kind}/{object_id}/transfer/accept").status == 200
        if kind == "jobs":
            case.bob("PATCH", f"/jobs/{object_id}", {"parameters": {"password": SECRET}})
    again = case.ask("K")
    assert again.status == (409 if path in MAKE_ANOTHER else 404), again.body
    assert not any(
        word in str(again.body) for word in (SECRET, "webhook_secret", name if fate == "transferred" else "webhook")
    )
    if path == "/jobs":
        assert case.ask("L").status == (201 if fate == "deleted" else 422)


def test_a_replay_by_somebody_it_is_no_longer_shared_with(world: Callable[[str], World]) -> None:
    case = world("/clusters/{cluster_id}/extend")
    cluster, name = case.path.split("/")[2], case.bob("GET", "/me").body["username"]
    case.alice("POST", f"/clusters/{cluster}/shares", {"kind": "person", "name": name, "level": "change"})
    assert case.bob("POST", case.path, case.body, Idempotency_Key="K").status == 200
    case.alice("DELETE", f"/clusters/{cluster}/shares/person/{name}")
    assert case.bob("POST", case.path, case.body, Idempotency_Key="K").status == 404


def test_an_import_that_stopped_goes_on_and_takes_no_other_file(world: Callable[[str], World]) -> None:
    case = world("/jobs/import")
    first = case.ask("K")
    assert [one["identifier"] for one in first.body["items"]] == [one["identifier"] for one in case.body["jobs"]]
    longer = file_of(*case.body["jobs"], job())
    assert case.ask("K", longer).status == 409
    assert len(case.alice("GET", "/jobs").body["items"]) == 2


@pytest.mark.parametrize("command", WITH_KEY)
def test_operators_commands_have_one_memory_for_each_key(
    cloud: LocalCloud, world: Callable[[str], World], command: str
) -> None:
    kind, verb = command.split(".")
    paths = {
        "clusters": "/clusters/{cluster_id}/extend", "jobs": "/jobs/{job_id}/run", "runs": "/runs/{run_id}/repair",
    }  # fmt: skip
    case = world(paths[kind])
    of = {kind.removesuffix("s"): case.path.split("/")[2]}
    operator = Operator(cloud)
    first, second, third = (
        operator.result(command, **of, **body, idempotency_key=key)
        for key, body in (("K1", case.body), ("K2", case.other), ("K1", case.body))
    )
    assert (
        "already used for something else"
        in operator.refused(command, **of, **case.other, idempotency_key="K1")["detail"]
    )
    if verb in ("run", "repair"):
        assert first["id"] == third["id"] != second["id"]
    else:
        assert third["lifetime_extension_count"] == 2


def test_keys_are_remembered_for_a_month(world: Callable[[str], World]) -> None:
    case = world("/clusters/{cluster_id}/extend")
    before = {used.id for used in UsedKey.scan()}
    case.ask("K")
    (used,) = [used for used in UsedKey.scan() if used.id not in before]
    assert (used.ttl - clock.now().timestamp()) / 86400 == pytest.approx(30, abs=0.1)


def test_a_form_that_is_sent_again_leads_to_the_same_page(keyed: Any) -> None:
    visitor, api = keyed
    form = visitor.get("/clusters/new").form("/clusters/new")
    pages = [visitor.post(form.action, form.fields) for _ in range(2)]
    assert pages[0].path == pages[1].path
    assert len(api("GET", "/clusters").body["items"]) == 1
    cluster_id = pages[0].path.split("/")[2]
    reaches(api, f"/clusters/{cluster_id}", "WAITING")
    other = visitor.post(form.action, form.fields | {"lifetime": "3"})
    assert (other.status, "already used for something else" in other.text) == (409, True)
