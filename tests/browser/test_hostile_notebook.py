"""A notebook whose output tries to act in the portal, in a real browser."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext

from tests.cloud.portal.test_runs import over, started
from tests.support.http import TINY
from tests.support.visitor import Visitor

ATTACK = """
from IPython.display import HTML, Javascript, display
deed = "document.title = 'owned'; parent.document.title = 'owned'; top.location = '/tokens'"
display(HTML(f'''<p>harmless words</p><script>{deed}</script><img src="x" onerror="{deed}"><svg onload="{deed}"></svg>
<form action="/logout" method="post"><button id="trap">trap</button></form>
<iframe src="/tokens"></iframe><meta http-equiv="refresh" content="0; url=/tokens">'''))
display(Javascript(deed))
"""


@pytest.fixture(scope="module")
def window(chromium: Chromium, alice: Visitor) -> Iterator[BrowserContext]:
    """A real browser with the session of alice."""
    context = chromium.new_context()
    context.add_cookies(alice.cookies())
    yield context
    context.close()


@pytest.fixture(scope="module")
def attacked(window: BrowserContext, alice: Visitor) -> str:
    """The path of a run whose notebook put out the attack."""
    notebook = json.loads(json.dumps(TINY))
    notebook["cells"][0]["source"] = ATTACK
    _, run = started(alice, ("attack.ipynb", json.dumps(notebook).encode()))
    assert "Succeeded" in over(alice, run.path, 90).text
    return run.path


def test_in_the_frame_its_words_are_shown_and_its_script_does_not_run(
    window: BrowserContext, alice: Visitor, attacked: str
) -> None:
    page = window.new_page()
    page.goto(alice.url + attacked)
    frame = page.frame_locator(".notebook-frame iframe")
    frame.get_by_text("harmless words", exact=True).wait_for()
    page.wait_for_load_state("networkidle")
    assert page.url == alice.url + attacked
    assert page.title().startswith("Run of ")
    framed = next(each for each in page.frames if each.url.endswith("/notebook"))
    assert framed.evaluate("self.origin") == "null", "it can neither read nor touch the page around it"
    frame.locator("#trap").click()
    page.wait_for_load_state("networkidle")
    assert framed.url.endswith("/notebook"), "its forms go nowhere"
    page.reload()
    assert page.url == alice.url + attacked, "nobody was signed out"
    assert page.locator("h1").inner_text().startswith("Run of ")


def test_opened_by_itself_it_has_no_origin_and_no_script(window: BrowserContext, alice: Visitor, attacked: str) -> None:
    page = window.new_page()
    page.goto(f"{alice.url}{attacked}/notebook")
    page.get_by_text("harmless words", exact=True).wait_for()
    page.wait_for_load_state("networkidle")
    assert page.url == f"{alice.url}{attacked}/notebook"
    assert page.title() != "owned"
    assert page.evaluate("self.origin") == "null"
