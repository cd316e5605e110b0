"""Two people have the same form open: the second one to send it undoes nothing unawares, and loses nothing that they typed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.budgets import policy
from chalicelib.budgets.rules import Budget
from tests.support.budgets import budgeted
from tests.support.http import RELEASE, Api
from tests.support.settings import forget
from tests.support.visitor import Page, Visitor

CASES: dict[str, tuple[dict[str, str], dict[str, Any], dict[str, str]]] = {
    # What one admin types, what the other one has changed meanwhile, and what is then said of the fields that differ.
    "/admin/settings": ({"spot_timeout": "25"}, {"frozen": True}, {"frozen": "Frozen", "spot_timeout": "10"}),
    f"/admin/releases/{RELEASE}": ({"help_text": "Mine."}, {"is_deprecated": True}, {"is_deprecated": "Yes"}),
    "/admin/announcement": (
        {"title": "Mine"}, {"title": "Theirs", "style": "warn"}, {"title": "Theirs", "style": "Warning"}
    ),
    "/jobs/{job}/edit": (
        {"description": "Mine."}, {"size": 3, "parameters": {"n": 1}}, {"size": "3", "parameters": '{\n  "n": 1\n}'}
    ),
}  # fmt: skip


@pytest.fixture(autouse=True)
def settings_as_new() -> Iterator[None]:
    forget()
    yield
    forget()


def stored_now(page: Page, name: str) -> str:
    """What the page says is stored, at a field that differs."""
    at = page.html.index(f'id="field-{name}"')
    shown = re.search(
        r'<p class="field-stored">Stored now: <(?:strong|em)>(.*?)</(?:strong|em)></p>', page.html[at:], re.S
    )
    assert shown, page.html[at : at + 2000]
    return shown[1].replace("&#34;", '"')


@pytest.mark.parametrize("address", CASES)
def test_the_second_form_shows_both_and_then_counts(
    address: str, signed_in: Callable[..., Visitor], api: Callable[[str], Api]
) -> None:
    admin, other = signed_in("admin"), api("admin")
    job = other.schedule(f"editors-{uuid4().hex[:8]}")["id"] if "{job}" in address else ""
    path = address.format(job=job)
    record = path.replace("/admin", "").removesuffix("/edit")
    typed, theirs, differing = CASES[address]
    opened = admin.get(path)
    change(other, record, theirs)
    before = other("GET", record).body

    refused = admin.send(opened, path, **typed)
    assert (refused.status, "Somebody else has changed this" in refused.text) == (409, True)
    assert other("GET", record).body == before
    form = refused.form(path)
    assert {name: form.fields[name] for name in typed} == typed
    assert {name: stored_now(refused, name) for name in differing} == differing

    again = admin.send(refused, path)
    assert again.status == 200
    after = other("GET", record).body
    assert all(str(after[name]) == value for name, value in typed.items())
    assert all(after[name] != value for name, value in theirs.items())


@pytest.mark.parametrize("address", CASES)
def test_what_nobody_else_changed_is_saved_at_once(
    address: str, signed_in: Callable[..., Visitor], api: Callable[[str], Api]
) -> None:
    admin, other = signed_in("admin"), api("admin")
    path = address.format(job=other.schedule(f"editors-{uuid4().hex[:8]}")["id"] if "{job}" in address else "")
    assert admin.submit(path, **CASES[address][0]).status == 200
    assert admin.submit(path, **CASES[address][0]).status == 200


def test_a_run_that_ends_meanwhile_does_not_refuse_the_form(
    signed_in: Callable[..., Visitor], api: Callable[[str], Api]
) -> None:
    """Only what people decide counts, not what happens to the job."""
    from chalicelib.jobs.models import Job

    alice, job = signed_in("alice"), api("alice").schedule(f"editors-{uuid4().hex[:8]}")["id"]
    opened = alice.get(f"/jobs/{job}/edit")
    Job.get(job).update([Job.last_run_status.set("SUCCEEDED"), Job.last_run.set("r-x")])
    assert alice.send(opened, f"/jobs/{job}/edit", description="Mine.").status == 200


def test_the_second_form_about_a_budget_shows_both_and_then_counts(
    signed_in: Callable[..., Visitor], api: Callable[[str], Api]
) -> None:
    path, sent_to = "/admin/budgets?subject=site", "/admin/budgets/change"
    with budgeted(site=Budget("100.00")):
        admin = signed_in("admin", "admins")
        opened = admin.get(path)
        theirs = {"site": {"amount": "50.00", "hard": True}}
        assert api("admin")("PUT", "/budgets", theirs).status == 200
        refused = admin.send(opened, sent_to, amount="90.00", note="Mine.")
        assert (refused.status, "Somebody else has changed this" in refused.text) == (409, True)
        assert (stored_now(refused, "amount"), stored_now(refused, "at_end")) == ("50.00", "End it")
        assert policy.read()[0].site == Budget("50.00", hard=True)
        assert admin.send(refused, sent_to).status == 200
        assert policy.read()[0].site == Budget("90.00")


def change(admin: Api, record: str, changes: dict[str, Any]) -> None:
    """Over the API, leaving the rest as it is."""
    if record.startswith("/jobs/"):
        assert admin("PATCH", record, changes).status == 200
        return
    answer = admin("PUT", record, ({"title": "Theirs"} if record == "/announcement" else {}) | changes)
    assert answer.status == 200, answer.body
