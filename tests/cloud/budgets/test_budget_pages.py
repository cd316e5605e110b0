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
from tests.support.visitor import Visitor


@pytest.fixture(autouse=True)
def no_budgets() -> Iterator[None]:
    yield
    policy.change(ADMIN, lambda _: Policy(), "a test", clock.now())


def test_an_admin_gives_raises_and_removes_a_budget(signed_in: Callable[..., Visitor]) -> None:
    admin, name = signed_in("admin", "admins"), f"somebody-{uuid4().hex[:8]}"

    def send(**fields: str) -> int:
        typed = {"subject": "person", "name": name, "at_end": "end"} | fields
        return admin.send(admin.get("/admin/budgets"), "/admin/budgets/change", **typed).status

    assert send(amount="12.50") == 200
    assert policy.read()[0].people[name] == Budget("12.50", hard=True)
    page = admin.get("/admin/budgets").text
    assert f"The month's budget of {name}" in page
    assert "$12.50" in page
    assert send(amount="13.00") == 422
    assert send(amount="13.00", note="More to do.") == 200
    assert send(amount="cheap") == 422
    assert send(name="", amount="1.00") == 422
    assert send(amount="", note="Not needed.") == 200
    assert name not in policy.read()[0].people


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
