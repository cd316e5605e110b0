"""Signing out in a real browser, whose policy on forms is stricter than a program's, at a provider with pages elsewhere."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from localaws.cloud import LocalCloud
from tests.support.sign_in import Provider


@pytest.mark.parametrize("elsewhere", [False, True], ids=["at the issuer", "elsewhere"])
def test_signing_in_and_out(cloud: LocalCloud, provider: Provider, chromium: Browser, elsewhere: bool) -> None:
    if elsewhere:  # as Cognito's are: to a browser localhost is another place than 127.0.0.1
        place = cloud.oidc_issuer.replace("127.0.0.1", "localhost")
        provider.describes(end_session_endpoint=f"{place}/logout", authorization_endpoint=f"{place}/authorize")
    context = chromium.new_context()
    page = context.new_page()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(f"{cloud.portal_url}/keys")
    page.click("button[value=bob]")
    page.wait_for_url(f"{cloud.portal_url}/keys")
    page.click("button:has-text('Sign out')")
    page.wait_for_url(f"{cloud.portal_url}/")
    assert "Spark when you need it" in page.inner_text("h1")
    assert [url for url in requests if "/oidc/logout" in url and ("localhost" in url) is elsewhere]
    context.close()


def test_a_form_that_is_sent_after_the_session_has_ended(
    cloud: LocalCloud, provider: Provider, chromium: Browser
) -> None:
    """It leads to signing in, at such a provider too."""
    place = cloud.oidc_issuer.replace("127.0.0.1", "localhost")
    provider.describes(authorization_endpoint=f"{place}/authorize")
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{cloud.portal_url}/tokens")
    page.click("button[value=bob]")
    page.wait_for_url(f"{cloud.portal_url}/tokens")
    context.clear_cookies()
    page.fill("#field-name", "too late")
    page.click("button:has-text('Create a token')")
    page.wait_for_url(f"{place}/**")
    assert page.inner_text("h1") == "Who are you?"
    context.close()
