"""Open pages follow what happens elsewhere, ask for little, and leave what somebody is doing alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, Response, expect

from tests.support.http import TINY, Api, reaches

BUSY: dict[str, Any] = json.loads(json.dumps(TINY))
BUSY["cells"][0]["source"] = "import time\ntime.sleep(3600)"
RENEW = "htmx.trigger('#live', 'renew')"


def _who(api: Api) -> str:
    return str(api("GET", "/me").body["username"])


def _renewed(page: Page, times: int = 1) -> list[int]:
    """The statuses of this many renewals, one after the other."""
    statuses = []
    for _ in range(times):
        with page.expect_response(
            lambda answer: "hx-request" in answer.request.headers and "/log" not in answer.url
        ) as one:
            page.evaluate(RENEW)
        statuses.append(one.value.status)
        expect(page.locator("#live.htmx-request")).to_have_count(0)
    return statuses


def test_focus_typing_selection_and_folds_stay_while_the_page_changes(
    window: Callable[..., Page], somebody: Api
) -> None:
    cluster = somebody.launch()
    reaches(somebody, f"/clusters/{cluster['id']}", "WAITING")
    page = window(_who(somebody))
    page.goto(f"/clusters/{cluster['id']}")
    page.locator("summary", has_text="Terminate").click()
    page.get_by_label("Extend by").fill("3")
    page.evaluate("getSelection().selectAllChildren(document.querySelector('h1'))")
    page.get_by_label("Extend by").focus()
    chosen = page.evaluate("String(getSelection())")
    before = page.locator(".expiry time").get_attribute("datetime")
    for hours in range(1, 11):
        if hours == 5:
            somebody("POST", f"/clusters/{cluster['id']}/extend", {"hours": 2})
        _renewed(page)
        expect(page.get_by_label("Extend by")).to_be_focused()
    assert page.locator(".expiry time").get_attribute("datetime") != before
    expect(page.get_by_label("Extend by")).to_have_value("3")
    expect(page.get_by_role("button", name="Terminate now")).to_be_visible()
    assert page.evaluate("String(getSelection())") == chosen
    assert page.evaluate("window.broken") == []


def test_why_something_was_not_sent_stays_while_the_page_changes(window: Callable[..., Page], somebody: Api) -> None:
    cluster = somebody.launch()
    reaches(somebody, f"/clusters/{cluster['id']}", "WAITING")
    page = window(_who(somebody))
    page.goto(f"/clusters/{cluster['id']}")
    page.locator("summary", has_text="Terminate").click()
    page.evaluate("document.body.dataset.formBytes = 1")
    page.get_by_role("button", name="Terminate now").click()
    note = page.get_by_text("This was not sent: it has")
    expect(note).to_be_visible()
    somebody("POST", f"/clusters/{cluster['id']}/extend", {"hours": 2})
    assert 200 in _renewed(page, 2)
    expect(note).to_be_visible()


def test_a_cluster_launched_elsewhere_appears_on_a_resting_dashboard(
    window: Callable[..., Page], somebody: Api
) -> None:
    page = window(_who(somebody))
    page.goto("/")
    page.evaluate("window.never_reloaded = true")
    somebody.launch(identifier="from-elsewhere")
    expect(page.get_by_role("link", name="from-elsewhere")).to_be_visible(timeout=20_000)
    assert page.evaluate("window.never_reloaded")
    expect(page.locator("[data-said]")).to_contain_text("from-elsewhere")


def test_a_hidden_tab_asks_nothing_and_is_renewed_when_it_is_seen_again(
    window: Callable[..., Page], somebody: Api
) -> None:
    page = window(_who(somebody))
    page.goto("/")
    hide = "Object.defineProperty(document, 'hidden', {{value: {}, configurable: true}})"
    page.evaluate(hide.format("true"))
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.evaluate(RENEW)
    page.wait_for_timeout(300)
    assert requested == []
    page.evaluate(hide.format("false"))
    with page.expect_response(lambda answer: "hx-request" in answer.request.headers):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_run_now_to_the_log_without_a_reload_and_few_full_answers(window: Callable[..., Page], somebody: Api) -> None:
    job = somebody.schedule("live-log", notebook={"name": "busy.ipynb", "content": BUSY})
    page = window(_who(somebody))
    page.goto(f"/jobs/{job['id']}")
    page.get_by_role("button", name="Run now").click()
    expect(page.get_by_role("heading", name="Run")).to_be_visible()
    page.evaluate("window.never_reloaded = true")
    expect(page.get_by_role("heading", name="The log so far")).to_be_visible(timeout=60_000)
    expect(page.locator("[aria-current=step]", has_text="Running")).to_be_visible(timeout=60_000)
    assert page.evaluate("window.never_reloaded")
    run = somebody("GET", f"/jobs/{job['id']}").body["last_run"]
    page.goto(f"/runs/{run}")
    expect(page).to_have_title("Run of live-log: running · atmo")
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    _renewed(page, 10)
    renewals = [answer.status for answer in answers if answer.url == page.url]
    assert renewals.count(304) >= 8, renewals
    somebody("POST", f"/runs/{run}/cancel")
    expect(page.locator(".page-head .status")).to_have_text("Cancelled", timeout=60_000)
    expect(page).to_have_title("Run of live-log: cancelled · atmo")
    assert page.evaluate("window.broken") == []


def test_a_page_that_nobody_touches_asks_less_often_until_somebody_does(
    window: Callable[..., Page], somebody: Api
) -> None:
    page = window(_who(somebody))
    page.clock.install()
    page.goto("/")
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url) if "hx-request" in request.headers else None)

    def asks(times: int) -> int:
        """How often it asks in so many of its intervals."""
        before = len(requested)
        for _ in range(times):
            page.clock.run_for(1600)
            expect(page.locator("#live.htmx-request")).to_have_count(0)
        return len(requested) - before

    page.mouse.move(10, 10)
    assert asks(6) >= 5
    page.clock.fast_forward(5 * 60 * 1000 + 1000)
    assert asks(8) <= 2
    page.mouse.move(200, 200)
    assert asks(6) >= 5
