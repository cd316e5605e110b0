"""The keyboard alone: from the sign-in to a result, to what is wrong with a form, and out of what lies open."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.http import TINY, Api
from tests.support.people import fresh

STOPS = 80
"""So many keystrokes at most lead to anything on a page."""


def _who(api: Api) -> str:
    return str(api("GET", "/me").body["username"])


def _tab_to(page: Page, target: Locator) -> None:
    """Goes there with the Tab key, from wherever the focus is."""
    for _ in range(STOPS):
        page.keyboard.press("Tab")
        if target.evaluate("(element) => element === document.activeElement"):
            shown = target.evaluate(
                "(element) => getComputedStyle(element).outlineStyle + getComputedStyle(element).boxShadow"
            )
            assert shown != "nonenone", f"{target} does not show that it has the focus"
            return
    raise AssertionError(f"the Tab key leads to {target} in no {STOPS} steps")


def _press(page: Page, role: Literal["button", "link"], name: str) -> None:
    _tab_to(page, page.get_by_role(role, name=name, exact=True).first)
    page.keyboard.press("Enter")


def test_from_the_sign_in_to_a_result(window: Callable[..., Page], tmp_path: Path) -> None:
    notebook, name = tmp_path / "tiny.ipynb", fresh("by-keyboard")
    notebook.write_text(json.dumps(TINY))
    page = window()
    page.on(
        "filechooser", lambda chooser: chooser.set_files(notebook)
    )  # from the first, as the browser is told of it in passing
    page.goto("/")
    _press(page, "link", "Sign in")
    _tab_to(page, page.get_by_role("button", name="alice@example.org"))
    page.keyboard.press("Enter")
    _press(page, "link", "New job")
    expect(page.get_by_role("heading", name="Schedule a job")).to_be_visible()
    _tab_to(page, page.get_by_label("Identifier"))
    page.keyboard.type(name)
    _tab_to(page, page.get_by_label("Description"))
    page.keyboard.type("by the keyboard alone")
    _tab_to(page, page.get_by_label("Notebook", exact=True))
    page.keyboard.press("Space")
    expect(page.get_by_label("Notebook", exact=True)).to_have_value(re.compile("tiny.ipynb"))
    _press(page, "button", "Schedule the job")
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    _press(page, "button", "Run now")
    expect(page.get_by_role("heading", name="Run of")).to_be_visible()
    expect(page.locator("h1 + .status", has_text="Succeeded")).to_be_visible(timeout=60_000)
    _tab_to(page, page.get_by_role("link", name="Open the notebook in a new tab"))
    with page.context.expect_page() as opened:
        page.keyboard.press("Enter")
    expect(opened.value.get_by_text("hello", exact=True)).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_refused_form_is_opened_at_what_is_wrong(window: Callable[..., Page], somebody: Api, scripts: bool) -> None:
    page = window(_who(somebody), java_script_enabled=scripts)
    page.goto("/keys/new")
    _tab_to(page, page.get_by_label("Title"))
    page.keyboard.press("Enter")
    summary = page.get_by_role("alert").filter(has_text="problem")
    expect(summary).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    field = page.locator("[aria-invalid=true]").first
    expect(field).to_be_focused()
    assert field.get_attribute("aria-describedby")


def test_escape_closes_a_question_and_the_menu(window: Callable[..., Page], somebody: Api) -> None:
    cluster = somebody.launch()
    page = window(_who(somebody), viewport={"width": 400, "height": 800})
    page.goto(f"/clusters/{cluster['id']}")
    summary = page.locator("summary", has_text="Terminate")
    _tab_to(page, summary)
    page.keyboard.press("Enter")
    button = page.get_by_role("button", name="Terminate now")
    _tab_to(page, button)
    page.keyboard.press("Escape")
    expect(button).to_be_hidden()
    expect(summary).to_be_focused()
    menu = page.get_by_role("button", name="Menu")
    menu.focus()
    page.keyboard.press("Enter")
    _tab_to(page, page.get_by_role("link", name="SSH keys", exact=True))
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="SSH keys", exact=True)).to_be_hidden()
    expect(menu).to_be_focused()
