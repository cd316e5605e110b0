"""Windows of a real browser, and what may go wrong in none of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from localaws.cloud import LocalCloud
from tests.support import people

WATCH = """
window.broken = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.broken.push(event.violatedDirective + " " + event.blockedURI);
});
"""


@pytest.fixture
def window(chromium: Browser, cloud: LocalCloud) -> Iterator[Callable[..., Page]]:
    """Opens a page in a browser of its own; at the end, nothing may have gone wrong in any of them."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_window(username: str = "", **options: Any) -> Page:
        context = chromium.new_context(base_url=cloud.portal_url, **options)
        context.set_default_timeout(20_000)
        context.add_init_script(WATCH)
        contexts.append(context)
        if username:
            context.add_cookies([_cookie(cloud, username)])
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if "Content Security" in message.text else None)
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert errors == []


def _cookie(cloud: LocalCloud, username: str) -> Any:
    """A session for somebody who has signed in; the sign-in itself is tested with the people whom the provider knows."""
    from chalicelib.identity import users

    if not users.person(username):
        people.join(username)
    name, value = people.session_cookie(username)
    return {"name": name, "value": value, "url": cloud.portal_url}


@pytest.fixture
def unhurried(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """Clusters take their time, so that somebody at a page sees them change."""
    monkeypatch.setattr(cloud.emr.runtime, "phase_seconds", 1.5)
