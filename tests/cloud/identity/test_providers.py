"""What is particular to Cognito, Auth0, Google and Keycloak; the client's secret and its rotation; signing out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import urllib3
from werkzeug.wrappers import Request, Response

from chalicelib.identity.models import User
from localaws.cloud import LocalCloud
from localaws.deploy import SECRET_ID
from tests.support.http import HTTP_TIMEOUT
from tests.support.roles import allowed
from tests.support.sign_in import Flow, Provider, session_of
from tests.support.visitor import Visitor

Settings = Callable[..., None]


@pytest.fixture
def settings(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Other settings of the deployment, until the test is over."""
    from chalicelib.core import config

    def change(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        config.settings.cache_clear()

    yield change
    monkeypatch.undo()
    config.settings.cache_clear()


def groups(cloud: LocalCloud, answer: urllib3.BaseHTTPResponse) -> list[str]:
    from chalicelib.identity.models import User

    assert answer.status == 303, answer.data
    return list(User.get("alice", consistent_read=True).groups)


@pytest.mark.parametrize(
    ("claims", "configured", "expected"),
    [
        ({"groups": None, "cognito:groups": ["data"]}, "", ["data"]),
        ({"groups": None, "https://example.com/groups": ["data"]}, "https://example.com/groups", ["data"]),
        ({"groups": ["/data", "/eu/data"]}, "", ["data", "eu/data"]),
        ({"groups": None, "realm_access": {"roles": ["admins"]}}, "realm_access.roles", ["admins"]),
        ({"groups": None, "hd": "example.org"}, "groups,hd", ["example.org"]),
        ({"groups": None, "email_verified": "true"}, "", []),
    ],
    ids=["cognito", "auth0", "keycloak", "keycloak roles", "google", "cognito's words"],
)
def test_groups_of_the_usual_providers(
    cloud: LocalCloud,
    provider: Provider,
    settings: Settings,
    claims: dict[str, Any],
    configured: str,
    expected: list[str],
) -> None:
    settings(OIDC_GROUP_CLAIMS=configured)
    provider.claims(**claims)
    assert groups(cloud, Flow(cloud).finish()) == expected


@pytest.mark.parametrize(("patterns", "status"), [("data-*", 303), ("data-eu, x", 303), ("data", 403), ("admins", 403)])
def test_only_the_allowed_groups_get_in(
    cloud: LocalCloud, provider: Provider, settings: Settings, patterns: str, status: int
) -> None:
    settings(ALLOWED_GROUPS=patterns)
    provider.claims(groups=["data-eu"])
    answer = Flow(cloud).finish()
    assert (answer.status, bool(session_of(answer))) == (status, status == 303)
    if status == 403:
        assert b"not in any of the groups that may use this portal. Ask an administrator" in answer.data


def test_addresses_may_be_trusted_where_administrators_give_them(
    cloud: LocalCloud, provider: Provider, settings: Settings
) -> None:
    provider.claims(email_verified=None)
    assert Flow(cloud).finish().status == 403
    settings(OIDC_TRUST_EMAIL="true")
    assert Flow(cloud).finish().status == 303


def test_scopes_are_what_the_deployment_says(cloud: LocalCloud, settings: Settings) -> None:
    assert Flow(cloud).parameters["scope"] == "openid email profile"
    settings(OIDC_SCOPES="openid email groups")
    assert Flow(cloud).parameters["scope"] == "openid email groups"


def test_an_issuer_that_ends_in_a_slash(cloud: LocalCloud, provider: Provider) -> None:
    """Auth0's does, in its tokens too."""
    issuer = cloud.oidc_issuer + "/"
    provider.describes(issuer=issuer)
    provider.claims(iss=issuer)
    flow = Flow(cloud)
    assert flow.back(flow.consent().replace("iss=", "was=")).status == 303


@pytest.mark.parametrize("ways", [["client_secret_basic"], ["client_secret_post"], None, ["private_key_jwt"]])
def test_we_say_who_we_are_as_the_provider_wants_it(
    cloud: LocalCloud, provider: Provider, ways: list[str] | None
) -> None:
    seen: list[Request] = []

    def token(request: Request) -> Response:
        seen.append(request)
        return provider.real._token(request)

    provider.describes(token_endpoint_auth_methods_supported=ways)
    provider.answers("/token", token)
    assert Flow(cloud).finish().status == 303
    assert ("client_secret" in seen[0].form) is (ways == ["client_secret_post"])


def test_a_rotated_secret_is_fetched_anew(
    cloud: LocalCloud, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Flow(cloud).finish().status == 303
    monkeypatch.setattr(provider.real, "_client", ("atmo", "after the rotation: +/&% é"))
    answer = Flow(cloud).finish()
    assert (answer.status, session_of(answer)) == (503, "")
    assert b"does not accept this portal. Please tell an administrator." in answer.data
    secrets = cloud.client("secretsmanager")
    secrets.put_secret_value(SecretId=SECRET_ID, SecretString="after the rotation: +/&% é")
    try:
        assert Flow(cloud).finish().status == 303
        secrets.put_secret_value(
            SecretId=SECRET_ID, SecretString='{"client_secret": "after the rotation: +/&% \\u00e9"}'
        )
        monkeypatch.setattr(provider.real, "_client", ("atmo", "after the rotation: +/&% é"))
        assert Flow(cloud).finish().status == 303
    finally:
        secrets.put_secret_value(SecretId=SECRET_ID, SecretString=cloud.oidc_secret)


def test_the_secret_may_lie_in_ssm(cloud: LocalCloud, settings: Settings) -> None:
    cloud.client("ssm").put_parameter(Name="/atmo/local/oidc", Value=cloud.oidc_secret, Type="SecureString")
    arn = f"arn:aws:ssm:{cloud.region}:{cloud.account}:parameter/atmo/local/*"
    with allowed(cloud, "APIHandlerRole", "ssm:GetParameter", arn):
        settings(OIDC_SECRET_ID="/atmo/local/oidc")
        assert Flow(cloud).finish().status == 303
        settings(OIDC_SECRET_ID="/atmo/local/missing")
        answer = Flow(cloud).finish()
    assert (answer.status, b"cannot read one of its own secrets" in answer.data) == (503, True)


def test_the_first_admin_is_who_the_deployment_names(cloud: LocalCloud, settings: Settings) -> None:
    def groups() -> list[str]:
        assert Flow(cloud).finish().status == 303
        return list(User.get("alice").groups)

    assert "admins" not in groups()
    settings(FIRST_ADMIN="Alice@example.org")
    assert "admins" in groups()
    settings(FIRST_ADMIN="bob@example.org")
    assert "admins" not in groups()


def sign_out(cloud: LocalCloud) -> tuple[urllib3.BaseHTTPResponse, str]:
    """Sign in and out as a browser does; the answer, and the cookie of the session that was."""
    visitor = Visitor(cloud.portal_url)
    form = visitor.sign_in("alice").form("/logout")
    cookie = "; ".join(f"{name}={value}" for name, value in visitor._cookies[urlsplit(cloud.portal_url).netloc].items())
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    body = urlencode(form.fields)
    answer = urllib3.request("POST", form.action, body=body, headers=headers, redirect=False, timeout=HTTP_TIMEOUT)
    return answer, cookie


def still_in(cloud: LocalCloud, cookie: str) -> bool:
    answer = urllib3.request(
        "GET", f"{cloud.portal_url}/keys", headers={"Cookie": cookie}, redirect=False, timeout=HTTP_TIMEOUT
    )
    return answer.status == 200


def test_signing_out_ends_the_session_here_and_at_the_provider(cloud: LocalCloud) -> None:
    answer, cookie = sign_out(cloud)
    onward = urlsplit(answer.headers["location"])
    parameters = parse_qs(onward.query)
    assert (answer.status, f"{onward.scheme}://{onward.netloc}{onward.path}") == (303, f"{cloud.oidc_issuer}/logout")
    assert parameters["post_logout_redirect_uri"] == [f"{cloud.portal_url}/"]
    assert parameters["client_id"] == ["atmo"]
    assert parameters["id_token_hint"][0].count(".") == 2
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert not still_in(cloud, cookie)


@pytest.mark.parametrize("how", ["has none", "is down"])
def test_signing_out_when_the_provider_cannot(cloud: LocalCloud, provider: Provider, how: str) -> None:
    if how == "has none":
        provider.describes(end_session_endpoint=None)
    visitor = Visitor(cloud.portal_url)
    form = visitor.sign_in("alice").form("/logout")
    if how == "is down":
        provider.forget()
        provider.answers("/.well-known/openid-configuration", lambda _: Response("no", 502))
    page = visitor.post(form.action, form.fields)
    assert (page.status, page.url) == (200, f"{cloud.portal_url}/")
    assert "Spark when you need it" in page.text


def test_cognito_signs_out_elsewhere_and_by_other_names(cloud: LocalCloud, provider: Provider) -> None:
    """Its pages are not at the issuer's address, where our policy lets forms lead; so a page of ours goes on by itself."""
    from dataclasses import replace

    from chalicelib.core import clock, config
    from chalicelib.identity import oidc_client, sign_in

    provider.describes(end_session_endpoint="http://login.example.com/logout")
    answer, cookie = sign_out(cloud)
    page = answer.data.decode()
    assert (answer.status, still_in(cloud, cookie)) == (200, False)
    assert '<meta http-equiv="refresh" content="0; url=http://login.example.com/logout?client_id=atmo' in page
    assert "Max-Age=0" in answer.headers["set-cookie"]
    cognito = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc"
    settings = replace(config.settings(), oidc_issuer=cognito)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            oidc_client,
            "discover",
            lambda issuer, now: {"end_session_endpoint": "https://x.auth.eu-west-1.amazoncognito.com/logout"},
        )
        url = sign_in.sign_out_url(settings, "the.id.token", "https://portal.example.com/", clock.now())
    assert url == (
        "https://x.auth.eu-west-1.amazoncognito.com/logout?client_id=atmo&logout_uri=https%3A%2F%2Fportal.example.com%2F"
    )
