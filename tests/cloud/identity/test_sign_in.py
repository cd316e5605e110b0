"""Signing in by the real OpenID flow, and what is refused on the way."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from chalicelib.identity.person import Person, allowed, username_of
from localaws.cloud import LocalCloud
from tests.support.sign_in import Flow


def test_the_provider_is_asked_with_pkce_state_and_nonce(cloud: LocalCloud) -> None:
    parameters = Flow(cloud).parameters
    assert parameters["response_type"] == "code"
    assert parameters["code_challenge_method"] == "S256"
    assert all(len(parameters[name]) >= 32 for name in ("state", "nonce", "code_challenge"))
    assert parameters["redirect_uri"] == f"{cloud.portal_url}/login/callback"


def test_a_session_begins_with_a_new_secret_that_scripts_cannot_read(cloud: LocalCloud) -> None:
    flow = Flow(cloud)
    answer = flow.back(flow.consent())
    assert answer.status == 303
    cookies = answer.headers.getlist("set-cookie")
    session = next(cookie for cookie in cookies if "session" in cookie)
    assert "HttpOnly" in session
    assert "SameSite=Lax" in session
    assert flow.cookie.partition("=")[2] not in session


@pytest.mark.parametrize(
    "problem", ["another state", "no state", "no cookie", "another browser", "the provider refuses"]
)
def test_a_callback_that_does_not_match_is_refused(cloud: LocalCloud, problem: str) -> None:
    flow, other = Flow(cloud), Flow(cloud)
    url = flow.consent()
    answer = {
        "another state": lambda: flow.back(url.replace(flow.parameters["state"], other.parameters["state"])),
        "no state": lambda: flow.back(url.partition("?")[0] + "?code=x"),
        "no cookie": lambda: flow.back(url, ""),
        "another browser": lambda: flow.back(url, other.cookie),
        "the provider refuses": lambda: flow.back(
            f"{url.partition('?')[0]}?error=access_denied&state={flow.parameters['state']}"
        ),
    }[problem]()
    assert answer.status == 403
    assert not any("session" in cookie for cookie in answer.headers.getlist("set-cookie"))


def test_a_code_works_once(cloud: LocalCloud) -> None:
    flow = Flow(cloud)
    url = flow.consent()
    assert flow.back(url).status == 303
    assert flow.back(url).status == 403  # this sign-in is used up
    replay = Flow(cloud)
    code = parse_qs(urlsplit(url).query)["code"][0]
    replayed = f"{cloud.portal_url}/login/callback?{urlencode({'code': code, 'state': replay.parameters['state']})}"
    assert replay.back(replayed).status == 403  # and so is the code, in another one


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "evil"]
)
def test_nobody_is_led_elsewhere(cloud: LocalCloud, elsewhere: str) -> None:
    flow = Flow(cloud, "?" + urlencode({"next": elsewhere}))
    assert flow.back(flow.consent()).headers["location"] == "/"


def test_signing_in_leads_on_to_where_one_wanted_to_go(cloud: LocalCloud) -> None:
    flow = Flow(cloud, "?" + urlencode({"next": "/clusters/new"}))
    assert flow.back(flow.consent()).headers["location"] == "/clusters/new"


@pytest.mark.parametrize(
    ("email", "username"),
    [
        ("alice@example.org", "alice"),
        ("Alice.B@Example.org", "alice.b"),
        ("alice@elsewhere.net", "alice@elsewhere.net"),
        ("o'neil@example.org", "o-neil"),
        ("alice+spark@example.org", "alice-spark"),
    ],
)
def test_the_username_comes_from_the_address(email: str, username: str) -> None:
    assert username_of(email, "example.org") == username


@pytest.mark.parametrize(
    ("groups", "patterns", "may"),
    [
        (set(), (), True),
        ({"data"}, ("data",), True),
        ({"data-eu"}, ("data-*",), True),
        ({"data"}, ("data-*",), False),
        (set(), ("*",), False),
        ({"a", "b"}, ("x", "b"), True),
    ],
)
def test_the_list_of_allowed_groups(groups: set[str], patterns: tuple[str, ...], may: bool) -> None:
    assert allowed(frozenset(groups), patterns) is may


def test_admins_maintain_everything() -> None:
    admin = Person("a", "a@example.org", frozenset({"admins"}))
    assert admin.is_admin
    assert admin.maintains_clusters
    assert admin.maintains_jobs
    plain = Person("b", "b@example.org")
    assert [plain.is_admin, plain.maintains_clusters, plain.maintains_jobs] == [False, False, False]
