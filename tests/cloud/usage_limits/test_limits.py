"""Limits through the front door: what one may have, who decides, who requests and who grants."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.core import clock
from localaws.cloud import LocalCloud
from tests.support.http import RELEASE, Api, reaches
from tests.support.limits import limited
from tests.support.mailbox import mails_about
from tests.support.sweeps import sweep
from tests.support.visitor import Visitor


def allowance(somebody: Api, limit: str) -> dict[str, Any]:
    return next(one for one in somebody("GET", "/limits").body["own"] if one["limit"] == limit)


def name_of(somebody: Api) -> str:
    return str(somebody("GET", "/me").body["username"])


def next_week() -> str:
    return (clock.now() + timedelta(days=7)).date().isoformat()


def test_what_protects_by_default(somebody: Api, api: Callable[[str], Api]) -> None:
    """A site whose admins have decided nothing."""
    from chalicelib.site_settings.models import Setting
    from tests.support.clouds import allow_much

    Setting.get("limits").delete()
    try:
        assert {one["limit"]: one["most"] for one in somebody("GET", "/limits").body["own"]} == {
            "clusters": 3, "workers": 60, "cluster_hours": 72, "jobs": 100, "runs": 10,
        }  # fmt: skip
        assert allowance(api("maintainer"), "workers")["most"] == 400
        assert api("admin")("GET", "/limits").body["changed_by"] is None
    finally:
        allow_much()


def test_only_admins_see_and_decide_for_others(somebody: Api, api: Callable[[str], Api]) -> None:
    admin, name = api("admin"), name_of(somebody)
    plain = somebody("GET", "/limits").body
    assert {name: plain[name] for name in ("default", "groups", "people", "history")} == {
        "default": None, "groups": None, "people": None, "history": [],
    }  # fmt: skip
    assert somebody("PUT", "/limits", {"default": {"clusters": 50}}).status == 404
    before = admin("GET", "/limits").body
    try:
        decided = admin(
            "PUT", "/limits", {"default": before["default"], "people": {name: {"clusters": 1, "workers": 2}}}
        )
        assert decided.status == 200
        assert decided.body["changed_by"] == "admin"
        assert decided.body["history"][0]["changes"]["people"][1] == {name: {"clusters": 1, "workers": 2}}
        assert (allowance(somebody, "clusters")["most"], allowance(somebody, "workers")["most"]) == (1, 2)
    finally:
        admin("PUT", "/limits", {name: before[name] for name in ("default", "groups", "people")})
    entries = admin("GET", "/audit?object=limits").body["items"]
    assert entries[0]["summary"].startswith("Changed limits: ")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"default": {"clusters": -1}}, "default"),
        ({"default": {"clusters": 1.5}}, "default"),
        ({"default": {"clusters": True}}, "default"),
        ({"default": {"cpus": 5}}, "default"),
        ({"default": 5}, "default"),
        ({"people": {"": {"clusters": 1}}}, "people"),
        ({"groups": {"data": {"clusters": "many"}}}, "groups"),
        ({"limits": {}}, "limits"),
    ],
)
def test_what_is_no_limit_is_refused(api: Callable[[str], Api], body: Any, field: str) -> None:
    answer = api("admin")("PUT", "/limits", body)
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, field)


def test_a_cluster_lives_no_longer_than_its_limit(somebody: Api) -> None:
    with limited(cluster_hours=6):
        body = {"size": 1, "ssh_key": somebody.add_key(), "emr_release": RELEASE}
        refused = somebody("POST", "/clusters", body | {"lifetime": 7})
        assert (refused.status, refused.body["limit"]) == (409, "cluster_hours")
        path = f"/clusters/{somebody.launch(lifetime=4)['id']}"
        assert somebody("POST", f"{path}/extend", {"hours": 2}).status == 200
        refused = somebody("POST", f"{path}/extend", {"hours": 1})
        assert (refused.status, refused.body["limit"]) == (409, "cluster_hours")
        assert "This would make 7 hours of one cluster" in refused.body["detail"]


def test_what_never_started_is_given_back(somebody: Api) -> None:
    from chalicelib.clusters import emr_sync
    from chalicelib.clusters.models import Cluster, ClusterStatus

    cluster = Cluster.get(somebody.launch()["id"], consistent_read=True)
    assert allowance(somebody, "clusters")["used"] == 1
    assert emr_sync.set_status(cluster, ClusterStatus.FAILED_TO_LAUNCH, "EMR refused it.")
    assert (allowance(somebody, "clusters")["used"], allowance(somebody, "workers")["used"]) == (0, 0)
    assert not emr_sync.set_status(cluster, ClusterStatus.TERMINATED, "Again.")
    assert allowance(somebody, "clusters")["used"] == 0


def test_accepting_needs_room_and_an_admins_transfer_does_not(somebody: Api, api: Callable[[str], Api]) -> None:
    other = api(f"other-{uuid4().hex[:8]}")
    name = name_of(other)
    cluster = somebody.launch()
    path = f"/clusters/{cluster['id']}"
    with limited(people={name: {"clusters": 0}}):
        assert somebody("POST", f"{path}/transfer", {"to": name}).status == 200
        refused = other("POST", f"{path}/transfer/accept")
        assert (refused.status, refused.body["limit"]) == (409, "clusters")
        assert api("admin")("POST", f"{path}/transfer", {"to": name}).status == 200
        assert (allowance(other, "clusters")["used"], allowance(somebody, "clusters")["used"]) == (1, 0)
    other("POST", f"{path}/terminate")
    reaches(other, path, "TERMINATED")
    assert (allowance(other, "clusters")["used"], allowance(other, "workers")["used"]) == (0, 0)


def test_the_form_shows_and_keeps(keyed: tuple[Visitor, Api]) -> None:
    visitor, somebody = keyed
    with limited(clusters=2, workers=8):
        somebody.launch(size=5)
        page = visitor.get("/clusters/new").text
        assert "1 of 2 live clusters" in page
        assert "5 of 8 workers at once" in page
        key = somebody("GET", "/keys").body["items"][0]["id"]
        fields = {"identifier": "my-own-name", "size": "4", "lifetime": "9", "ssh_key": key, "emr_release": RELEASE}
        refused = visitor.submit("/clusters/new", **fields)
        assert refused.status == 409
        assert refused.fields("/clusters/new") | fields == refused.fields("/clusters/new")
        assert refused.error("size").startswith("This would make 9 workers at once")
        assert "/limits?limit=workers#request" in refused.addresses()


def test_a_request_of_more_is_granted_with_one_click(
    cloud: LocalCloud, somebody: Api, api: Callable[[str], Api], signed_in: Callable[..., Visitor]
) -> None:
    name, approver = name_of(somebody), f"boss-{uuid4().hex[:8]}"
    admin = signed_in(approver, "admins")
    with limited(clusters=1):
        body = {"limit": "clusters", "most": 4, "until": next_week(), "reason": "A workshop of four <teams>"}
        made = somebody("POST", "/limits/requests", body)
        assert (made.status, made.body["status"]) == (201, "open")
        assert somebody("POST", "/limits/requests", body).status == 409  # the first is not answered yet
        mail = next(said for one in mails_about(cloud, f"{name} requests") if approver in (said := str(vars(one))))
        assert "A workshop of four" in mail
        link = re.search(r"/links/[A-Za-z0-9._-]+", mail)
        assert link
        question = admin.get(link.group())
        assert f"Grant {name} more?" in question.text
        assert allowance(somebody, "clusters")["most"] == 1  # looking does nothing
        assert admin.submit(link.group()).status == 200
        granted = allowance(somebody, "clusters")
        assert granted["most"] == 4
        assert granted["until"] == clock.text(clock.parse(f"{next_week()}T00:00:00Z") + timedelta(days=1))
        assert mails_about(cloud, "Your request of 4 live clusters was granted")
        somebody.launch()
        somebody.launch()
        cloud.clock.advance(days=9)  # then it is over, and what runs is not ended by it
        assert allowance(somebody, "clusters")["most"] == 1
    entries = api("admin")("GET", f"/audit?object={made.body['id']}").body["items"]
    assert entries[0]["summary"].startswith(f"Granted {name} 4 live clusters until")
    assert {one["channel"] for one in entries} == {"mail link", "api"}


def test_the_page_of_admins(somebody: Api, signed_in: Callable[..., Visitor], api: Callable[[str], Api]) -> None:
    admin, name = signed_in(f"boss-{uuid4().hex[:8]}", "admins"), name_of(somebody)
    with limited(clusters=1, workers=10):
        person = signed_in(name)
        fields = {"limit": "workers", "most": "20", "until": next_week(), "reason": "Backfill"}
        assert person.send(person.get("/limits"), "/limits/requests", **fields).status == 200
        assert "Not answered yet" in person.get("/limits").text
        page = admin.get("/admin/limits")
        assert f"{name} requests 20 workers at once until {next_week()}" in page.text
        request = somebody("GET", "/limits/requests").body["items"][0]["id"]
        answer = {"most": "15", "until": next_week(), "answer": "grant"}
        assert admin.send(page, f"/admin/limits/requests/{request}", **answer).status == 200
        assert allowance(somebody, "workers")["most"] == 15
        assert "15 until" in person.get("/limits").text
        emptied = dict.fromkeys(("clusters", "workers", "cluster_hours", "jobs"), "")
        own = {"part": "own", "holder": "person", "name": name, "record_version": ""} | emptied

        def change(**fields: str) -> int:
            return admin.send(admin.get("/admin/limits"), "/admin/limits/change", **fields).status

        assert change(**own, runs="x") == 422
        assert change(**own, runs="2") == 200
        assert allowance(somebody, "runs")["most"] == 2
        assert admin.get(f"/admin/limits?holder=person&name={name}").html.count('value="2"') == 1
        assert change(part="default", clusters="5", workers="9", cluster_hours="9", jobs="9", runs="9") == 200
        assert allowance(somebody, "clusters")["most"] == 5
        assert change(part="default", clusters="6", record_version="of-another-day") == 409
        assert allowance(somebody, "clusters")["most"] == 5


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"most": 1}, "most"),
        ({"until": "2020-01-01"}, "until"),
        ({"until": "2999-01-01"}, "until"),
        ({"until": "soon"}, "until"),
        ({"limit": "cpus"}, "limit"),
        ({"reason": ""}, "reason"),
    ],
)
def test_a_request_that_makes_no_sense(somebody: Api, changed: dict[str, Any], field: str) -> None:
    body = {"limit": "clusters", "most": 90_000, "until": next_week(), "reason": "x"} | changed
    answer = somebody("POST", "/limits/requests", body)
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, field)


def test_nobody_answers_their_own_request(signed_in: Callable[..., Visitor], api: Callable[[str], Api]) -> None:
    admin = api("admin")
    body = {"limit": "runs", "most": 90_000, "until": next_week(), "reason": "x"}
    made = admin("POST", "/limits/requests", body).body
    assert admin("POST", f"/limits/requests/{made['id']}/grant", {}).status == 409
    assert admin("POST", "/limits/requests/l-none/decline").status == 404


def test_a_decline_is_final(cloud: LocalCloud, somebody: Api, api: Callable[[str], Api]) -> None:
    admin = api("admin")
    body = {"limit": "jobs", "most": 90_000, "until": next_week(), "reason": "x"}
    made = somebody("POST", "/limits/requests", body).body
    assert somebody("POST", f"/limits/requests/{made['id']}/grant", {}).status == 404
    assert admin("POST", f"/limits/requests/{made['id']}/decline").body["status"] == "declined"
    assert admin("POST", f"/limits/requests/{made['id']}/decline").status == 200
    refused = admin("POST", f"/limits/requests/{made['id']}/grant", {})
    assert (refused.status, "admin has declined" in refused.body["detail"]) == (409, True)
    assert somebody("POST", "/limits/requests", body).status == 201


def test_the_sweep_counts_anew(cloud: LocalCloud, somebody: Api) -> None:
    from chalicelib.usage_limits.models import Usage

    name = name_of(somebody)
    somebody.launch(size=2)
    somebody.schedule(f"job-{uuid4().hex[:8]}")
    Usage(name).update([Usage.clusters.set(9), Usage.jobs.set(9)])
    sweep(cloud)
    assert allowance(somebody, "clusters")["used"] == 9  # it may be changing just now
    cloud.clock.advance(minutes=2)
    sweep(cloud)
    assert {limit: allowance(somebody, limit)["used"] for limit in ("clusters", "workers", "jobs", "runs")} == {
        "clusters": 1, "workers": 2, "jobs": 1, "runs": 0,
    }  # fmt: skip
    Usage(name).update([Usage.runs.set(4)])
    sweep(cloud)
    assert allowance(somebody, "runs")["used"] == 0
    Usage(name).delete()  # as it is for what is older than accounts
    sweep(cloud)
    assert (allowance(somebody, "clusters")["used"], allowance(somebody, "jobs")["used"]) == (1, 1)
