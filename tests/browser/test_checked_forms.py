"""The browser's own checks of a form: at the field, before anything is sent, wherever the field is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from chalicelib.core.limits import LIMITS
from tests.support import people
from tests.support.http import TINY, Api


@pytest.fixture
def form(window: Callable[..., Page], somebody: Api, tmp_path: Path) -> Page:
    """The form for a job, filled but for what a test is about."""
    page = window(somebody("GET", "/me").body["username"])
    page.goto("/jobs/new")
    page.get_by_label("Identifier").fill(people.fresh("checked"))
    page.get_by_label("Description").fill("checked by the browser")
    notebook = tmp_path / "tiny.ipynb"
    notebook.write_text(json.dumps(TINY))
    page.get_by_label("Notebook", exact=True).set_input_files(notebook)
    return page


def _send(page: Page) -> None:
    page.get_by_role("button", name="Schedule the job").click()


def test_what_is_wrong_in_a_fold_is_unfolded(form: Page) -> None:
    field, fold = form.locator("#field-lateness_limit"), form.locator("summary", has_text="if a run is missed")
    fold.click()
    field.fill(str(LIMITS.lateness.high + 1))
    fold.click()
    expect(field).to_be_hidden()
    _send(form)
    expect(field).to_be_focused()
    assert form.url.endswith("/jobs/new")
    field.fill(str(LIMITS.lateness.high))
    _send(form)
    expect(form.get_by_role("button", name="Schedule the job")).to_have_count(0)


def test_what_another_choice_hides_is_not_checked(form: Page) -> None:
    form.get_by_text("After another job", exact=True).click()
    form.locator("#field-after").fill("No Identifier")
    form.get_by_text("Daily", exact=True).click()
    _send(form)
    expect(form.get_by_role("button", name="Schedule the job")).to_have_count(0)


def test_a_text_area_is_as_long_as_the_server_takes_in_characters(form: Page) -> None:
    area = form.get_by_label("Description")
    area.fill("x" * (LIMITS.description + 1))
    _send(form)
    expect(area).to_be_focused()
    assert area.evaluate("field => field.validationMessage") == area.get_attribute("title")
    area.fill("😀" * LIMITS.description)
    _send(form)
    expect(form.get_by_role("button", name="Schedule the job")).to_have_count(0)
