"""Signing out in a real browser, whose policy on forms is stricter than a program's, at a provider with pages elsewhere."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

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
    """It is held on a page of ours while the person signs in again in another tab, at such a provider too."""
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
    expect(page.get_by_role("heading", name="You have been signed out")).to_be_visible()
    with context.expect_page() as opened:
        page.click("text=Sign in in another tab")
    tab = opened.value
    tab.wait_for_url(f"{place}/**")
    tab.click("button[value=bob]")
    tab.wait_for_url(f"{cloud.portal_url}/account")
    page.click("button:has-text('I have signed in, go on')")
    assert page.input_value("#field-name") == "too late"
    context.close()
