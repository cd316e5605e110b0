"""A form that is sent after its session has ended comes back as it was typed, to be sent again."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest

from localaws.cloud import LocalCloud
from tests.support.http import Api, fresh_key
from tests.support.people import session_cookie, signed_in
from tests.support.visitor import Page, Visitor

OURS = {"Sec_Fetch_Site": "same-origin"}
FORMS: list[tuple[str, str, str, dict[str, str]]] = [
    ("/clusters/new", "/clusters/new", "/clusters/new", {"identifier": "typed-name", "size": "3", "lifetime": "5"}),
    ("/jobs/new", "/jobs/new", "/jobs/new", {"identifier": "typed-name", "description": "typed\ntext", "size": "4"}),
    ("/jobs/{job}/edit", "/edit", "/edit", {"description": "typed\ntext", "size": "4"}),
    ("/jobs/{job}", "/run", "/run", {"parameters": '{"typed": 1}'}),
    ("/jobs/{job}", "/snooze", "/snooze", {"until": "2040-02-03T04:05"}),
    ("/jobs/{job}/shares", "/shares", "/shares", {"name": "typed-name", "level": "change"}),
    ("/jobs/{job}/transfer", "/transfer", "/transfer", {"to": "typed-name"}),
    ("/keys/new", "/keys/new", "/keys/new", {"title": "typed title", "key": "ssh-ed25519 typed"}),
    ("/tokens", "/tokens", "/tokens", {"name": "typed name", "scope": "read"}),
    ("/admin/announcement", "/announcement", "/announcement", {"title": "typed title", "body": "typed"}),
    ("/admin/releases/new", "/new", "/new", {"version": "9.9.9", "help_text": "typed"}),
    ("/admin/settings", "/settings", "/settings", {"freeze_reason": "typed"}),
    ("/admin/users/{name}", "/groups", "/groups", {"group": "typed"}),
]


@pytest.fixture
def world(cloud: LocalCloud, api: Callable[[str], Api]) -> tuple[Visitor, Api, dict[str, str]]:
    name = f"ended-{uuid4().hex[:8]}"
    alice = api(name)
    alice.add_key()
    job = alice.schedule(f"ended-{uuid4().hex[:8]}")["id"]
    return signed_in(cloud, name, "admins"), alice, {"job": job, "name": name}


def fields_of(page: Page, action: str, typed: dict[str, str]) -> dict[str, str]:
    """What the form that has the fields holds: two forms of a page may lead to the same place."""
    return next(form.fields for form in page.forms if form.goes_to(action) and set(typed) <= set(form.fields))


def ends_its_session(visitor: Visitor) -> None:
    visitor.give_cookie(session_cookie("nobody")[0], "ended")


@pytest.mark.parametrize(
    ("path", "action", "again", "typed"), FORMS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_what_was_typed_comes_back(
    world: tuple[Visitor, Api, dict[str, str]], path: str, action: str, again: str, typed: dict[str, str]
) -> None:
    visitor, api, names = world
    page = visitor.get(path.format(**names))
    form = next(form for form in page.forms if form.goes_to(action) and set(typed) <= set(form.fields))
    ends_its_session(visitor)
    sent = form.fields | typed
    files = {"notebook": ("a.ipynb", b"{}")} if form.file_fields else None
    held = visitor.post(form.action, sent, files, **OURS) if files else visitor.post(form.action, sent, **OURS)
    assert (held.status, held.heading) == (401, "You have been signed out")
    assert ("choose it again" in held.text) == bool(files)
    waiting = held.form(action)
    assert "csrf_token" not in waiting.fields
    visitor.give_cookie(*session_cookie(names["name"]))
    before = len(api("GET", f"/audit?person={names['name']}").body["items"])
    back = visitor.post(waiting.action, waiting.fields, **OURS)
    assert (back.status, "nothing was done yet" in back.text) == (200, True)
    refilled = fields_of(back, again, typed)
    assert {name: refilled[name] for name in typed} == typed
    assert refilled["csrf_token"] == visitor.get("/account").forms[0].fields["csrf_token"]
    assert len(api("GET", f"/audit?person={names['name']}").body["items"]) == before


def test_sent_again_it_is_carried_out(world: tuple[Visitor, Api, dict[str, str]]) -> None:
    visitor, api, names = world
    form = visitor.get("/keys/new").form("/keys/new")
    ends_its_session(visitor)
    held = visitor.post(form.action, form.fields | {"title": "mine", "key": fresh_key()}, **OURS).form("/keys/new")
    visitor.give_cookie(*session_cookie(names["name"]))
    back = visitor.post(held.action, held.fields, **OURS)
    done = visitor.send(back, "/keys/new")
    assert (done.status, "mine" in done.text) == (200, True)
    assert "mine" in [key["title"] for key in api("GET", "/keys").body["items"]]


def test_a_button_leads_back_to_its_page(world: tuple[Visitor, Api, dict[str, str]]) -> None:
    visitor, api, names = world
    form = visitor.get(f"/jobs/{names['job']}").form("/pause")
    ends_its_session(visitor)
    held = visitor.post(form.action, form.fields, **OURS).form("/pause")
    visitor.give_cookie(*session_cookie(names["name"]))
    back = visitor.post(held.action, held.fields, **OURS)
    assert back.status == 200
    assert back.has_form("/pause")
    assert api("GET", f"/jobs/{names['job']}").body["is_enabled"]


def test_somebody_who_signed_in_again_elsewhere_loses_nothing_either(
    world: tuple[Visitor, Api, dict[str, str]],
) -> None:
    visitor, _, names = world
    form = visitor.get("/clusters/new").form("/clusters/new")
    visitor.give_cookie(*session_cookie(names["name"]))
    back = visitor.post(form.action, form.fields | {"identifier": "typed-name"}, **OURS)
    assert (back.status, back.form("/clusters/new").fields["identifier"]) == (200, "typed-name")


def test_private_keys_are_not_held(world: tuple[Visitor, Api, dict[str, str]]) -> None:
    visitor, _, _ = world
    form = visitor.get("/keys/new").form("/keys/new")
    ends_its_session(visitor)
    private = "-----BEGIN OPENSSH PRIVATE KEY-----\nsecretsecret\n-----END OPENSSH PRIVATE KEY-----"
    held = visitor.post(form.action, form.fields | {"title": "mine", "key": private}, **OURS)
    assert held.form("/keys/new").fields["title"] == "mine"
    assert "secretsecret" not in held.html


@pytest.mark.parametrize(
    "headers",
    [{}, {"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site"}, {"Origin": "https://example.com"}],
)
def test_what_does_not_come_from_our_pages_is_not_held_or_refilled(
    world: tuple[Visitor, Api, dict[str, str]], headers: dict[str, str]
) -> None:
    visitor, _, _ = world
    assert visitor.post("/keys/new", {"title": "theirs"}, **headers).status == 403
    ends_its_session(visitor)
    page = visitor.post("/keys/new", {"title": "theirs"}, **headers)
    assert "theirs" not in page.html
    assert "Who are you?" in page.text


def test_another_person_sees_it_only_in_the_browser_in_which_it_was_typed(
    world: tuple[Visitor, Api, dict[str, str]], cloud: LocalCloud
) -> None:
    """Nothing is stored: whoever signs in elsewhere finds an empty form."""
    visitor, _, names = world
    form = visitor.get("/keys/new").form("/keys/new")
    ends_its_session(visitor)
    visitor.post(form.action, form.fields | {"title": "typed title"}, **OURS)
    assert "typed title" not in signed_in(cloud, names["name"]).get("/keys/new").html
