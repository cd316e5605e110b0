"""Every endpoint that changes something, sent again by its key: done once, answered alike, on the trail once.

The endpoints are the code's own list. One without a case here fails the first test, so that nobody forgets a new one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.core import clock
from chalicelib.entrypoints import addresses
from chalicelib.identity.permissions import ACTIONS
from tests.cloud.api.test_replays import IDEMPOTENT
from tests.support import people as joined
from tests.support.at_once import at_once
from tests.support.http import TINY, Answer, Api, fresh_key

Body = dict[str, Any]
SECRETS = {"token", "webhook_secret"}
"""What only the first answer has."""
MOVING = {
    "status", "status_reason", "jobflow_id", "started_at", "ready_at", "finished_at", "diagnosis", "instance_hours", "used_at",
    "fields", "url", "last_run_status", "cost", "master_address", "connect", "idle_ends_at", "saving",
}  # fmt: skip
"""What may differ between two answers to the same question: states and costs that go on, and addresses that are signed anew."""
CHANGING = {
    f"{endpoint.method} {endpoint.path.removeprefix('/api/v1')}": endpoint
    for module in addresses.API
    for endpoint in addresses.routes_of(module).endpoints
    if endpoint.method != "GET" and ACTIONS[endpoint.action].writes
}
BY_THE_ROUTE = sorted(name for name, endpoint in CHANGING.items() if not endpoint.idempotent)


def test_every_changing_endpoint_heeds_a_key_and_says_so(somebody: Api) -> None:
    assert {name.partition(" ")[2] for name, endpoint in CHANGING.items() if endpoint.idempotent} == set(IDEMPOTENT)
    assert all(endpoint.heeds_key for endpoint in CHANGING.values())
    assert set(BY_THE_ROUTE) == set(CASES)
    paths = somebody("GET", "/openapi.json").body["paths"]
    for name in CHANGING:
        method, _, path = name.partition(" ")
        names = [one["name"] for one in paths[f"/api/v1{path}"][method.lower()]["parameters"]]
        assert "Idempotency-Key" in names, name


@dataclass
class Case:
    """One request of somebody, another one that the endpoint would accept as well, and what undoes the first."""

    who: Api
    path: str
    body: Body | None = None
    other: Body | None = None
    undo: Callable[[], Answer] | None = None
    answers_with: int = 200
    lost: set[str] = field(default_factory=set)
    key: str = field(default_factory=lambda: uuid4().hex)

    def ask(self, method: str, body: Body | None = None) -> Answer:
        return self.who(method, self.path, self.body if body is None else body, Idempotency_Key=self.key)


@dataclass
class People:
    """Who takes part, all of them new."""

    api: Callable[[str], Api]

    def __post_init__(self) -> None:
        self.alice, self.bob = self._new("alice"), self._new("bob")
        boss = f"admin-{uuid4().hex[:8]}"
        self.admin = self.api(boss)
        joined.join(boss, "admins")
        self.bobs_name = str(self.bob("GET", "/me").body["username"])

    def _new(self, name: str) -> Api:
        return self.api(f"{name}-{uuid4().hex[:8]}")

    def job(self, **changes: Any) -> str:
        return str(self.alice.schedule(f"again-{uuid4().hex[:8]}", **changes)["id"])

    def cluster(self) -> str:
        return str(self.alice.launch()["id"])

    def offered(self, kind: str) -> str:
        """A thing of alice's that bob may accept; the path of the offer."""
        path = f"/{kind}/{self.job() if kind == 'jobs' else self.cluster()}/transfer"
        assert self.alice("POST", path, {"to": self.bobs_name}).status == 200
        return path


def _job_action(verb: str, body: Body | None, other: Body | None, undo: str) -> Callable[[People], Case]:
    def case(people: People) -> Case:
        job = people.job()
        if verb == "resume":
            people.alice("POST", f"/jobs/{job}/pause")
        return Case(
            people.alice, f"/jobs/{job}/{verb}", body, other, lambda: people.alice("POST", f"/jobs/{job}/{undo}", {})
        )

    return case


def _edit(people: People) -> Case:
    path = f"/jobs/{people.job()}"
    return Case(
        people.alice, path, {"size": 2}, {"size": 3}, lambda: people.alice("PATCH", path, {"description": "another"})
    )


def _restore(people: People) -> Case:
    job = people.job()
    changed = TINY | {"cells": [*TINY["cells"], TINY["cells"][0] | {"id": "b"}]}
    second = {"notebook": {"name": "tiny.ipynb", "content": changed}}
    assert people.alice("PATCH", f"/jobs/{job}", second).status == 200
    return Case(
        people.alice, f"/jobs/{job}/notebooks/1/restore", undo=lambda: people.alice("PATCH", f"/jobs/{job}", second)
    )


def _days(count: int) -> Body:
    now = clock.now()
    return {"from": clock.text(now - timedelta(days=count)), "to": clock.text(now - timedelta(days=1))}


def _backfilled(people: People) -> str:
    job = people.job()
    assert people.alice("POST", f"/jobs/{job}/backfill", _days(6)).status == 202
    return job


def _key(people: People) -> str:
    return str(people.alice("POST", "/keys", {"title": "a", "key": fresh_key()}).body["id"])


def _token(people: People) -> str:
    return str(people.alice("POST", "/tokens", {"name": "a", "days": 7, "scope": "read"}).body["id"])


def _share(kind: str) -> Callable[[People], Case]:
    def case(people: People) -> Case:
        path = f"/{kind}/{people.job() if kind == 'jobs' else people.cluster()}/shares"
        share = {"kind": "group", "name": "science", "level": "view"}
        return Case(
            people.alice, path, share, share | {"level": "change"},
            lambda: people.alice("DELETE", f"{path}/group/science"), lost={"created_at"},
        )  # fmt: skip

    return case


def _unshare(kind: str) -> Callable[[People], Case]:
    def case(people: People) -> Case:
        path = f"/{kind}/{people.job() if kind == 'jobs' else people.cluster()}/shares"
        share = {"kind": "group", "name": "science", "level": "view"}
        assert people.alice("POST", path, share).status == 200
        return Case(
            people.alice, f"{path}/group/science", undo=lambda: people.alice("POST", path, share), answers_with=204
        )

    return case


def _offer(kind: str) -> Callable[[People], Case]:
    def case(people: People) -> Case:
        path, carol = people.offered(kind), people._new("carol")("GET", "/me").body["username"]
        people.alice("DELETE", path)
        return Case(people.alice, path, {"to": people.bobs_name}, {"to": carol}, lambda: people.alice("DELETE", path))

    return case


def _take_back(kind: str) -> Callable[[People], Case]:
    def case(people: People) -> Case:
        path = people.offered(kind)
        return Case(people.alice, path, undo=lambda: people.alice("POST", path, {"to": people.bobs_name}))

    return case


def _accept(kind: str) -> Callable[[People], Case]:
    return lambda people: Case(people.bob, f"{people.offered(kind)}/accept")


def _decline(kind: str) -> Callable[[People], Case]:
    def case(people: People) -> Case:
        path = people.offered(kind)
        return Case(
            people.bob, f"{path}/decline", undo=lambda: people.alice("POST", path, {"to": people.bobs_name}),
            answers_with=204,
        )  # fmt: skip

    return case


def _of_user(
    verb: str, body: Body | None = None, other: Body | None = None, before: str = ""
) -> Callable[[People], Case]:
    def case(people: People) -> Case:
        path = f"/users/{people.bobs_name}"
        if before:
            people.admin("POST", f"{path}/{before}")
        undo = {"disable": "enable", "enable": "disable"}.get(verb)
        return Case(
            people.admin,
            f"{path}/{verb}",
            body,
            other,
            (lambda: people.admin("POST", f"{path}/{undo}")) if undo else None,
        )

    return case


def _groups(people: People) -> Case:
    path = f"/users/{people.bobs_name}/groups"
    return Case(
        people.admin, path, {"group": "science"}, {"group": "arts"}, lambda: people.admin("DELETE", f"{path}/science")
    )


def _ungroup(people: People) -> Case:
    path = f"/users/{people.bobs_name}/groups"
    people.admin("POST", path, {"group": "science"})
    return Case(people.admin, f"{path}/science", undo=lambda: people.admin("POST", path, {"group": "science"}))


def _everything(people: People) -> Case:
    people.job()
    alice, carol = people.alice("GET", "/me").body["username"], people._new("carol")("GET", "/me").body["username"]
    return Case(people.admin, f"/users/{alice}/transfer", {"to": people.bobs_name}, {"to": carol})


def _run_of(people: People, **changes: Any) -> str:
    job = people.job(**changes)
    return str(people.alice("POST", f"/jobs/{job}/run", {}).body["id"])


def _release(people: People) -> tuple[str, Body]:
    version = f"7.{uuid4().int % 80 + 20}.{uuid4().int % 100}"
    return version, {"help_text": "a", "is_active": False}


def _new_release(people: People) -> Case:
    version, choices = _release(people)
    return Case(
        people.admin, "/releases", {"version": version} | choices, {"version": _release(people)[0]} | choices,
        answers_with=201,
    )  # fmt: skip


def _change_release(people: People) -> Case:
    version, choices = _release(people)
    people.admin("POST", "/releases", {"version": version} | choices)
    path = f"/releases/{version}"
    return Case(
        people.admin, path, choices | {"help_text": "b"}, choices | {"help_text": "c"},
        lambda: people.admin("PUT", path, choices | {"help_text": "d"}), lost={"help_text"},
    )  # fmt: skip


def _settings(people: People) -> Case:
    from dataclasses import asdict

    from chalicelib.site_settings import service as site_settings

    now = asdict(site_settings.current(clock.now()))
    return Case(people.admin, "/settings", now, now | {"freeze_reason": "b"}, lost={"changed_at"})


def _limits(people: People) -> Case:
    """Much of everything, so that no other test meets a limit."""
    much = dict.fromkeys(("clusters", "workers", "cluster_hours", "jobs", "runs"), 10_000)
    return Case(people.admin, "/limits", {"default": much}, {"default": much | {"runs": 11_000}}, lost={"changed_at"})


def _budgets(people: People) -> Case:
    """Of a job that never runs, so that no other test meets one."""
    job = people.job()
    one, other = ({"jobs": {job: {"amount": amount}}, "note": "a"} for amount in ("1.00", "2.00"))
    return Case(people.admin, "/budgets", one, other, lost={"changed_at"})


def _more() -> Body:
    return {"limit": "runs", "most": 90_000, "until": clock.now().date().isoformat(), "reason": "a"}


def _answer(verb: str, body: Body | None, other: Body | None) -> Callable[[People], Case]:
    def case(people: People) -> Case:
        made = people.alice("POST", "/limits/requests", _more()).body["id"]
        return Case(people.admin, f"/limits/requests/{made}/{verb}", body, other)

    return case


def _stop(people: People) -> Case:
    people.cluster()
    name = people.alice("GET", "/me").body["username"]
    body = {"person": name, "confirm": True}
    return Case(people.admin, "/stop", body, body | {"reason": "b"}, lost={"clusters", "ended", "per_hour", "unpriced"})


def _idle(people: People) -> Case:
    """A cluster whose owner was warned that nobody uses it."""
    from chalicelib.clusters.models import Cluster

    cluster = people.cluster()
    Cluster(cluster).update([Cluster.idle_ends_at.set(clock.now() + timedelta(minutes=15))])
    return Case(people.alice, f"/clusters/{cluster}/keep")


CASES: dict[str, Callable[[People], Case]] = {
    "POST /stop": _stop,
    "PUT /limits": _limits,
    "PUT /budgets": _budgets,
    "POST /limits/requests": lambda people: Case(
        people.alice, "/limits/requests", _more(), _more() | {"reason": "b"}, answers_with=201
    ),
    "POST /limits/requests/{request_id}/grant": _answer("grant", {"most": 91_000}, {"most": 92_000}),
    "POST /limits/requests/{request_id}/decline": _answer("decline", None, None),
    "POST /clusters/{cluster_id}/keep": _idle,
    "POST /clusters/{cluster_id}/terminate": lambda people: Case(
        people.alice, f"/clusters/{people.cluster()}/terminate", {"reason": "a"}, {"reason": "b"}
    ),
    "PATCH /jobs/{job_id}": _edit,
    "DELETE /jobs/{job_id}": lambda people: Case(people.alice, f"/jobs/{people.job()}", answers_with=204),
    "POST /jobs/{job_id}/pause": _job_action("pause", {"reason": "a"}, {"reason": "b"}, "resume"),
    "POST /jobs/{job_id}/resume": _job_action("resume", None, None, "pause"),
    "POST /jobs/{job_id}/snooze": _job_action(
        "snooze", {"until": f"{clock.now().year + 1}-01-02T00:00:00Z"}, {"until": f"{clock.now().year + 1}-01-03T00:00:00Z"},
        "resume",
    ),
    "POST /jobs/{job_id}/webhook-secret": lambda people: Case(
        people.alice, f"/jobs/{people.job(webhook_url='https://hooks.example.org/x')}/webhook-secret"
    ),
    "POST /jobs/{job_id}/notebooks/{number}/restore": _restore,
    "POST /jobs/{job_id}/backfill": lambda people: Case(
        people.alice, f"/jobs/{people.job()}/backfill", _days(3), _days(4), answers_with=202
    ),
    "DELETE /jobs/{job_id}/backfill": lambda people: Case(
        people.alice, f"/jobs/{_backfilled(people)}/backfill", lost={"stopped"}
    ),
    "POST /runs/{run_id}/cancel": lambda people: Case(
        people.alice, f"/runs/{_run_of(people)}/cancel", {"reason": "a"}, {"reason": "b"}
    ),
    "POST /runs/{run_id}/withdraw": lambda people: Case(
        people.alice, f"/runs/{_run_of(people, result_visibility='public')}/withdraw"
    ),
    "POST /keys": lambda people: Case(
        people.alice, "/keys", {"title": "a", "key": fresh_key()}, {"title": "a", "key": fresh_key()}, answers_with=201
    ),
    "DELETE /keys/{key_id}": lambda people: Case(people.alice, f"/keys/{_key(people)}", answers_with=204),
    "POST /tokens": lambda people: Case(
        people.alice, "/tokens", {"name": "a", "days": 7, "scope": "read"}, {"name": "b", "days": 7, "scope": "read"},
        answers_with=201,
    ),
    "DELETE /tokens/{token_id}": lambda people: Case(people.alice, f"/tokens/{_token(people)}", answers_with=204),
    "POST /uploads": lambda people: Case(
        people.alice, "/uploads", {"name": "a.ipynb", "size": 9}, {"name": "b.ipynb", "size": 9}, answers_with=201
    ),
    "POST /clusters/{cluster_id}/shares": _share("clusters"),
    "POST /jobs/{job_id}/shares": _share("jobs"),
    "DELETE /clusters/{cluster_id}/shares/{kind}/{name}": _unshare("clusters"),
    "DELETE /jobs/{job_id}/shares/{kind}/{name}": _unshare("jobs"),
    "POST /clusters/{cluster_id}/transfer": _offer("clusters"),
    "POST /jobs/{job_id}/transfer": _offer("jobs"),
    "DELETE /clusters/{cluster_id}/transfer": _take_back("clusters"),
    "DELETE /jobs/{job_id}/transfer": _take_back("jobs"),
    "POST /clusters/{cluster_id}/transfer/accept": _accept("clusters"),
    "POST /jobs/{job_id}/transfer/accept": _accept("jobs"),
    "POST /clusters/{cluster_id}/transfer/decline": _decline("clusters"),
    "POST /jobs/{job_id}/transfer/decline": _decline("jobs"),
    "POST /users/{username}/disable": _of_user("disable", {"end_clusters": False}, {"end_clusters": True}),
    "POST /users/{username}/enable": _of_user("enable", before="disable"),
    "POST /users/{username}/groups": _groups,
    "DELETE /users/{username}/groups/{group}": _ungroup,
    "POST /users/{username}/transfer": _everything,
    "POST /releases": _new_release,
    "PUT /releases/{version}": _change_release,
    "PUT /settings": _settings,
    "PUT /announcement": lambda people: Case(
        people.admin, "/announcement", {"title": "a", "is_shown": False}, {"title": "b", "is_shown": False},
        lost={"changed_at"},
    ),
}  # fmt: skip


@pytest.fixture
def people(api: Callable[[str], Api]) -> People:
    return People(api)


ENTRIES = {"POST /uploads": 0, "POST /users/{username}/transfer": 3, "POST /stop": 2}
"""How many entries of the trail a request has, where that is not one: several steps are begun with entries of their own."""


def _entries(people: People, case: Case) -> list[str]:
    """What whoever asks has done, as the trail has it."""
    name = case.who("GET", "/me").body["username"]
    items = people.admin("GET", f"/audit?person={name}&limit=100").body["items"]
    return [f"{item['at']} {item['object']} {item['summary']}" for item in items]


def _stable(answer: Answer, case: Case) -> Any:
    body = answer.body or {}
    return {name: value for name, value in body.items() if name not in SECRETS | MOVING | case.lost}


@pytest.mark.parametrize("name", BY_THE_ROUTE)
def test_sent_again_it_is_done_once(people: People, name: str) -> None:
    case, method = CASES[name](people), name.partition(" ")[0]
    before = len(_entries(people, case))
    first = case.ask(method)
    assert first.status == case.answers_with, first.body
    done = _entries(people, case)
    assert len(done) - before == ENTRIES.get(name, 1)
    second = case.ask(method)
    assert (second.status, _stable(second, case)) == (first.status, _stable(first, case))
    assert not SECRETS & set(second.body or {})
    assert _entries(people, case) == done
    if case.undo:
        assert case.undo().status < 300
        undone = _entries(people, case)
        assert case.ask(method).status in (first.status, 404), "what was there may be gone by now"
        assert _entries(people, case) == undone
    if case.other is not None:
        refused = case.ask(method, case.other)
        assert (refused.status, "already used for something else" in refused.body["detail"]) == (409, True)


@pytest.mark.parametrize("name", BY_THE_ROUTE)
def test_several_at_once_have_one_effect(people: People, name: str) -> None:
    case, method = CASES[name](people), name.partition(" ")[0]
    before = len(_entries(people, case))
    answers = at_once(lambda _: case.ask(method), 4)
    assert {answer.status for answer in answers} == {case.answers_with}, [answer.body for answer in answers]
    entries = [entry.partition(" ")[2] for entry in _entries(people, case)[: -before or None]]
    if name not in ("PUT /settings", "PUT /announcement", "PUT /releases/{version}", "PATCH /jobs/{job_id}"):
        assert len(set(entries)) == len(entries), entries


def test_another_persons_key_is_another_key(people: People) -> None:
    for who in (people.alice, people.bob):
        answer = who("POST", "/keys", {"title": "a", "key": fresh_key()}, Idempotency_Key="K")
        assert answer.status == 201
    assert people.alice("GET", "/keys").body != people.bob("GET", "/keys").body


def test_a_key_that_found_nothing_to_do_is_remembered_all_the_same(people: People) -> None:
    job = people.job()
    assert people.alice("POST", f"/jobs/{job}/pause").status == 200
    assert people.alice("POST", f"/jobs/{job}/pause", {}, Idempotency_Key="K").status == 200
    assert people.alice("POST", f"/jobs/{job}/resume").status == 200
    assert people.alice("POST", f"/jobs/{job}/pause", {}, Idempotency_Key="K").body["is_enabled"]


def test_a_request_that_was_refused_may_be_mended_under_its_key(people: People) -> None:
    path = f"/jobs/{people.job()}"
    assert people.alice("PATCH", path, {"size": 0}, Idempotency_Key="K").status == 422
    assert people.alice("PATCH", path, {"size": 2}, Idempotency_Key="K").status == 200


def test_keys_that_are_too_long_are_refused(people: People) -> None:
    answer = people.alice("POST", f"/jobs/{people.job()}/pause", {}, Idempotency_Key="K" * 300)
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, "Idempotency-Key")
