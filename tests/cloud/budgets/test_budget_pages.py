"""Budgets in the browser: admins decide them, and everybody sees their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest

from chalicelib.budgets import policy
from chalicelib.budgets.rules import Budget, Policy
from chalicelib.core import clock
from tests.support.budgets import budgeted
from tests.support.http import Api
from tests.support.limits import ADMIN
from tests.support.visitor import Page, Visitor


@pytest.fixture(autouse=True)
def no_budgets() -> Iterator[None]:
    yield
    policy.change(ADMIN, lambda _: Policy(), "a test", clock.now())


def typing(admin: Visitor, name: str, subject: str = "person") -> Callable[..., Page]:
    """Opens the form with this budget in it, types into it, and sends it."""

    def send(**fields: str) -> Page:
        page = admin.get(f"/admin/budgets?subject={subject}&name={name}")
        return admin.send(page, "/admin/budgets/change", **fields)

    return send


def test_an_admin_gives_raises_and_removes_a_budget(
    signed_in: Callable[..., Visitor], api: Callable[[str], Api]
) -> None:
    admin, name = signed_in("admin", "admins"), f"somebody-{uuid4().hex[:8]}"
    api(name)
    send = typing(admin, name)
    assert send(amount="12.50", at_end="end").status == 200
    assert policy.read()[0].people[name] == Budget("12.50", hard=True)
    page = admin.get("/admin/budgets").text
    assert f"The month's budget of {name}" in page
    assert "$12.50" in page
    assert send(amount="13.00").error("note")
    assert send(amount="13.00", note="More to do.").status == 200
    assert policy.read()[0].people[name] == Budget("13.00", hard=True)
    assert send(amount="cheap").error("amount")
    assert send(name="", amount="1.00").error("name")
    assert send(amount="", note="Not needed.").status == 200
    assert name not in policy.read()[0].people


def test_the_form_has_what_there_is_and_the_table_leads_to_it(
    signed_in: Callable[..., Visitor], api: Callable[[str], Api]
) -> None:
    admin, name = signed_in("admin", "admins"), f"somebody-{uuid4().hex[:8]}"
    api(name)
    with budgeted(site=Budget("900", 70, 90), people={name: Budget("7.00", hard=True)}):
        links = [one for one in admin.get("/admin/budgets").addresses() if "subject=" in one]
        filled = [admin.get(link.partition("#")[0]).fields("/admin/budgets/change") for link in links]
    names = ("subject", "name", "amount", "tell_at", "refuse_at", "at_end")
    assert [tuple(fields[one] for one in names) for fields in filled] == [
        ("site", "", "900", "70", "90", "finish"),
        ("person", name, "7.00", "80", "100", "end"),
    ]


def test_a_form_that_was_opened_empty_replaces_no_budget_unawares(
    signed_in: Callable[..., Visitor], api: Callable[[str], Api]
) -> None:
    admin, name = signed_in("admin", "admins"), f"somebody-{uuid4().hex[:8]}"
    api(name)
    with budgeted(people={name: Budget("7.00")}):
        opened = admin.get("/admin/budgets")
        refused = admin.send(opened, "/admin/budgets/change", name=name, amount="5.00")
        assert (refused.status, "There is such a budget already." in refused.text) == (409, True)
        assert "Stored now: 7.00" in refused.text
        assert policy.read()[0].people[name] == Budget("7.00")
        assert admin.send(refused, "/admin/budgets/change").status == 200
        assert policy.read()[0].people[name] == Budget("5.00")


@pytest.mark.parametrize(
    ("subject", "cure"),
    [("person", "has signed in here yet. Check the user name."), ("job", "The id of a job stands on its page")],
)
def test_who_or_what_is_not_there_gets_no_budget(
    signed_in: Callable[..., Visitor], api: Callable[[str], Api], subject: str, cure: str
) -> None:
    admin, name = signed_in("admin", "admins"), f"nobody-{uuid4().hex[:8]}"
    refused = typing(admin, name, subject)(amount="5.00", tell_at="60")
    assert (refused.status, cure in refused.error("name")) == (422, True)
    assert {one: refused.fields("/admin/budgets/change")[one] for one in ("name", "amount", "tell_at")} == {
        "name": name, "amount": "5.00", "tell_at": "60",
    }  # fmt: skip
    part = "people" if subject == "person" else "jobs"
    put = api("admin")("PUT", "/budgets", {part: {name: {"amount": "5.00"}}})
    assert (put.status, put.body["errors"][0]["field"]) == (422, part)
    assert cure in put.body["errors"][0]["message"]
    seven = {name: Budget("7.00")}
    with budgeted(people=seven if part == "people" else None, jobs=seven if part == "jobs" else None):
        # Who was deleted since can be changed and removed all the same.
        assert typing(admin, name, subject)(amount="5.00").status == 200
        assert typing(admin, name, subject)(amount="", note="Deleted.").status == 200
    assert policy.read()[0] == Policy()


def test_everybody_sees_their_own(signed_in: Callable[..., Visitor]) -> None:
    name = f"somebody-{uuid4().hex[:8]}"
    visitor = signed_in(name)
    with budgeted(people={name: Budget("7.00"), "bob": Budget("9.00")}):
        page = visitor.get("/costs").text
        assert f"The month's budget of {name}" in page
        assert "$7.00" in page
        assert "$9.00" not in page
        assert visitor.get("/admin/budgets").status == 404


@pytest.mark.usefixtures("priced")
def test_the_launch_form_says_why_it_is_refused(api: Callable[[str], Api], signed_in: Callable[..., Visitor]) -> None:
    name = f"somebody-{uuid4().hex[:8]}"
    api(name).add_key()
    visitor = signed_in(name)
    with budgeted(people={name: Budget("0.01")}):
        refused = visitor.send(visitor.get("/clusters/new"), "/clusters/new")
        assert refused.status == 409
        assert f"The month's budget of {name} is $0.01" in refused.text
        assert "An administrator can raise it." in refused.text
