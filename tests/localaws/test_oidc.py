"""The local OpenID provider, by the code flow."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import KeySet

from localaws.cloud import LocalCloud

VERIFIER = "a-verifier-of-at-least-forty-three-characters-0123456789"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


@pytest.fixture
def discovered(cloud: LocalCloud) -> dict[str, str]:
    return dict(requests.get(f"{cloud.oidc_issuer}/.well-known/openid-configuration", timeout=5).json())


def parameters(cloud: LocalCloud, **changes: str | None) -> dict[str, str]:
    request = {
        "client_id": "atmo",
        "redirect_uri": f"{cloud.portal_url}/login/callback",
        "response_type": "code",
        "scope": "openid email profile",
        "state": "the state",
        "nonce": "the nonce",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **changes,
    }
    return {name: value for name, value in request.items() if value is not None}


def answer(response: requests.Response) -> dict[str, str]:
    """The query of the address that the browser is sent back to."""
    assert response.status_code == 303, response.text
    return dict(parse_qsl(urlsplit(response.headers["Location"]).query))


def chosen(cloud: LocalCloud, discovered: dict[str, str], person: str) -> dict[str, str]:
    form = {**parameters(cloud), "person": person}
    return answer(requests.post(discovered["authorization_endpoint"], data=form, allow_redirects=False, timeout=5))


def exchanged(cloud: LocalCloud, discovered: dict[str, str], code: str, **changes: str) -> requests.Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": f"{cloud.portal_url}/login/callback",
        "code_verifier": VERIFIER,
        "client_id": "atmo",
        "client_secret": cloud.oidc_secret,
        **changes,
    }
    return requests.post(discovered["token_endpoint"], data=form, timeout=5)


def test_the_page_shows_the_people_as_buttons(cloud: LocalCloud, discovered: dict[str, str]) -> None:
    page = requests.get(discovered["authorization_endpoint"], params=parameters(cloud), timeout=5).text
    for username in ("alice", "bob", "maintainer", "admin"):
        assert f'name="person" value="{username}"' in page
    assert "<script" not in page


def test_what_is_asked_is_escaped_on_the_page(cloud: LocalCloud, discovered: dict[str, str]) -> None:
    request = parameters(cloud, state='"><script>alert(1)</script>')
    page = requests.get(discovered["authorization_endpoint"], params=request, timeout=5).text
    assert "<script" not in page


def test_the_whole_flow(cloud: LocalCloud, discovered: dict[str, str]) -> None:
    back = chosen(cloud, discovered, "maintainer")
    assert (back["state"], back["iss"]) == ("the state", cloud.oidc_issuer)
    tokens = exchanged(cloud, discovered, back["code"]).json()
    keys = KeySet.import_key_set(requests.get(discovered["jwks_uri"], timeout=5).json())
    claims = jwt.decode(tokens["id_token"], keys, algorithms=["RS256"]).claims
    assert (claims["iss"], claims["aud"], claims["nonce"]) == (cloud.oidc_issuer, "atmo", "the nonce")
    assert claims["exp"] > cloud.clock.timestamp() >= claims["iat"]
    assert claims["email"] == "maintainer@example.org"
    assert claims["groups"] == ["cluster-maintainers", "job-maintainers"]
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert requests.get(discovered["userinfo_endpoint"], headers=bearer, timeout=5).json()["sub"] == claims["sub"]


def test_the_client_may_authenticate_in_the_header(cloud: LocalCloud, discovered: dict[str, str]) -> None:
    form = {
        "grant_type": "authorization_code",
        "code": chosen(cloud, discovered, "alice")["code"],
        "redirect_uri": f"{cloud.portal_url}/login/callback",
        "code_verifier": VERIFIER,
    }
    client = ("atmo", cloud.oidc_secret)
    assert requests.post(discovered["token_endpoint"], data=form, auth=client, timeout=5).status_code == 200


def test_a_code_is_good_once(cloud: LocalCloud, discovered: dict[str, str]) -> None:
    code = chosen(cloud, discovered, "alice")["code"]
    assert exchanged(cloud, discovered, code).status_code == 200
    again = exchanged(cloud, discovered, code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"code_verifier": "another"}, 400, "invalid_grant"),
        ({"redirect_uri": "http://elsewhere"}, 400, "invalid_grant"),
        ({"client_secret": "guessed"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_what_does_not_fit_is_refused(
    cloud: LocalCloud, discovered: dict[str, str], changes: dict[str, str], status: int, error: str
) -> None:
    code = chosen(cloud, discovered, "alice")["code"]
    refused = exchanged(cloud, discovered, code, **changes)
    assert (refused.status_code, refused.json()["error"]) == (status, error)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "email"}, "invalid_scope"),
        ({"prompt": "none"}, "login_required"),
        ({"prompt": "none", "login_hint": "mallory@example.org"}, "login_required"),
    ],
)
def test_errors_go_back_to_the_client(
    cloud: LocalCloud, discovered: dict[str, str], changes: dict[str, Any], error: str
) -> None:
    request = parameters(cloud, **changes)
    sent = requests.get(discovered["authorization_endpoint"], params=request, allow_redirects=False, timeout=5)
    assert answer(sent)["error"] == error


@pytest.mark.parametrize(
    "changes", [{"redirect_uri": "http://evil.example/login/callback"}, {"client_id": "other"}, {"redirect_uri": None}]
)
def test_nobody_is_sent_to_an_address_that_is_not_the_clients(
    cloud: LocalCloud, discovered: dict[str, str], changes: dict[str, Any]
) -> None:
    request = parameters(cloud, **changes)
    refused = requests.get(discovered["authorization_endpoint"], params=request, allow_redirects=False, timeout=5)
    assert refused.status_code == 400


def test_a_hint_signs_in_without_the_page_only_if_asked(cloud: LocalCloud, discovered: dict[str, str]) -> None:
    url = discovered["authorization_endpoint"]
    hinted = parameters(cloud, login_hint="bob@example.org")
    assert "Who are you?" in requests.get(url, params=hinted, allow_redirects=False, timeout=5).text
    silent = {**hinted, "prompt": "none"}
    assert "code" in answer(requests.get(url, params=silent, allow_redirects=False, timeout=5))


def test_signing_out_leads_back_to_the_portal_alone(cloud: LocalCloud, discovered: dict[str, str]) -> None:
    url = discovered["end_session_endpoint"]
    home = {"post_logout_redirect_uri": f"{cloud.portal_url}/", "state": "x"}
    back = requests.get(url, params=home, allow_redirects=False, timeout=5)
    assert back.headers["Location"] == f"{cloud.portal_url}/?state=x"
    elsewhere = {"post_logout_redirect_uri": cloud.portal_url + ".evil.example/"}
    assert requests.get(url, params=elsewhere, allow_redirects=False, timeout=5).status_code == 200
