"""Every form of the portal, sent again as it was: done once, and it leads to the same page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest

from chalicelib.core import clock
from chalicelib.entrypoints import addresses
from tests.support.http import Api, fresh_key
from tests.support.visitor import Page, Visitor

OWN_MEMORY = {
    "/clusters/new", "/clusters/{cluster_id}/extend", "/jobs/new", "/jobs/import", "/jobs/{job_id}/run",
    "/runs/{run_id}/repair", "/tokens",
    "/links/{text}",
}  # fmt: skip
"""Forms whose services remember the key, as others call them too."""
POSTS = {
    path: again
    for module in addresses.PORTAL
    for path, again in getattr(addresses.routes_of(module), "replays", {}).items()
}
_JOB = "/jobs/{job}"
FORMS: list[tuple[str, str, dict[str, str]]] = [
    ("/clusters/{cluster}", "/terminate", {}),
    ("/clusters/{cluster}/shares", "/shares", {"name": "science", "kind": "group"}),
    ("/clusters/{cluster}/transfer", "/transfer", {"to": "{other}"}),
    (_JOB, "/pause", {}),
    (_JOB, "/snooze", {"until": "2041-01-01T00:00"}),
    (f"{_JOB}/edit", "/edit", {"description": "another"}),
    (f"{_JOB}/delete", "/delete", {}),
    (f"{_JOB}/shares", "/shares", {"name": "science", "kind": "group"}),
    (f"{_JOB}/transfer", "/transfer", {"to": "{other}"}),
    ("/keys/new", "/keys/new", {"title": "a", "key": "{key}"}),
    ("/keys/{held}/delete", "/delete", {}),
    ("/admin/announcement", "/announcement", {"title": "a", "is_shown": "no"}),
    ("/admin/releases/7.5.0", "/7.5.0", {"help_text": "Spark 3.5, Java 17."}),
    ("/admin/settings", "/settings", {}),
    ("/admin/budgets", "/budgets/change", {"amount": "900000.00", "name": "{other}"}),
    ("/limits", "/limits/requests", {"limit": "runs", "most": "90000", "reason": "a"}),
    ("/admin/users/{other}", "/groups", {"group": "science"}),
    ("/admin/users/{other}", "/disable", {}),
    ("/tokens", "/tokens", {"name": "a"}),
]


def test_every_form_of_the_portal_has_an_answer_to_its_repetition() -> None:
    assert {path for path, again in POSTS.items() if again is None} == OWN_MEMORY


@pytest.mark.parametrize(("page", "action", "typed"), FORMS, ids=lambda value: value if isinstance(value, str) else "")
def test_a_form_sent_again_leads_to_the_same_page_and_is_on_the_trail_once(
    api: Callable[[str], Api], signed_in: Callable[..., Visitor], page: str, action: str, typed: dict[str, str]
) -> None:
    name, other = f"forms-{uuid4().hex[:8]}", f"other-{uuid4().hex[:8]}"
    alice, _ = api(name), api(other)
    visitor = signed_in(name, "admins")
    held = alice.add_key()
    names = {"held": held, "other": other, "key": fresh_key()}
    if "{cluster}" in page:
        names["cluster"] = alice.launch(ssh_key=held)["id"]
    if "{job}" in page:
        names["job"] = alice.schedule(f"forms-{uuid4().hex[:8]}", start_date="2040-06-01T06:00:00Z")["id"]
    form = visitor.get(page.format(**names)).form(action)
    assert form.fields["submission"]
    fields = form.fields | {field: text.format(**names) for field, text in typed.items()}
    if action == "/snooze":
        fields["until"] = f"{clock.now() + timedelta(days=90):%Y-%m-%dT%H:%M}"

    def send() -> Page:
        return visitor.post(form.action, fields, {}) if form.multipart else visitor.post(form.action, fields)

    def entries() -> list[str]:
        items = alice("GET", f"/audit?person={name}&limit=100").body["items"]
        return [f"{item['object']} {item['summary']}" for item in items]

    before = len(entries())
    first = send()
    assert first.status == 200, first.text
    done = entries()
    assert len(done) == before + 1
    second = send()
    assert (second.status, second.path) == (200, first.path)
    assert entries() == done
    changed = fields | {next(iter(typed), "record_version"): "something-else"}
    refused = visitor.post(form.action, changed, {}) if form.multipart else visitor.post(form.action, changed)
    assert (refused.status, "already used for something else" in refused.text) == (409, True)


def test_a_preview_does_not_use_up_the_form(signed_in: Callable[..., Visitor]) -> None:
    visitor = signed_in("", "admins")
    form = visitor.get("/admin/announcement").form("/announcement")
    fields = form.fields | {"title": "a", "is_shown": "no"}
    assert visitor.post(form.action, fields | {"preview": ""}).status == 200
    saved = visitor.post(form.action, fields | {"title": "b"})
    assert (saved.status, saved.form("/announcement").fields["title"]) == (200, "b")


def test_what_was_deleted_is_deleted_for_whoever_presses_twice(
    somebody: Api, signed_in: Callable[..., Visitor]
) -> None:
    job = somebody.schedule(f"forms-{uuid4().hex[:8]}")
    visitor = signed_in(somebody("GET", "/me").body["username"])
    form = visitor.get(f"/jobs/{job['id']}").form("/delete")
    assert [visitor.post(form.action, form.fields).status for _ in range(2)] == [200, 200]
