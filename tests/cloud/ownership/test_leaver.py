"""Somebody leaves: the whole story of docs/leavers.md."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.mail.signed_links import LinkAction
from localaws.cloud import LocalCloud
from tests.cloud.mail_links.test_mail_links import made
from tests.support.http import Api, reaches
from tests.support.mailbox import mails_about, subject_of
from tests.support.people import fresh
from tests.support.visitor import Visitor


def test_a_leaver(cloud: LocalCloud, api: Callable[[str], Api], signed_in: Callable[..., Visitor]) -> None:
    leaver, heir, friend = fresh("leaver"), fresh("heir"), fresh("friend")
    theirs, hers, admin = api(leaver), api(heir), api("admin")
    api(friend)
    browser = signed_in(leaver)
    child = Api(theirs.url, theirs("POST", "/tokens", {"name": "child"}).body["token"])
    cluster = reaches(theirs, f"/clusters/{theirs.launch()['id']}", "WAITING")
    outliving = reaches(theirs, f"/clusters/{theirs.launch()['id']}", "WAITING")
    link = made(LinkAction("cluster.extend", cluster["id"], "", 2), theirs)
    job = theirs.schedule(fresh("left"), webhook_url="https://hooks.example.org/x", result_visibility="public")
    run = theirs("POST", f"/jobs/{job['id']}/run").body
    reaches(theirs, f"/runs/{run['id']}", "SUCCEEDED")
    theirs("POST", f"/jobs/{job['id']}/shares", {"kind": "person", "name": friend, "level": "change"})

    assert admin("POST", f"/clusters/{outliving['id']}/transfer", {"to": heir}).status == 200
    (mail,) = [one for one in mails_about(cloud, outliving["identifier"]) if one.subject.endswith("is now yours")]
    text = " ".join(str(vars(mail)).replace("\\n", " ").split())
    assert f"so {leaver} can still log in. To log in yourself, ask {leaver} to add your key" in text
    page = signed_in(heir).get(f"/clusters/{outliving['id']}").text
    assert "that is not one of yours. Whoever launched it can still log in" in page
    assert "Launch another like this" in page

    assert admin("POST", f"/users/{leaver}/disable", {"end_clusters": True}).status == 200
    assert Visitor(cloud.portal_url).get(link).status in (403, 404)
    assert [one("GET", "/me").status for one in (theirs, child)] == [401, 401]
    assert "/authorize" in browser.get("/keys").url
    assert reaches(admin, f"/clusters/{cluster['id']}", "TERMINATED")["ended_by"] == "admin"
    assert admin("GET", f"/jobs/{job['id']}").body["is_enabled"] is False

    transferred = admin("POST", f"/users/{leaver}/transfer", {"to": heir})
    assert [one["id"] for one in transferred.body["jobs"]] == [job["id"]]
    mine = hers("GET", f"/jobs/{job['id']}").body
    assert (mine["owner"], mine["webhook_url"], mine["is_enabled"]) == (heir, None, False)
    assert hers("GET", f"/jobs/{job['id']}/shares").body["items"] == []
    assert hers("GET", f"/runs/{run['id']}").body["owner"] == heir
    assert hers("POST", f"/jobs/{job['id']}/resume").body["is_enabled"] is True
    subjects = {subject_of(sent) for sent in mails_about(cloud, job["identifier"])}
    assert {f"{job['identifier']} is now yours", f"{job['identifier']} now belongs to {heir}"} <= subjects

    assert signed_in().get(f"/runs/{run['id']}").status == 200
    hers("PATCH", f"/jobs/{job['id']}", {"result_visibility": "private"})
    assert signed_in().get(f"/runs/{run['id']}").status == 404

    assert admin("POST", f"/users/{leaver}/enable").status == 200
    assert (theirs("GET", "/me").status, theirs("GET", f"/jobs/{job['id']}").status) == (200, 404)
