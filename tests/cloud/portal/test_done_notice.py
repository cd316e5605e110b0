"""After a form, the next page says what was done, once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from tests.support.http import RELEASE, Api, fresh_key
from tests.support.settings import forget
from tests.support.visitor import Page, Visitor


@pytest.fixture(autouse=True)
def settings_as_new() -> Iterator[None]:
    forget()
    yield
    forget()


def said(page: Page) -> str:
    """What the page says was done, "" for nothing."""
    notice = re.search(
        r'<p class="notice notice-ok done" role="status">.*?<span>(.*?)</span></p>', page.html, re.DOTALL
    )
    return notice[1] if notice else ""


FORMS: dict[str, Callable[[Visitor, str], tuple[Page, str]]] = {
    "launch": lambda user, name: (user.submit("/clusters/new", identifier=name), f"{name}: Launched it."),
    "key": lambda user, name: (
        user.submit("/keys/new", title=name, key=fresh_key()), f"{name}: Added it, fingerprint SHA256:"
    ),
    "settings": lambda user, _: (user.submit("/admin/settings", spot_timeout="25"), "Changed spot_timeout."),
    "release": lambda user, _: (
        user.submit(f"/admin/releases/{RELEASE}", help_text=uuid4().hex), f"{RELEASE}: Changed help_text."
    ),
    "announcement": lambda user, name: (
        user.submit("/admin/announcement", title=name, is_shown="yes"), f"{name}: Shown to everybody."
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_form_says_once_what_it_did(form: str, signed_in: Callable[..., Visitor], api: Callable[[str], Api]) -> None:
    admin, name = signed_in("admin"), f"done-{uuid4().hex[:8]}"
    api("admin").add_key()
    page, sentence = FORMS[form](admin, name)
    assert (page.status, said(page).startswith(sentence)) == (200, True), said(page)
    assert said(admin.get(page.path)) == ""


@pytest.mark.parametrize(
    ("action", "typed", "sentence"),
    [
        ("edit", {"description": "Other words."}, "Edited it: description."),
        ("pause", {}, "Paused it."),
        ("delete", {}, "Deleted it."),
    ],
)
def test_what_is_done_to_a_job_is_said(
    keyed: tuple[Visitor, Api], action: str, typed: dict[str, str], sentence: str
) -> None:
    visitor, api = keyed
    job = api.schedule(f"done-{uuid4().hex[:8]}")
    opened = visitor.get(f"/jobs/{job['id']}" + ("" if action == "pause" else f"/{action}"))
    assert said(visitor.send(opened, f"/jobs/{job['id']}/{action}", **typed)) == f"{job['identifier']}: {sentence}"


def test_a_form_that_is_refused_says_nothing(keyed: tuple[Visitor, Api]) -> None:
    page = keyed[0].submit("/clusters/new", size="0")
    assert (page.status, said(page)) == (422, "")
    assert said(keyed[0].get("/")) == ""


def test_a_fragment_leaves_it_to_the_next_page(keyed: tuple[Visitor, Api]) -> None:
    visitor, _ = keyed
    opened = visitor.get("/clusters/new").form("/clusters/new")
    answer = visitor._ask("POST", opened.action, _encoded(opened.fields), {"Content-Type": FORM}, follow=False)
    place = answer.headers["location"]
    assert said(visitor.get(place, HX_Request="true")) == ""
    assert said(visitor.get(place)).endswith("Launched it.")


def test_markup_in_a_name_stays_text(keyed: tuple[Visitor, Api]) -> None:
    page = keyed[0].submit("/keys/new", title="<b>bold</b>", key=fresh_key())
    assert said(page).startswith("&lt;b&gt;bold&lt;/b&gt;: Added it")


FORM = "application/x-www-form-urlencoded"


def _encoded(fields: dict[str, str]) -> bytes:
    return urlencode(fields).encode()
