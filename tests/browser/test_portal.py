"""The portal in a real browser: the main path live and without JavaScript, on a phone, in the dark."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.support.http import Api, fresh_key, reaches

PHONE = {"width": 360, "height": 740}


def _sign_in(page: Page, username: str) -> None:
    page.goto("/")
    page.get_by_role("link", name="Sign in").click()
    page.get_by_role("button", name=f"{username}@example.org").click()
    expect(page.get_by_text(username, exact=True)).to_be_visible()


def _add_key_and_launch(page: Page, identifier: str) -> None:
    """From a dashboard with nothing on it to the page of a cluster that is being launched."""
    page.goto("/clusters/new")
    if "/keys/new" in page.url:
        expect(page.get_by_text("You connect to a cluster with an SSH key")).to_be_visible()
        page.get_by_label("Title").fill("laptop")
        page.get_by_label("Public key", exact=True).fill(fresh_key())
        page.get_by_role("button", name="Add key").click()
    page.get_by_label("Name").fill(identifier)
    page.get_by_role("button", name="Launch cluster").click()
    expect(page.get_by_role("heading", name=identifier)).to_be_visible()


def _extend_and_terminate(page: Page) -> None:
    before = page.locator(".expiry time").get_attribute("datetime")
    page.get_by_label("Extend by").fill("5")
    page.get_by_role("button", name="Extend").click()
    expect(page.get_by_text("extended once")).to_be_visible()
    assert page.locator(".expiry time").get_attribute("datetime") != before
    page.locator("summary", has_text="Terminate").click()
    page.get_by_role("button", name="Terminate now").click()
    expect(page.get_by_text("This cluster has ended")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("Terminated by")).to_be_visible()


@pytest.mark.usefixtures("unhurried")
def test_the_main_path_without_reloading(window: Callable[..., Page]) -> None:
    page = window()
    _sign_in(page, "alice")
    _add_key_and_launch(page, "in-a-browser")
    page.evaluate("window.never_reloaded = true")
    expect(page.get_by_text("Getting ready")).to_be_visible()
    expect(page.get_by_text("aws ssm start-session").first).to_be_visible(timeout=30_000)
    assert page.evaluate("window.never_reloaded")
    assert page.title().startswith("in-a-browser")
    _extend_and_terminate(page)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Spark when you need it")).to_be_visible()
    assert page.evaluate("window.broken") == []


@pytest.mark.usefixtures("unhurried")
def test_the_main_path_without_javascript(window: Callable[..., Page]) -> None:
    page = window(java_script_enabled=False)
    _sign_in(page, "bob")
    _add_key_and_launch(page, "without-scripts")
    expect(page.get_by_text("Getting ready")).to_be_visible()
    expect(page.get_by_text("aws ssm start-session").first).to_be_visible(timeout=30_000)
    _extend_and_terminate(page)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Spark when you need it")).to_be_visible()


def test_the_menu_on_a_phone(window: Callable[..., Page], somebody: Api) -> None:
    username = somebody("GET", "/me").body["username"]
    page = window(username, viewport=PHONE)
    page.goto("/")
    keys = page.get_by_role("link", name="SSH keys", exact=True)
    expect(keys).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    keys.click()
    assert urlsplit(page.url).path == "/keys"
    without = window(username, viewport=PHONE, java_script_enabled=False)
    without.goto("/")
    expect(without.get_by_role("link", name="SSH keys", exact=True)).to_be_visible()


def _brightness(page: Page) -> float:
    """Of the page's ground, from 0 (black) to 255."""
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    channels = [float(part) for part in colour.partition("(")[2].rstrip(")").split(",")[:3]]
    return sum(channels) / 3


@pytest.mark.parametrize("scripts", [True, False])
def test_light_and_dark_follow_the_system(window: Callable[..., Page], scripts: bool) -> None:
    styles = {}
    for scheme in ("light", "dark"):
        page = window(color_scheme=scheme, java_script_enabled=scripts)
        page.goto("/")
        styles[scheme] = _brightness(page)
    assert styles["light"] > 200
    assert styles["dark"] < 60


def test_a_chosen_theme_is_remembered(window: Callable[..., Page]) -> None:
    page = window(color_scheme="light")
    page.goto("/")
    page.get_by_role("button", name="Switch between light and dark").click()
    assert _brightness(page) < 60
    page.goto("/news")
    assert _brightness(page) < 60
    page.get_by_role("button", name="Switch between light and dark").click()
    assert _brightness(page) > 200


def test_times_say_how_far_away_they_are(window: Callable[..., Page], somebody: Api) -> None:
    cluster = somebody.launch(lifetime=5)
    page = window(somebody("GET", "/me").body["username"])
    page.goto(f"/clusters/{cluster['id']}")
    expect(page.locator(".expiry time")).to_contain_text("in 5 hours")


def test_copying(window: Callable[..., Page], somebody: Api) -> None:
    cluster = somebody.launch()
    record = reaches(somebody, f"/clusters/{cluster['id']}", "WAITING")
    shell = record["connect"]["session_manager"]["shell"]
    page = window(somebody("GET", "/me").body["username"], permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"/clusters/{cluster['id']}")
    page.get_by_role("button", name="Copy the command for a shell").click()
    expect(page.locator(".copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == shell


def test_somebody_who_comes_back_is_told_that_the_page_is_outdated(window: Callable[..., Page], somebody: Api) -> None:
    cluster = somebody.launch(identifier="was-there")
    reaches(somebody, f"/clusters/{cluster['id']}", "WAITING")
    page = window(somebody("GET", "/me").body["username"])
    page.clock.install()
    page.goto("/")
    page.evaluate("document.querySelector('#live').remove()")  # as on a later page of a list
    notice = page.get_by_text("Something has changed since")
    come_back = "window.dispatchEvent(new Event('focus'))"
    page.clock.fast_forward(15_000)
    with page.expect_response("**/"):
        page.evaluate(come_back)
    expect(notice).to_be_hidden()
    somebody.launch(identifier="came-later")
    page.clock.fast_forward(15_000)
    page.evaluate(come_back)
    expect(notice).to_be_visible()
    page.get_by_role("link", name="Reload it").click()
    expect(page.get_by_role("link", name="came-later")).to_be_visible()


def test_a_live_page_whose_session_has_ended_leads_to_the_sign_in(window: Callable[..., Page], somebody: Api) -> None:
    cluster = somebody.launch()
    page = window(somebody("GET", "/me").body["username"])
    page.goto(f"/clusters/{cluster['id']}")
    page.context.clear_cookies()
    page.evaluate("htmx.ajax('GET', location.pathname, {source: '#live', target: '#live', select: '#live'})")
    expect(page.get_by_role("heading", name="Who are you?")).to_be_visible()
