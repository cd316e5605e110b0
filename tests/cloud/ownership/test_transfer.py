"""Jobs and clusters become somebody else's, with their history; people who leave, and what they leave."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.core import clock
from chalicelib.identity import shares
from chalicelib.identity.models import User
from chalicelib.identity.share_models import Share
from localaws.cloud import LocalCloud
from tests.cloud.operator.test_commands import Operator
from tests.support.faults import Death, death
from tests.support.http import Answer, Api, reaches
from tests.support.mailbox import mails_about, subject_of
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


def handed(old: Api, new: Api, path: str) -> Answer:
    """What the receiver gets who accepts what the owner offers."""
    name = new("GET", "/me").body["username"]
    offered = old("POST", f"{path}/transfer", {"to": name})
    assert (offered.status, offered.body["transfer_to"]) == (200, name)
    return new("POST", f"{path}/transfer/accept")


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
    accepted = handed(old, new, f"/jobs/{job['id']}")
    assert (accepted.status, accepted.body["owner"], accepted.body["identifier"]) == (200, new_name, job["identifier"])
    assert accepted.body["transfer_to"] is None
    assert [run["id"] for run in new("GET", f"/jobs/{job['id']}/runs").body["items"]] == [first["id"]]
    assert new("GET", f"/runs/{first['id']}").body["owner"] == new_name
    for path in (f"/jobs/{job['id']}", f"/runs/{first['id']}"):
        assert old("GET", path).status == 404
    assert [run["id"] for run in new("GET", "/runs").body["items"]] == [first["id"]]
    assert old("GET", "/runs").body["items"] == old("GET", f"/runs?job={job['id']}").body["items"] == []
    assert new("GET", f"/jobs/{job['id']}/shares").body["items"] == []
    newest = new("GET", f"/jobs/{job['id']}/audit").body["items"][0]
    assert (newest["actor"], newest["summary"]) == (new_name, f"Transferred it from {old_name} to {new_name}.")
    subjects = [subject_of(sent) for sent in mails_about(cloud, job["identifier"])]
    assert subjects == [
        f"{old_name} wants to hand over the job {job['identifier']} to you",
        f"{new_name} accepted the job {job['identifier']}",
    ]


def test_what_is_going_on_goes_on_for_the_new_owner(people: Callable[[], Someone]) -> None:
    (old, _), (new, name) = people(), people()
    job = job_of(old)
    run = old("POST", f"/jobs/{job['id']}/run").body
    assert handed(old, new, f"/jobs/{job['id']}").status == 200
    from chalicelib.runs.models import Run

    record = Run.get(run["id"])
    assert record.is_final or (record.owner, record.owner_email) == (name, f"{name}@example.org")
    assert new("POST", f"/runs/{run['id']}/cancel").status in (200, 409)


def test_a_cluster_gets_a_name_that_is_new_among_its_new_owners(people: Callable[[], Someone]) -> None:
    (old, _), (new, name) = people(), people()
    theirs, ours = new.launch(identifier="analysis"), old.launch(identifier="analysis")
    accepted = handed(old, new, f"/clusters/{ours['id']}")
    assert (accepted.status, accepted.body["owner"]) == (200, name)
    assert accepted.body["identifier"] != theirs["identifier"]
    assert accepted.body["name"] == ours["name"]
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
    owner, receiver, place = signed_in(name), signed_in(to), f"/jobs/{job['id']}"
    assert f"Offered to {to}" in owner.submit(f"{place}/transfer", to=to).text
    assert "hand this job over to" not in owner.send(owner.get(place), "/transfer/take-back").text
    assert receiver.get(place).status == 404
    owner.submit(f"{place}/transfer", to=to)
    assert f"{name} wants to hand this over to you" in receiver.get(place).text
    assert receiver.send(receiver.get(place), "/transfer/decline").path == "/"
    assert owner.get(place).status == 200
    owner.submit(f"{place}/transfer", to=to)
    assert receiver.send(receiver.get(place), "/transfer/accept").path == place
    assert owner.get(place).status == 404
    assert "wants to hand this over" not in receiver.get(place).text


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
            assert api("maintainer")("POST", f"{path}/transfer", {"to": new_name}).status == 409
    assert mails_about(cloud, new_name) == []
    with monkeypatch.context() as patch:
        patch.setattr(cluster_transfer, "_try_transfer", lambda *_: False)
        assert api("admin")("POST", f"/users/{old_name}/transfer", {"to": new_name}).status == 200
    mail, away = mails_about(cloud, new_name)
    assert f"{old_name}@example.org" in str(vars(away))
    assert all(job["identifier"] in str(vars(mail)) for job in jobs)
    assert cluster["identifier"] not in str(vars(mail))


def test_a_cluster_that_comes_back_is_told_again(cloud: LocalCloud, people: Callable[[], Someone]) -> None:
    (one, one_name), (other, _) = people(), people()
    cluster = one.launch()
    for giver, receiver in ((one, other), (other, one), (one, other)):
        assert handed(giver, receiver, f"/clusters/{cluster['id']}").status == 200
    offers = [mail for mail in mails_about(cloud, cluster["identifier"]) if f"{one_name} wants to" in mail.subject]
    assert len(offers) == 2
    assert all("It keeps the SSH key that it was launched with" in " ".join(str(vars(mail)).split()) for mail in offers)


@pytest.mark.parametrize("kind", ["jobs", "clusters"])
def test_an_offer_changes_nothing_until_it_is_accepted(
    cloud: LocalCloud, people: Callable[[], Someone], kind: str
) -> None:
    (old, old_name), (new, name), (third, third_name) = people(), people(), people()
    thing = job_of(old) if kind == "jobs" else old.launch()
    path = f"/{kind}/{thing['id']}"
    assert old("POST", f"{path}/transfer", {"to": name}).body["owner"] == old_name
    assert new("GET", path).body["transfer_to"] == name
    assert new("POST", f"{path}/transfer", {"to": name}).status == 403
    for stranger in (third, old):
        assert stranger("POST", f"{path}/transfer/accept").status in (403, 404)
    assert old("POST", f"{path}/transfer", {"to": third_name}).status == 200, "the last offer counts"
    assert new("POST", f"{path}/transfer/accept").status == 404
    assert old("DELETE", f"{path}/transfer").body["transfer_to"] is None
    assert old("DELETE", f"{path}/transfer").status == 200
    assert third("POST", f"{path}/transfer/accept").status == 404
    old("POST", f"{path}/transfer", {"to": name})
    assert new("POST", f"{path}/transfer/decline").status == 204
    assert [sent.subject for sent in mails_about(cloud, thing["identifier"]) if "declined" in sent.subject]
    assert (new("GET", path).status, old("GET", path).body["owner"]) == (404, old_name)


@pytest.mark.parametrize("kind", ["jobs", "clusters"])
def test_an_offer_is_accepted_from_its_mail(cloud: LocalCloud, people: Callable[[], Someone], kind: str) -> None:
    (old, _), (new, name) = people(), people()
    thing = job_of(old) if kind == "jobs" else old.launch()
    old("POST", f"/{kind}/{thing['id']}/transfer", {"to": name})
    (mail,) = [sent for sent in mails_about(cloud, thing["identifier"]) if "wants to hand over" in sent.subject]
    (link,) = set(re.findall(r"/links/[\w.-]+", str(vars(mail))))
    reader = Visitor(cloud.portal_url)
    form = reader.get(link).form(link)
    assert f"{thing['identifier']} is yours" in reader.post(form.action, form.fields).text
    assert new("GET", f"/{kind}/{thing['id']}").body["owner"] == name
    assert reader.get(link).status in (404, 409)


def test_an_operator_of_the_owners_name_is_not_the_owner(cloud: LocalCloud, people: Callable[[], Someone]) -> None:
    """Names of AWS's people are given out by somebody else."""
    (old, old_name), (_, name) = people(), people()
    job = job_of(old)
    operator = Operator(cloud, old_name)
    transferred = operator.result("owner.transfer", job=job["id"], to=name)
    assert (transferred["owner"], transferred["transfer_to"]) == (name, None)
    assert operator.result("users.disable", person=old_name)["disabled_by"] == old_name


@pytest.mark.parametrize("kind", ["jobs", "clusters"])
def test_as_many_shares_as_there_can_be_end(people: Callable[[], Someone], kind: str) -> None:
    """More than fit into one transaction."""
    (old, _), (new, _) = people(), people()
    thing = job_of(old) if kind == "jobs" else old.launch()
    for number in range(shares.MAX_SHARES):
        Share(thing["id"], f"group:g{number}", level="view", shared_by="old", created_at=clock.now()).save()
    assert handed(old, new, f"/{kind}/{thing['id']}").status == 200
    assert shares.of(thing["id"]) == []


def test_what_was_set_up_for_others_ends(people: Callable[[], Someone]) -> None:
    (old, _), (new, _), (third, third_name) = people(), people(), people()
    job = old.schedule(f"job-{uuid4().hex[:8]}", webhook_url="https://hooks.example.org/x")
    cluster = old.launch()
    for path in (f"/jobs/{job['id']}", f"/clusters/{cluster['id']}"):
        old("POST", f"{path}/shares", {"kind": "person", "name": third_name, "level": "delete"})
        assert third("GET", path).status == 200
        assert handed(old, new, path).status == 200
        assert third("GET", path).status == 404
        assert new("GET", f"{path}/shares").body["items"] == []
    assert new("GET", f"/jobs/{job['id']}").body["webhook_url"] is None


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


@pytest.mark.parametrize("how", ["at once", "afterwards", "disabled before there was the choice", "in the portal"])
def test_a_disabled_persons_clusters_end_if_the_admin_says_so(
    api: Callable[[str], Api], people: Callable[[], Someone], signed_in: Callable[..., Visitor], how: str
) -> None:
    (somebody, name), admin = people(), api("admin")
    cluster = reaches(somebody, f"/clusters/{somebody.launch()['id']}", "WAITING")
    if how == "in the portal":
        visitor = signed_in("", "admins")
        page = visitor.get(f"/admin/users/{name}")
        form = next(form for form in page.forms if form.action.endswith("/disable?clusters=end"))
        assert visitor.post(form.action, form.fields).status == 200
    else:
        for end in [True] if how == "at once" else [False, True]:
            assert admin("POST", f"/users/{name}/disable", {"end_clusters": end}).status == 200
            if how == "disabled before there was the choice" and not end:
                User.get(name).update([User.end_clusters.remove()])
    ended = reaches(admin, f"/clusters/{cluster['id']}", "TERMINATED")
    assert ended["status_reason"] == f"The account of {name} was disabled."


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
    assert name in {item["username"] for item in somebody("GET", f"/users?q={name}").body["items"]}
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


def test_how_to_connect_is_for_whose_key_opens_it(
    people: Callable[[], Someone], signed_in: Callable[..., Visitor]
) -> None:
    """To whom it is shared, and whose it is since a transfer, is told that their key does not, and by whom it could."""
    (old, old_name), (new, name) = people(), people()
    cluster = reaches(old, f"/clusters/{old.launch()['id']}", "WAITING")
    path, owner, other = f"/clusters/{cluster['id']}", signed_in(old_name), signed_in(name)
    old("POST", f"{path}/shares", {"kind": "person", "name": name, "level": "change"})
    command, sentence = "Copy files to it and back", "that is not one of yours"
    assert command in owner.get(path).text
    assert sentence in other.get(path).text
    assert command not in other.get(path).text
    assert "You will get a mail an hour before" not in other.get(path).text
    old("DELETE", f"/keys/{cluster['ssh_key']}")
    assert command in owner.get(path).text
    assert handed(old, new, path).status == 200
    assert sentence in other.get(path).text


KINDS = ("job", "cluster")


def offered_thing(kind: str, owner: Api) -> tuple[str, str]:
    """A job's or cluster's path, and its name."""
    thing = job_of(owner) if kind == "job" else owner.launch(identifier=f"offered-{uuid4().hex[:8]}")
    return f"/{kind}s/{thing['id']}", thing["identifier"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("answer", ["accept", "decline", "take back", "offer to another", "admin", "delete"])
def test_an_offer_is_on_both_dashboards_until_it_is_answered(
    people: Callable[[], Someone],
    signed_in: Callable[..., Visitor],
    api: Callable[[str], Api],
    kind: str,
    answer: str,
) -> None:
    (old, old_name), (new, new_name), (_, other_name) = people(), people(), people()
    path, name = offered_thing(kind, old)
    old("POST", f"{path}/transfer", {"to": new_name})
    giver, receiver, other = signed_in(old_name), signed_in(new_name), signed_in(other_name)
    assert f"You have offered the {kind} {name} to {new_name}" in giver.get("/").text
    assert f"{old_name} wants to hand the {kind} {name} over to you" in receiver.get("/").text
    requests: dict[str, Callable[[], Answer]] = {
        "accept": lambda: new("POST", f"{path}/transfer/accept"),
        "decline": lambda: new("POST", f"{path}/transfer/decline"),
        "take back": lambda: old("DELETE", f"{path}/transfer"),
        "offer to another": lambda: old("POST", f"{path}/transfer", {"to": other_name}),
        "admin": lambda: api("admin")("POST", f"{path}/transfer", {"to": other_name}),
        "delete": lambda: old("DELETE", path) if kind == "job" else old("DELETE", f"{path}/transfer"),
    }
    assert requests[answer]().status in (200, 204)
    assert "Handed over" not in receiver.get("/").text
    assert ("Handed over" in giver.get("/").text) == (answer == "offer to another")
    assert ("wants to hand" in other.get("/").text) == (answer == "offer to another")


@pytest.mark.parametrize("kind", KINDS)
def test_accepting_twice_answers_as_the_first_time(
    cloud: LocalCloud, people: Callable[[], Someone], signed_in: Callable[..., Visitor], kind: str
) -> None:
    (old, _), (new, new_name), (other, other_name) = people(), people(), people()
    path, name = offered_thing(kind, old)
    assert old("POST", f"{path}/transfer/accept").status == 403
    first = handed(old, new, path)
    again = new("POST", f"{path}/transfer/accept")
    assert (again.status, again.body["owner"], again.body["id"]) == (200, new_name, first.body["id"])
    visitor = signed_in(new_name)
    token = visitor.get("/").form("/logout").fields["csrf_token"]
    assert visitor.post(f"{path}/transfer/accept", {"csrf_token": token}).path == path
    accepted = [sent for sent in mails_about(cloud, name) if "accepted" in sent.subject]
    assert len(accepted) == 1
    entries = new("GET", f"{path}/audit").body["items"]
    assert len([entry for entry in entries if entry["summary"].startswith("Transferred it")]) == 1
    assert old("POST", f"{path}/transfer/accept").status == 404
    new("POST", f"{path}/transfer", {"to": other_name})
    assert new("POST", f"{path}/transfer/accept").status == 403
    assert other("POST", f"{path}/transfer/accept").body["owner"] == other_name
    assert new("POST", f"{path}/transfer/accept").status == 404


@pytest.mark.parametrize("kind", KINDS)
def test_accepting_several_times_at_once_is_accepting_once(
    cloud: LocalCloud, people: Callable[[], Someone], kind: str
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    (old, _), (new, new_name) = people(), people()
    path, name = offered_thing(kind, old)
    old("POST", f"{path}/transfer", {"to": new_name})
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: new("POST", f"{path}/transfer/accept"), range(6)))
    assert {(answer.status, answer.body.get("owner")) for answer in answers} == {(200, new_name)}
    assert len([sent for sent in mails_about(cloud, name) if "accepted" in sent.subject]) == 1


def test_runs_of_a_job_that_was_received_and_then_deleted(
    people: Callable[[], Someone], signed_in: Callable[..., Visitor]
) -> None:
    """They stay with whom the job belonged to last: named, listed, and each at its address."""
    (old, _), (new, new_name) = people(), people()
    job = job_of(old)
    run = old("POST", f"/jobs/{job['id']}/run").body
    old("POST", f"/runs/{run['id']}/cancel")
    reaches(old, f"/runs/{run['id']}", "CANCELLED", "FAILED", "SUCCEEDED")
    assert handed(old, new, f"/jobs/{job['id']}").status == 200
    visitor = signed_in(new_name)
    place = f"/runs?job={job['id']}"
    assert f'href="{place}"' in visitor.get(f"/jobs/{job['id']}/delete").html
    assert new("DELETE", f"/jobs/{job['id']}", {"reason": "done"}).status == 204
    for path in ("/runs", place):
        assert [one["id"] for one in new("GET", path).body["items"]] == [run["id"]]
        assert old("GET", path).body["items"] == []
    assert "This job has been deleted" in visitor.get(place).text
    assert f"Job {job['identifier']} (deleted)" in visitor.get(f"/runs/{run['id']}").text
    assert "job deleted" in visitor.get("/runs").text
    assert old("GET", f"/runs/{run['id']}").status == 404
