"""What admins decide in the portal: releases, the announcement, settings and their history; and the news' badge."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from uuid import uuid4

import pytest

from localaws.cloud import LocalCloud
from tests.support.http import Api
from tests.support.visitor import Visitor


class Elements(HTMLParser):
    """What a browser makes elements of."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


SignedIn = Callable[..., Visitor]


@pytest.fixture
def admin(signed_in: SignedIn) -> Visitor:
    return signed_in(f"admin-{uuid4().hex[:6]}", "admins")


@pytest.fixture
def quiet_afterwards(api: Callable[[str], Api]) -> Iterator[None]:
    """Other tests look at pages without an announcement."""
    yield
    api("admin")("PUT", "/announcement", {"title": "over", "is_shown": False})


def test_a_release_is_offered_marked_and_withdrawn(admin: Visitor, somebody: Api) -> None:
    version = f"7.{uuid4().int % 80 + 20}.1"
    page = admin.submit("/admin/releases/new", version=f"emr-{version}", help_text="Newer", is_experimental="yes")
    assert (page.status, version in page.text) == (200, True)
    offered = {release["version"]: release for release in somebody("GET", "/releases").body["items"]}
    assert offered[version]["is_experimental"] is True
    assert offered[version]["changelog_url"].startswith("https://docs.aws.amazon.com/emr/")
    assert next(iter(offered)) == version
    again = admin.submit("/admin/releases/new", version=version)
    assert (again.status, again.error("version")) == (422, f"EMR {version} already exists. Change it instead.")
    admin.submit(f"/admin/releases/{version}", is_active="no")
    assert version not in {release["version"] for release in somebody("GET", "/releases").body["items"]}
    refused = somebody(
        "POST", "/clusters", {"size": 1, "lifetime": 2, "ssh_key": somebody.add_key(), "emr_release": version}
    )
    assert [error["field"] for error in refused.body["errors"]] == ["emr_release"]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"version": "seven"}, "version"),
        ({"version": "7.1"}, "version"),
        ({"version": "6.15.0"}, "version"),
        ({"version": "7.99.9", "changelog_url": "javascript:alert(1)"}, "changelog_url"),
        ({"version": "7.99.9", "changelog_url": "http://example.com"}, "changelog_url"),
        ({"version": "7.99.9", "help_text": "x" * 301}, "help_text"),
        ({"version": "7.99.9", "is_active": "perhaps"}, "is_active"),
    ],
)
def test_a_release_that_cannot_be(admin: Visitor, typed: dict[str, str], field: str) -> None:
    page = admin.submit("/admin/releases/new", **typed)
    assert page.status == 422
    assert page.error(field)
    assert page.form("/admin/releases/new").fields["version"] == typed["version"]


def _changes_on_record(admin: Visitor) -> int:
    return admin.get("/admin/audit?action=announcement.change").html.count("main-link")


@pytest.mark.usefixtures("quiet_afterwards")
def test_an_announcement_is_previewed_shown_and_taken_back(admin: Visitor, visitor: Visitor) -> None:
    typed = {
        "title": "Moving house",
        "body": "See [the plan](https://example.com/plan).",
        "is_markdown": "yes",
        "is_shown": "yes",
    }
    entries = _changes_on_record(admin)
    preview = admin.submit("/admin/announcement", preview="yes", **typed)
    assert _changes_on_record(admin) == entries, "nothing was changed"
    assert '<a href="https://example.com/plan" rel="noopener noreferrer nofollow">the plan</a>' in preview.html
    assert "Moving house" not in visitor.get("/keys").text
    admin.submit("/admin/announcement", **typed)
    assert _changes_on_record(admin) == entries + 1
    assert (
        '<a href="https://example.com/plan" rel="noopener noreferrer nofollow">the plan</a>'
        in visitor.get("/keys").html
    )
    admin.submit("/admin/announcement", is_shown="no")
    assert "Moving house" not in visitor.get("/keys").text
    assert admin.get("/admin/announcement").form("/admin/announcement").fields["title"] == "Moving house"


@pytest.mark.usefixtures("quiet_afterwards")
@pytest.mark.parametrize("is_markdown", ["yes", "no"])
@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "[x](vbscript:x)",
        '![x](x" onerror="alert(1))',
        "<javascript:alert(1)>",
        "[x]: javascript:alert(1)\n\n[x]",
        "```html\n<script>alert(1)</script>\n```",
        '<a href="https://example.com" onclick="alert(1)">x</a>',
    ],
)
def test_an_announcement_can_do_no_harm(admin: Visitor, hostile: str, is_markdown: str) -> None:
    page = admin.submit(
        "/admin/announcement", title=hostile[:120].replace("\n", " "), body=hostile, is_markdown=is_markdown
    )
    reader = Elements()
    reader.feed(page.html.split('class="notice notice-info announcement"')[1].split("</section>")[0])
    assert not {"script", "iframe", "object", "form", "style"} & {tag for tag, _ in reader.found}
    for _tag, attributes in reader.found:
        assert not [name for name in attributes if name.startswith("on")]
        assert attributes.get("href", "https://").startswith(("https://", "http://", "mailto:"))


def test_settings_say_who_changed_what(admin: Visitor, api: Callable[[str], Api]) -> None:
    before = api("admin")("GET", "/settings").body
    admin.submit("/admin/settings", spot_price="61")
    admin.submit("/admin/settings", spot_price=str(before["spot_price"]))
    page = admin.get("/admin/settings").text
    assert f"spot_price from {before['spot_price']} to 61" in page
    assert f"spot_price from 61 to {before['spot_price']}" in page
    history = api("admin")("GET", "/settings").body["history"]
    assert [change["changes"]["spot_price"] for change in history[:2]] == [
        [61, before["spot_price"]],
        [before["spot_price"], 61],
    ]
    assert "atmo-local" in page


def test_news_are_new_until_they_were_seen(cloud: LocalCloud, signed_in: SignedIn) -> None:
    name = f"reader-{uuid4().hex[:6]}"
    reader = signed_in(name)
    assert "News new" in reader.get("/").text
    reader.get("/news")
    assert "News new" not in reader.get("/").text
    assert "News new" not in signed_in(name).get("/keys").text
