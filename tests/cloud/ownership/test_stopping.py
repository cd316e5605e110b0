"""Stop everything: what it would end is shown first, then it is ended, and nothing new begins."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from localaws.cloud import LocalCloud
from tests.support.http import RELEASE, Api, reaches, until
from tests.support.mailbox import mails_about
from tests.support.settings import forget
from tests.support.visitor import Visitor


def name_of(somebody: Api) -> str:
    return str(somebody("GET", "/me").body["username"])


def test_one_persons(cloud: LocalCloud, somebody: Api, api: Callable[[str], Api]) -> None:
    admin, name = api("admin"), name_of(somebody)
    first, second = somebody.launch(size=2), somebody.launch()
    reaches(somebody, f"/clusters/{first['id']}", "WAITING")
    shown = admin("POST", "/stop", {"person": name}).body
    assert shown["is_done"] is False
    assert {one["id"] for one in shown["clusters"]} == {first["id"], second["id"]}
    assert somebody("GET", f"/clusters/{first['id']}").body["status"] == "WAITING"
    done = admin("POST", "/stop", {"person": name, "reason": "A loop", "confirm": True}).body
    assert (set(done["ended"]), done["refused"], done["left"]) == ({first["id"], second["id"]}, {}, 0)
    for cluster in (first, second):
        ended = reaches(somebody, f"/clusters/{cluster['id']}", "TERMINATED", "FAILED_TO_LAUNCH")
        assert ended["ended_by"] in ("admin", None)
    assert any("A loop" in str(vars(mail)) for mail in mails_about(cloud, first["identifier"]))
    assert somebody.launch()["status"] == "REQUESTED"  # the site is not frozen
    assert somebody("POST", "/stop", {}).status == 404


def test_everybodys(somebody: Api, signed_in: Callable[..., Visitor]) -> None:
    admin = signed_in(f"boss-{uuid4().hex[:8]}", "admins")
    cluster, job = somebody.launch(), somebody.schedule(f"job-{uuid4().hex[:8]}")
    run = somebody("POST", f"/jobs/{job['id']}/run", {}).body
    page = admin.get("/admin/stop")
    assert cluster["identifier"] in page.text
    assert job["identifier"] in page.text
    assert "an hour together" in page.text
    try:
        done = admin.send(page, "/admin/stop", reason="The budget is used up", confirm="yes")
        assert (done.status, "Ended: " in done.text) == (200, True)
        refused = somebody(
            "POST", "/clusters", {"size": 1, "lifetime": 2, "ssh_key": somebody.add_key(), "emr_release": RELEASE}
        )
        assert (refused.status, "The budget is used up" in refused.body["detail"]) == (409, True)
        until(
            lambda: somebody("GET", f"/clusters/{cluster['id']}").body["status"] in ("TERMINATED", "FAILED_TO_LAUNCH")
        )
        assert reaches(somebody, f"/runs/{run['id']}", "CANCELLED", "SUCCEEDED")
        assert admin.get("/admin/stop").status == 200
    finally:
        forget()


def test_what_there_was_no_time_for_is_left(somebody: Api) -> None:
    from chalicelib.core import clock
    from chalicelib.identity.person import Person
    from chalicelib.ownership import stopping

    somebody.launch()
    admin = Person("admin", "admin@example.org", frozenset({"admins"}))
    stopped = stopping.stop(admin, name_of(somebody), "", clock.now(), timeout=-1)
    assert (stopped.ended, stopped.left) == ([], 1)
    assert len(stopping.plan(name_of(somebody)).clusters) == 1


def test_a_persons_page_leads_there(somebody: Api, signed_in: Callable[..., Visitor]) -> None:
    admin, name = signed_in(f"boss-{uuid4().hex[:8]}", "admins"), name_of(somebody)
    somebody.launch()
    assert f"/admin/stop?person={name}" in " ".join(admin.get(f"/admin/users/{name}").addresses())
    assert f"Stop what {name} has" in admin.get(f"/admin/stop?person={name}").text
