"""Jobs and clusters become somebody else's, with their history; people who leave, and what they leave."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from localaws.cloud import LocalCloud
from tests.support.faults import Death, death
from tests.support.http import Api, reaches
from tests.support.mailbox import mails_about
from tests.support.sweeps import sweep
from tests.support.visitor import Visitor

Someone = tuple[Api, str]


@pytest.fixture
def people(api: Callable[[str], Api]) -> Callable[[], Someone]:
    """Fresh plain users, as `(api, name)`."""

    def make() -> Someone:
        name = f"person-{uuid4().hex[:8]}"
        return api(name), name

    return make


def job_of(api: Api) -> Any:
    return api.schedule(f"job-{uuid4().hex[:8]}")


def test_a_job_with_its_runs(cloud: LocalCloud, people: Callable[[], Someone]) -> None:
    (old, old_name), (new, new_name) = people(), people()
    job = job_of(old)
    first = old("POST", f"/jobs/{job['id']}/run").body
    old("POST", f"/runs/{first['id']}/cancel")
    reaches(old, f"/runs/{first['id']}", "CANCELLED", "FAILED", "SUCCEEDED")
    assert new("GET", f"/runs/{first['id']}").status == 404
    old("POST", f"/jobs/{job['id']}/shares", {"kind": "person", "name": new_name, "level": "delete"})
    assert new("POST", f"/jobs/{job['id']}/transfer", {"to": new_name}).status == 403
    handed = old("POST", f"/jobs/{job['id']}/transfer", {"to": new_name})
    assert (handed.status, handed.body["owner"], handed.body["identifier"]) == (200, new_name, job["identifier"])
    assert [run["id"] for run in new("GET", f"/jobs/{job['id']}/runs").body["items"]] == [first["id"]]
    assert new("GET", f"/runs/{first['id']}").body["owner"] == new_name
    for path in (f"/jobs/{job['id']}", f"/runs/{first['id']}"):
        assert old("GET", path).status == 404
    assert new("GET", f"/jobs/{job['id']}/shares").body["items"] == []
    newest = new("GET", f"/jobs/{job['id']}/audit").body["items"][0]
    assert (newest["actor"], newest["summary"]) == (old_name, f"Transferred it from {old_name} to {new_name}.")
    (mail,) = [sent for sent in mails_about(cloud, job["identifier"]) if "is now yours" in sent.subject]
    assert f"{new_name}@example.org" in str(vars(mail))


def test_what_is_going_on_goes_on_for_the_new_owner(people: Callable[[], Someone]) -> None:
    (old, _), (new, name) = people(), people()
    job = job_of(old)
    run = old("POST", f"/jobs/{job['id']}/run").body
    assert old("POST", f"/jobs/{job['id']}/transfer", {"to": name}).status == 200
    from chalicelib.runs.models import Run

    record = Run.get(run["id"])
    assert record.is_final or (record.owner, record.owner_email) == (name, f"{name}@example.org")
    assert new("POST", f"/runs/{run['id']}/cancel").status in (200, 409)


def test_a_cluster_gets_a_name_that_is_new_among_its_new_owners(people: Callable[[], Someone]) -> None:
    (old, _), (new, name) = people(), people()
    theirs, ours = new.launch(identifier="analysis"), old.launch(identifier="analysis")
    handed = old("POST", f"/clusters/{ours['id']}/transfer", {"to": name})
    assert (handed.status, handed.body["owner"]) == (200, name)
    assert handed.body["identifier"] != theirs["identifier"]
    assert handed.body["name"] == ours["name"]
    assert {item["id"] for item in new("GET", "/clusters?state=active").body["items"]} == {theirs["id"], ours["id"]}
    assert old("GET", "/clusters").body["items"] == []
    assert old.launch(identifier="analysis")["identifier"] == "analysis"
    new("POST", f"/clusters/{ours['id']}/terminate")
    reaches(new, f"/clusters/{ours['id']}", "TERMINATED")
    assert ours["id"] in {item["id"] for item in new("GET", "/clusters?state=terminated").body["items"]}


def test_refusals_name_the_field(people: Callable[[], Someone], signed_in: Callable[..., Visitor]) -> None:
    api, name = people()
    job = job_of(api)
    for to, word in (("nobody-at-all", "Check the user name"), (name, "already"), ("", "")):
        answer = api("POST", f"/jobs/{job['id']}/transfer", {"to": to})
        assert (answer.status, answer.body["errors"][0]["field"]) == (422, "to")
        assert word in answer.body["errors"][0]["message"]
    page = signed_in(name).submit(f"/jobs/{job['id']}/transfer", to="nobody-at-all")
    assert page.status == 422
    assert "Check the user name" in page.error("to")
    assert page.form("/transfer").fields["to"] == "nobody-at-all"


def test_in_the_portal(people: Callable[[], Someone], signed_in: Callable[..., Visitor]) -> None:
    (api, name), (_, to) = people(), people()
    job = job_of(api)
    page = signed_in(name).submit(f"/jobs/{job['id']}/transfer", to=to)
    assert (page.status, page.url.rpartition("/")[2]) == (200, "")
    assert job["identifier"] in signed_in(to).get(f"/jobs/{job['id']}").text


def test_only_what_was_transferred_is_told(
    cloud: LocalCloud, people: Callable[[], Someone], api: Callable[[str], Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.clusters import transfer as cluster_transfer
    from chalicelib.job_changes import transfer as job_transfer

    (old, old_name), (_, new_name) = people(), people()
    jobs, cluster = [job_of(old), job_of(old)], old.launch()
    with monkeypatch.context() as patch:
        for module in (job_transfer, cluster_transfer):
            patch.setattr(module, "_try_transfer", lambda *_: False)
        for path in (f"/jobs/{jobs[0]['id']}", f"/clusters/{cluster['id']}"):
            assert old("POST", f"{path}/transfer", {"to": new_name}).status == 409
    assert mails_about(cloud, new_name) == []
    with monkeypatch.context() as patch:
        patch.setattr(cluster_transfer, "_try_transfer", lambda *_: False)
        assert api("admin")("POST", f"/users/{old_name}/transfer", {"to": new_name}).status == 200
    (mail,) = mails_about(cloud, new_name)
    assert all(job["identifier"] in str(vars(mail)) for job in jobs)
    assert cluster["identifier"] not in str(vars(mail))


def test_a_cluster_that_comes_back_is_told_again(cloud: LocalCloud, people: Callable[[], Someone]) -> None:
    (one, one_name), (other, other_name) = people(), people()
    cluster = one.launch()
    for giver, to in ((one, other_name), (other, one_name), (one, other_name)):
        assert giver("POST", f"/clusters/{cluster['id']}/transfer", {"to": to}).status == 200
    mails = [mail for mail in mails_about(cloud, f"from {one_name} to you") if "now yours" in mail.subject]
    assert len(mails) == 2


def test_everything_of_a_person(
    cloud: LocalCloud, people: Callable[[], Someone], signed_in: Callable[..., Visitor]
) -> None:
    (old, old_name), (new, new_name) = people(), people()
    jobs, cluster = [job_of(old), job_of(old)], old.launch()
    admin = signed_in("", "admins")
    page = admin.get(f"/admin/users/{old_name}")
    form = page.form("/transfer")
    assert admin.post(form.action, form.fields | {"to": new_name}).status == 200
    assert {item["id"] for item in new("GET", "/jobs").body["items"]} == {job["id"] for job in jobs}
    assert [item["id"] for item in new("GET", "/clusters").body["items"]] == [cluster["id"]]
    assert len([sent for sent in mails_about(cloud, new_name) if "3 things that were" in sent.subject]) == 1
    assert admin.post(form.action, form.fields | {"to": new_name}).status == 200


def test_a_disabled_person(
    cloud: LocalCloud, api: Callable[[str], Api], people: Callable[[], Someone], signed_in: Callable[..., Visitor]
) -> None:
    (somebody, name), admin = people(), api("admin")
    visitor, job, cluster = signed_in(name), job_of(somebody), somebody.launch()
    api("maintainer")
    disabled = admin("POST", f"/users/{name}/disable")
    assert (disabled.status, disabled.body["disabled_by"]) == (200, "admin")
    assert somebody("GET", "/me").status == 401
    assert "/authorize" in visitor.get("/keys").url
    paused = admin("GET", f"/jobs/{job['id']}").body
    assert (paused["is_enabled"], paused["paused_by"], paused["next_run_at"]) == (False, "atmo", None)
    assert paused["pause_reason"] == f"The account of {name} was disabled."
    assert admin("GET", f"/clusters/{cluster['id']}").body["ended_by"] is None
    mails = [sent for sent in mails_about(cloud, job["identifier"]) if "disabled" in sent.subject]
    assert len([sent for sent in mails if "Your account" in sent.subject]) == 1
    assert any("maintainer@example.org" in str(vars(sent)) for sent in mails)
    sweep(cloud)
    assert len([sent for sent in mails_about(cloud, job["identifier"]) if "disabled" in sent.subject]) == len(mails)
    assert admin("POST", f"/users/{name}/enable").body["disabled_at"] is None
    assert somebody("GET", f"/jobs/{job['id']}").body["is_enabled"] is False
    assert "/authorize" in visitor.get("/keys").url


def test_a_disabled_person_cannot_sign_in(people: Callable[[], Someone], api: Callable[[str], Api]) -> None:
    from chalicelib.core import clock
    from chalicelib.core.errors import Forbidden
    from chalicelib.identity import users
    from chalicelib.identity.person import Person

    (_, name), admin = people(), api("admin")
    admin("POST", f"/users/{name}/disable")
    with pytest.raises(Forbidden, match="has been disabled"):
        users.remember(Person(name, f"{name}@example.org"), clock.now())
    assert users.person(name) is None


@pytest.mark.parametrize("at_call", [2, 4])
def test_whoever_dies_while_disabling_the_sweep_finishes(
    cloud: LocalCloud, people: Callable[[], Someone], api: Callable[[str], Api], at_call: int
) -> None:
    from chalicelib.core import clock
    from chalicelib.identity.person import Person
    from chalicelib.ownership import offboarding

    (somebody, name), admin = people(), api("admin")
    job = job_of(somebody)
    with death(at_call, "before"), pytest.raises(Death):
        offboarding.disable(Person("admin", "admin@example.org", frozenset({"admins"})), name, clock.now())
    assert somebody("GET", "/me").status == 401
    sweep(cloud)
    assert admin("GET", f"/jobs/{job['id']}").body["is_enabled"] is False
    assert [sent for sent in mails_about(cloud, job["identifier"]) if "Your account" in sent.subject]


def test_groups_of_this_site(people: Callable[[], Someone], api: Callable[[str], Api]) -> None:
    (somebody, name), admin = people(), api("admin")
    assert somebody("GET", "/users").status == 404
    assert admin("POST", f"/users/{name}/groups", {"group": "admins"}).body["site_groups"] == ["admins"]
    assert name in {item["username"] for item in somebody("GET", "/users").body["items"]}
    assert admin("POST", f"/users/{name}/groups", {"group": ""}).status == 422
    assert admin("DELETE", f"/users/{name}/groups/admins").body["groups"] == []
    assert somebody("GET", "/users").status == 404
    assert admin("DELETE", f"/users/{name}/groups/admins").status == 404
    summaries = [item["summary"] for item in admin("GET", f"/audit?object={name}").body["items"]]
    assert summaries == ["Removed from the group admins.", "Added to the group admins."]


def test_nobody_locks_themselves_out(api: Callable[[str], Api], signed_in: Callable[..., Visitor]) -> None:
    assert api("admin")("POST", "/users/admin/disable").status == 409
    visitor = signed_in("admin-of-their-own", "admins")
    form = visitor.get("/admin/users/admin-of-their-own").form("/disable")
    page = visitor.post(form.action, form.fields)
    assert (page.status, "your own account" in page.text) == (409, True)
    assert "admin-of-their-own" in visitor.get("/admin/users?q=OF-THEIR-own").text
