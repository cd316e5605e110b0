"""Who did what, when, to which object, through which channel; as people read it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from pynamodb.exceptions import TransactWriteError

from localaws.cloud import LocalCloud
from tests.support.executions import awaits_expiry
from tests.support.http import Api, fresh_key, reaches, until
from tests.support.people import fresh, join
from tests.support.sign_in import Flow, Provider, session_of
from tests.support.visitor import Visitor


def entries_of(api: Api, kind: str, record: Any) -> list[tuple[str, str, str]]:
    """(actor, channel, summary) of what happened to an object, the first first."""
    items = api("GET", f"/{kind}s/{record['id']}/audit").body["items"]
    assert all(item["object"] == record["id"] and item["at"].endswith("Z") for item in items)
    return [(item["actor"], item["channel"], item["summary"]) for item in reversed(items)]


def me(api: Api) -> str:
    return str(api("GET", "/me").body["username"])


def test_a_jobs_life_over_the_api(somebody: Api) -> None:
    job, name = somebody.schedule(f"job-{uuid4().hex[:8]}"), me(somebody)
    assert somebody("PATCH", f"/jobs/{job['id']}", {"size": 2, "description": "secret words"}).status == 200
    assert somebody("PATCH", f"/jobs/{job['id']}", {"size": 0}).status == 422
    for action in ("pause", "resume"):
        assert somebody("POST", f"/jobs/{job['id']}/{action}").status == 200
    somebody("POST", f"/jobs/{job['id']}/shares", {"kind": "group", "name": "science", "level": "view"})
    somebody("GET", f"/jobs/{job['id']}/shares")
    assert entries_of(somebody, "job", job) == [
        (name, "api", summary)
        for summary in (
            "Scheduled it.", "Edited it: description, size.", "Paused it.", "Resumed it.", "Shared it with group science: view.",
        )
    ]  # fmt: skip
    edited = somebody("GET", f"/jobs/{job['id']}/audit").body["items"][3]
    assert (edited["action"], edited["fields"]) == ("job.edit", ["description", "size"])
    assert "secret words" not in str(somebody("GET", f"/jobs/{job['id']}/audit").body)


def test_whoever_may_only_look_is_not_told_with_whom_it_is_shared(somebody: Api, api: Callable[[str], Api]) -> None:
    job, viewer = somebody.schedule(f"job-{uuid4().hex[:8]}"), f"viewer-{uuid4().hex[:8]}"
    looks = api(viewer)
    somebody("POST", f"/jobs/{job['id']}/shares", {"kind": "person", "name": viewer, "level": "view"})
    assert [summary for _, _, summary in entries_of(looks, "job", job)] == ["Scheduled it."]
    assert len(entries_of(somebody, "job", job)) == 2


def test_a_request_that_is_sent_again_gets_no_second_entry(somebody: Api) -> None:
    body = {"size": 1, "lifetime": 2, "ssh_key": somebody.add_key(), "emr_release": "7.10.0"}
    first = somebody("POST", "/clusters", body, Idempotency_Key="one")
    again = somebody("POST", "/clusters", body, Idempotency_Key="one")
    assert first.body["id"] == again.body["id"]
    for _ in range(2):
        somebody("POST", f"/clusters/{first.body['id']}/extend", {"hours": 2}, Idempotency_Key="two")
    summaries = [summary for _, _, summary in entries_of(somebody, "cluster", first.body)]
    assert summaries == ["Launched it.", "Extended it by 2 hours."]


def test_actions_in_the_portal(signed_in: Callable[..., Visitor], somebody: Api) -> None:
    api, visitor = somebody, signed_in(me(somebody))
    api.add_key()
    page = visitor.submit("/clusters/new", lifetime="3")
    record = {"id": page.url.rpartition("/")[2]}
    visitor.submit(f"/clusters/{record['id']}/terminate")
    assert entries_of(api, "cluster", record)[:2] == [
        (me(api), "portal", "Launched it."), (me(api), "portal", "Terminated it."),
    ]  # fmt: skip
    assert "Terminated it." in visitor.get(f"/clusters/{record['id']}").text


def test_a_link_of_a_mail_is_a_channel(cloud: LocalCloud, somebody: Api) -> None:
    from chalicelib.mail import signed_links
    from tests.cloud.mail_links.test_mail_links import made, press

    job = somebody.schedule(f"job-{uuid4().hex[:8]}")
    path = made(signed_links.LinkAction("job.edit", job["id"], ""), somebody)
    press(Visitor(cloud.portal_url), path)
    assert entries_of(somebody, "job", job)[1:] == [(me(somebody), "mail link", "Paused it.")]


def test_what_the_system_does_by_itself(cloud: LocalCloud, somebody: Api) -> None:
    cluster = somebody.launch()
    reaches(somebody, f"/clusters/{cluster['id']}", "WAITING")
    awaits_expiry(cloud, cluster["id"])
    cloud.clock.advance(hours=2, seconds=5)
    reaches(somebody, f"/clusters/{cluster['id']}", "TERMINATED")
    until(lambda: len(entries_of(somebody, "cluster", cluster)) == 2)
    actor, channel, summary = entries_of(somebody, "cluster", cluster)[-1]
    assert (actor, channel) == ("atmo", "system")
    assert summary.startswith("Ended it: ")


def test_everything_is_for_admins(api: Callable[[str], Api], signed_in: Callable[..., Visitor], somebody: Api) -> None:
    admin = api("admin")
    assert (
        admin("GET", "/me").status == somebody("GET", "/me").status == 200
    )  # a token's first use is an entry of its own
    job = somebody.schedule(f"job-{uuid4().hex[:8]}")
    assert somebody("GET", "/audit").status == 404
    somebody("POST", "/keys", {"title": "my laptop", "key": fresh_key()})
    newest = admin("GET", "/audit?limit=1").body
    assert newest["items"][0]["summary"].startswith("Added it, fingerprint SHA256:")
    before = admin("GET", f"/audit?limit=1&cursor={newest['next'].replace('#', '%23')}").body["items"]
    assert before[0]["object"] == job["id"]
    mine = admin("GET", f"/audit?person={me(somebody)}").body["items"]
    assert [item["kind"] for item in mine] == ["key", "job", "token"]
    assert [item["action"] for item in admin("GET", f"/audit?object={job['id']}").body["items"]] == ["job.create"]
    page = signed_in("", "admins").get(f"/admin/audit?person={me(somebody)}")
    assert "my laptop" in page.text
    assert job["identifier"] in page.text
    assert admin("GET", "/audit?cursor=nonsense").status == 400


def test_the_list_goes_back_over_months_in_which_nothing_was_done(cloud: LocalCloud) -> None:
    from chalicelib.audit import service as audit
    from chalicelib.audit.context import Effect
    from chalicelib.core import clock

    long_ago = clock.now() - timedelta(days=300)
    audit.record_repair("job.expired", Effect("job", "j-long-ago", "long-ago", "Expired it."), long_ago)
    entries: list[Any] = []
    cursor, pages = f"{long_ago + timedelta(days=150):%Y-%m-%d}T00:00:00", 0
    while cursor and not entries:
        page = audit.everything(clock.now(), 10, cursor)
        cursor, pages, entries = page.next or "", pages + 1, page.items
    assert [entry.object_id for entry in entries] == ["j-long-ago"]
    assert pages == 2


def test_what_was_done_before_something_failed_is_on_the_trail(somebody: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib.clusters import emr_sync
    from chalicelib.core.errors import Unavailable

    def fail(cluster: object) -> None:
        raise Unavailable("Step Functions does not answer.")

    cluster = somebody.launch()
    with monkeypatch.context() as patch:
        patch.setattr(emr_sync, "wake_execution", fail)
        assert somebody("POST", f"/clusters/{cluster['id']}/extend", {"hours": 1}).status == 503
    assert [summary for _, _, summary in entries_of(somebody, "cluster", cluster)] == [
        "Launched it.",
        "Extended it by 1 hour.",
    ]


def test_what_cannot_be_recorded_is_not_done(somebody: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """The change and its entry are one transaction."""
    from chalicelib.audit import changes

    def deny(*_: object) -> object:
        raise TransactWriteError("DynamoDB is down")

    job = somebody.schedule(f"job-{uuid4().hex[:8]}")
    with monkeypatch.context() as patch:
        patch.setattr(changes, "entry_of", deny)
        assert somebody("POST", f"/jobs/{job['id']}/pause").status == 500
    assert somebody("GET", f"/jobs/{job['id']}").body["is_enabled"]
    assert [summary for _, _, summary in entries_of(somebody, "job", job)] == ["Scheduled it."]


def test_no_entry_is_lost_when_a_function_dies_after_the_change(somebody: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is left to be written when the transaction is done: whatever fails then, the entry is there."""
    from chalicelib.audit import service as audit

    def die(*_: object, **__: object) -> None:
        raise SystemExit

    job = somebody.schedule(f"job-{uuid4().hex[:8]}")
    monkeypatch.setattr(audit, "entry_of", die)
    assert somebody("POST", f"/jobs/{job['id']}/pause").status == 200
    assert somebody("POST", f"/jobs/{job['id']}/shares", {"kind": "group", "name": "a", "level": "view"}).status == 200
    assert somebody("DELETE", f"/jobs/{job['id']}/shares/group/a").status == 204
    monkeypatch.undo()
    assert [summary for _, _, summary in entries_of(somebody, "job", job)] == [
        "Scheduled it.", "Paused it.", "Shared it with group a: view.", "Stopped sharing it with group a.",
    ]  # fmt: skip


def test_no_session_begins_or_ends_without_its_entry(
    cloud: LocalCloud, api: Callable[[str], Api], provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is anybody told that they are refused, before it is on the trail."""
    from chalicelib.audit import changes
    from chalicelib.audit import service as audit

    def deny(*_: object) -> object:
        raise TransactWriteError("DynamoDB is down")

    name = f"trail-{uuid4().hex[:8]}"
    provider.claims(email=f"{name}@example.org")
    visitor = Visitor(cloud.portal_url)
    visitor.give_cookie(*session_of(Flow(cloud).finish()).split("=", 1))
    for form in ("/logout", "/sign-out-everywhere"):
        page = visitor.get("/account")
        with monkeypatch.context() as patch:
            patch.setattr(changes, "entry_of", deny)
            assert visitor.send(page, form).status == 500
        assert name in visitor.get("/account").text
    with monkeypatch.context() as patch:
        patch.setattr(changes, "entry_of", deny)
        refused = Flow(cloud).finish()
    assert refused.status == 500
    assert "__Host-atmo" not in refused.headers.get("Set-Cookie", "")
    api("admin")("POST", f"/users/{name}/disable")
    with monkeypatch.context() as patch:
        patch.setattr(audit, "entry_of", deny)
        assert Flow(cloud).finish().status == 500
    assert Flow(cloud).finish().status == 403


def test_what_a_transfer_of_everything_sets_out_to_do_is_on_the_trail_first(
    somebody: Api, api: Callable[[str], Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.audit import service as audit
    from chalicelib.core.errors import Conflict
    from chalicelib.job_changes import transfer

    def deny(*_: object) -> object:
        raise TransactWriteError("DynamoDB is down")

    def refuse(*_: object, **__: object) -> None:
        raise Conflict("Somebody else is changing it.")

    admin, before, after = api("admin"), me(somebody), f"heir-{uuid4().hex[:8]}"
    api(after)
    job = somebody.schedule(f"job-{uuid4().hex[:8]}")
    with monkeypatch.context() as patch:
        patch.setattr(audit, "entry_of", deny)
        assert admin("POST", f"/users/{before}/transfer", {"to": after}).status == 500
    assert somebody("GET", f"/jobs/{job['id']}").body["owner"] == before
    with monkeypatch.context() as patch:
        patch.setattr(transfer, "transfer", refuse)
        assert admin("POST", f"/users/{before}/transfer", {"to": after}).body["refused"]
    for name, summary in (
        (before, f"Began to transfer 1 job and 0 clusters to {after}."),
        (after, f"Is to receive 1 job and 0 clusters from {before}."),
    ):
        assert summary in [item["summary"] for item in admin("GET", f"/audit?object={name}").body["items"]]


def test_signing_in_and_out_is_on_the_trail(cloud: LocalCloud, api: Callable[[str], Api], provider: Provider) -> None:
    name = f"trail-{uuid4().hex[:8]}"
    provider.claims(email=f"{name}@example.org")
    visitor = Visitor(cloud.portal_url)
    visitor.give_cookie(*session_of(Flow(cloud).finish()).split("=", 1))
    visitor.send(visitor.get("/"), "/logout")
    visitor.give_cookie(*session_of(Flow(cloud).finish()).split("=", 1))
    visitor.send(visitor.get("/account"), "/sign-out-everywhere")
    admin = api("admin")
    assert admin("POST", f"/users/{name}/disable").status == 200
    assert Flow(cloud).finish().status == 403
    mine = [item for item in admin("GET", f"/audit?person={name}").body["items"] if item["kind"] == "person"]
    assert [(item["action"], item["channel"]) for item in mine[-2:]] == [
        ("site.sign-out", "portal"), ("site.sign-in", "portal")
    ]  # fmt: skip
    assert [item["summary"].partition(":")[0] for item in mine] == [
        "Was refused at sign-in", "Signed out everywhere.", "Signed in.", "Signed out.", "Signed in.",
    ]  # fmt: skip


def test_maintainers_and_admins_who_read_others_results_are_on_the_trail_once_a_day(
    cloud: LocalCloud, somebody: Api, api: Callable[[str], Api], signed_in: Callable[..., Visitor]
) -> None:

    job = somebody.schedule(f"job-{uuid4().hex[:8]}")
    run = somebody("POST", f"/jobs/{job['id']}/run", {}).body
    reaches(somebody, f"/runs/{run['id']}", "SUCCEEDED", seconds=90)
    name, viewer = f"boss-{uuid4().hex[:8]}", f"viewer-{uuid4().hex[:8]}"
    boss = api(name)
    join(name, "job-maintainers")
    somebody("POST", f"/jobs/{job['id']}/shares", {"kind": "person", "name": viewer, "level": "view"})

    def readings() -> list[tuple[str, str, str]]:
        return [entry for entry in entries_of(somebody, "job", job) if entry[2].startswith("Read its run")]

    assert api(viewer)("GET", f"/runs/{run['id']}").status in (200, 404)
    assert somebody("GET", f"/runs/{run['id']}/results").status == 200
    assert readings() == []
    sentence = f"Read its run {run['id']}, which is {me(somebody)}'s."
    assert boss("GET", f"/runs/{run['id']}").status == 200
    assert readings() == [(name, "api", sentence)]
    page = signed_in(name, "job-maintainers")
    for path in (f"/runs/{run['id']}", f"/runs/{run['id']}/log", f"/runs/{run['id']}/notebook", f"/jobs/{job['id']}"):
        assert page.get(path).status == 200
    assert boss("GET", f"/runs/{run['id']}/results").status == 200
    assert readings() == [(name, "api", sentence)]
    from chalicelib.audit import readings as module

    module._noted.clear()  # another process
    assert boss("GET", f"/runs/{run['id']}/files/{'run.log'}").status == 302
    assert readings() == [(name, "api", sentence)]
    other = signed_in(f"admin-{uuid4().hex[:8]}", "admins")
    assert other.get(f"/jobs/{job['id']}?tab=logs").status == 200
    assert [channel for _, channel, _ in readings()] == ["api", "portal"]


def test_what_cannot_be_recorded_is_not_read(
    somebody: Api, api: Callable[[str], Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.audit import changes

    def deny(*_: object) -> object:
        raise TransactWriteError("DynamoDB is down")

    job = somebody.schedule(fresh("job"))
    run = somebody("POST", f"/jobs/{job['id']}/run", {}).body
    name = fresh("boss")
    boss = api(name)
    join(name, "job-maintainers")
    assert boss("GET", "/me").status == 200
    with monkeypatch.context() as down:
        down.setattr(changes, "transaction", deny)
        assert boss("GET", f"/runs/{run['id']}").status == 500
    assert boss("GET", f"/runs/{run['id']}").status == 200
    assert [entry[2] for entry in entries_of(somebody, "job", job)][-1].startswith("Read its run")


def test_a_token_that_is_used_from_a_new_place_is_on_the_trail(somebody: Api) -> None:
    def used() -> list[str]:
        items = somebody("GET", "/me").body["token"]
        entries = admin_entries(items["id"])
        return [entry for entry in entries if entry.startswith("Used it from a new place")]

    def admin_entries(token_id: str) -> list[str]:
        from chalicelib.audit import service as audit

        return [entry.summary for entry in audit.of_object(token_id, 100).items]

    assert len(used()) == 1
    assert "127.0.0.0/24" in used()[0]
    for _ in range(2):
        somebody("GET", "/me", User_Agent="stolen/1.0 (somewhere)")
        somebody("GET", "/me", User_Agent="stolen/2.0")
    assert used() == ["Used it from a new place: 127.0.0.0/24 by stolen.", used()[1]]


def test_a_tokens_places_are_stored_as_digests_and_bounded(somebody: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib.identity import token_places
    from chalicelib.identity.digests import digest
    from chalicelib.identity.models import Token

    monkeypatch.setattr(token_places, "MAX_PLACES", 3)
    for number in range(5):
        somebody("GET", "/me", User_Agent=f"program{chr(97 + number)}/1.0")
    token = Token.get(digest(somebody.token))
    assert len(token.places) == 3
    assert all(len(place) == 16 for place in token.places)
    assert "program" not in str(token.places)
