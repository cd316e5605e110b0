"""Every field of every form of a page has the constraints that its declaration makes, and none of its own."""

from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest

from chalicelib.core import clock
from chalicelib.core.limits import LIMITS
from chalicelib.entrypoints.portal.form_constraints import FORMS, constraints
from localaws.cloud import LocalCloud
from tests.support import people
from tests.support.http import Api
from tests.support.people import signed_in
from tests.support.visitor import Visitor

CHECKED = ("min", "max", "step", "pattern", "maxlength", "required")
BY_THE_PAGE = {
    ("size", "max"),
    ("notebook", "required"),
    ("file", "required"),
    ("identifier", "required"),
    ("until", "min"),
}
"""What depends on the person, the job or the day."""
ELSEWHERE = {("RunNow", "slot"), ("NewJob", "notebook"), ("NewBackfill", "begin")}
"""Fields that no page has, that are a file, or whose name is another."""


class Fields(HTMLParser):
    """The fields that people fill in, of forms that change something."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, Any]] = []
        self._posts = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "form":
            self._posts = values.get("method") == "post"
        elif self._posts and tag in ("input", "textarea", "select") and values.get("type") != "hidden":
            self.found.append(values | {"pattern": values.get("pattern", values.get("data-pattern"))})

    @classmethod
    def of(cls, html: str) -> list[dict[str, Any]]:
        reader = cls()
        reader.feed(html)
        return reader.found


def _made(field: dict[str, Any]) -> dict[str, str]:
    """The constraints of a field of a page."""
    return {
        name: field[name] or name
        for name in CHECKED
        if field.get(name) is not None or (name == "required" and name in field)
    }


def _declared(name: str, field: str) -> dict[str, str]:
    attributes = constraints(name).get(field, {})
    return {one: str(value) for one, value in attributes.items() if one in CHECKED}


def _fits(field: dict[str, Any], form: str) -> bool:
    """Whether the field is as the form declares it, but for what the page adds; of radio buttons and menus only whether one must
    be chosen."""
    name = "until" if field["name"] == "to" and form == "NewBackfill" else field["name"]
    if name not in constraints(form):
        return False
    made, declared = _made(field), _declared(form, name)
    kinds = ("required",) if field.get("type") == "radio" or "form-select" in (field.get("class") or "") else CHECKED
    return all(made.get(one) == declared.get(one) for one in kinds if (name, one) not in BY_THE_PAGE)


@pytest.fixture
def admin(cloud: LocalCloud) -> tuple[Visitor, list[str]]:
    """Somebody who may see every form, and the pages that have one."""
    username, other = people.fresh("forms"), people.fresh("other")
    for name in (username, other):
        people.join(name, *(["admins"] if name == username else []))
    api, others = Api(cloud.portal_url, people.api_token(username)), Api(cloud.portal_url, people.api_token(other))
    cluster, job, others_job = api.launch(), api.schedule(people.fresh("job")), others.schedule(people.fresh("job"))
    last_day = f"{clock.now() + timedelta(days=3):%F}"
    others("POST", "/limits/requests", {"limit": "clusters", "most": 90_000, "until": last_day, "reason": "a demo"})
    pages = [
        "/clusters/new", f"/clusters/{cluster['id']}", f"/clusters/{cluster['id']}/extend", f"/clusters/{cluster['id']}/shares",
        f"/clusters/{cluster['id']}/transfer", "/jobs/new", f"/jobs/{job['id']}", f"/jobs/{job['id']}/edit", "/jobs/import",
        f"/jobs/{others_job['id']}/delete", f"/jobs/{others_job['id']}", "/keys/new", "/tokens", "/limits",
        "/admin/limits", "/admin/budgets", "/admin/announcement", "/admin/settings", "/admin/releases/new", "/admin/stop",
        f"/admin/users/{other}",
    ]  # fmt: skip
    return signed_in(cloud, username, "admins"), pages


def test_every_field_has_the_constraints_of_its_declaration(admin: tuple[Visitor, list[str]]) -> None:
    visitor, pages = admin
    seen, other = set(), []
    for path in pages:
        page = visitor.get(path)
        assert page.status == 200, path
        for field in Fields.of(page.html):
            forms = [form for form in FORMS if _fits(field, form)]
            seen |= {(form, field["name"]) for form in forms}
            if not forms and _made(field) and (field["name"], "required") not in BY_THE_PAGE:
                other.append((path, field["name"], _made(field)))
    assert other == []
    bounded = {(form, field) for form in FORMS for field in constraints(form) if _declared(form, field)}
    assert bounded - seen - ELSEWHERE - {("NewBackfill", "until"), ("NewBackfill", "at_once")} == set()


def test_the_form_of_past_slots_is_checked_before_they_are_counted(
    admin: tuple[Visitor, list[str]], cloud: LocalCloud
) -> None:
    visitor, pages = admin
    job = next(page for page in pages if page.endswith("/edit")).removesuffix("/edit")
    html = visitor.get(f"{job}/backfill").html
    for name, declared in (("from", "begin"), ("to", "until"), ("at_once", "at_once")):
        field = re.search(rf'<input[^>]*name="{name}"[^>]*>', html)
        assert field
        assert _made(dict(re.findall(r'([\w-]+)(?:="([^"]*)")?', field[0]))) == _declared("NewBackfill", declared)


@pytest.mark.parametrize(
    ("groups", "most"), [((), LIMITS.size.high), (("job-maintainers",), LIMITS.size_of_maintainers.high)]
)
def test_the_size_is_bounded_as_the_person_is(cloud: LocalCloud, groups: tuple[str, ...], most: int) -> None:
    username = people.fresh("size")
    people.join(username, *groups)
    page = signed_in(cloud, username, *groups).get("/jobs/new")
    assert [field["max"] for field in Fields.of(page.html) if field["name"] == "size"] == [str(most)]


def test_a_job_that_is_larger_than_its_owner_may_make_can_be_edited(cloud: LocalCloud) -> None:
    """What is not changed is not checked, so the browser may not insist on a smaller size either."""
    username = people.fresh("size")
    people.join(username, "job-maintainers")
    job = Api(cloud.portal_url, people.api_token(username)).schedule(people.fresh("job"), size=LIMITS.size.high + 10)
    people.join(username)
    page = signed_in(cloud, username).get(f"/jobs/{job['id']}/edit")
    assert [field["max"] for field in Fields.of(page.html) if field["name"] == "size"] == [str(LIMITS.size.high + 10)]
