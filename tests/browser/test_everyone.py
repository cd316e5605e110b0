"""The portal for everyone: axe finds nothing on any page, whatever is unfolded, in both themes and on the narrowest screen;
and what colours and shadows say is still said where the viewer's own colours are forced on the page."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from localaws.cloud import LocalCloud
from tests.browser.page_kinds import an_admin, page_kinds
from tests.support.http import Api

AXE = (Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js").read_text()
# The frame with an executed notebook is not ours, and has no scripts with which it could answer.
FIND = """async () => (await axe.run(document, {
    iframes: false, resultTypes: ["violations"],
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
})).violations.map((rule) => rule.id + ": " + rule.nodes.map((node) => node.html.slice(0, 300)).join(" | "))"""
UNFOLD = "document.querySelectorAll('details').forEach((fold) => { fold.open = true })"
PHONE = 320
"""What 400 % leave of a window with 1,280, too."""
TABLET = {"width": 800, "height": 900}
WIDTHS = (1200, 1000, 768, 600, 400, PHONE)
Theme = Literal["light", "dark"]
BOTH: tuple[Theme, ...] = ("light", "dark")
THEMES: dict[int, tuple[Theme, ...]] = (
    dict.fromkeys((1200, 400, PHONE), BOTH) if os.environ.get("ATMO_LONG") else {1200: ("light",), PHONE: ("dark",)}
)
"""In which themes axe looks at a page of which width."""


@pytest.fixture(scope="module")
def owner_and_pages(cloud: LocalCloud) -> tuple[str, list[str]]:
    """Somebody with one of everything, and the paths of its pages."""
    username, api = an_admin(cloud)
    return username, page_kinds(username, api)


def _look(page: Page, path: str) -> dict[str, Any]:
    """What is wrong with the page, by width and theme."""
    wrong = {}
    page.goto(path)
    page.evaluate(AXE)
    page.evaluate(UNFOLD)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        menu = page.locator("[data-menu][aria-expanded=false]")
        if menu.is_visible():
            menu.click()
        if (needed := page.evaluate("document.documentElement.scrollWidth")) > width:
            wrong[f"{path} at {width}"] = f"scrolls sideways, over {needed}"
        for theme in THEMES.get(width, ()):
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            if violations := page.evaluate(FIND):
                wrong[f"{path} at {width}, {theme}"] = violations
    return wrong


@pytest.mark.parametrize("part", range(3))
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    window: Callable[..., Page], owner_and_pages: tuple[str, list[str]], part: int
) -> None:
    username, paths = owner_and_pages
    page = window(username)
    wrong: dict[str, Any] = {}
    for path in paths[part::3]:
        wrong |= _look(page, path)
        assert page.evaluate("window.broken") == [], path
    assert wrong == {}


def _style(page: Page, selector: str, *names: str) -> list[str]:
    read = "(element, names) => names.map((name) => getComputedStyle(element)[name])"
    return list(page.locator(selector).first.evaluate(read, list(names)))


def test_forced_colours_leave_statuses_buttons_and_focus_visible(window: Callable[..., Page], somebody: Api) -> None:
    cluster = somebody.launch()
    page = window(somebody("GET", "/me").body["username"], forced_colors="active", viewport=TABLET)
    page.goto(f"/clusters/{cluster['id']}")
    assert _style(page, ".status", "borderTopStyle", "borderTopWidth") == ["solid", "1px"]
    assert _style(page, ".btn", "borderTopStyle") == ["solid"]
    page.goto("/clusters/new")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    seen = {}
    for control in ("#field-identifier", ".btn-primary", ".menu-button", ".brand"):
        page.locator(control).first.focus()
        seen[control] = _style(page, control, "outlineStyle", "outlineWidth")
    assert seen == {control: ["solid", "3px"] for control in seen}


def test_forced_colours_tell_the_chosen_from_the_others(window: Callable[..., Page], somebody: Api) -> None:
    job = somebody.schedule(f"forced-{somebody.add_key()[2:]}")
    page = window(somebody("GET", "/me").body["username"], forced_colors="active")
    page.goto("/jobs/new")
    assert _style(page, ".btn-check:checked + .choice", "backgroundColor") != _style(
        page, ".btn-check:not(:checked) + .choice", "backgroundColor"
    )
    page.goto(f"/jobs/{job['id']}")
    assert _style(page, ".tabs a[aria-current]", "borderBottomColor") != _style(
        page, ".tabs a:not([aria-current])", "borderBottomColor"
    )
