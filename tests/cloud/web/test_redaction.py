"""What is secret is never in a log: of signing in, of the API, of our own failures."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import urllib3
from aws_lambda_powertools.logging.filters import SuppressFilter
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core import redaction
from localaws.cloud import LocalCloud
from tests.support.http import HTTP_TIMEOUT, Api
from tests.support.sign_in import Flow, Provider, session_of

TOKEN = "atmo_" + "Ab1_-" * 8 + "xyz"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("logged", "redacted"),
    [
        (f"Authorization: Bearer {TOKEN}", "Authorization: Bearer atmo_[redacted]"),
        ("Bearer abcdefghijkl", "Bearer [redacted]"),
        ("Basic YTpiOmM6ZDplOmY=", "Basic [redacted]"),
        (f"token {TOKEN}.", "token atmo_[redacted]."),
        (f"got {JWT}", "got [redacted]"),
        ("__Host-atmo-session=abc; other=1", "__Host-atmo-session=[redacted]; other=1"),
        ("atmo-sign-in-8000=abc", "atmo-sign-in-8000=[redacted]"),
        ('"GET /login/callback?code=abc&state=def HTTP/1.1"', '"GET /login/callback?code=[redacted]&state=[redacted] HTTP/1.1"'),
        ("https://b.s3/x?X-Amz-Signature=ab&a=b", "https://b.s3/x?X-Amz-Signature=[redacted]&a=b"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----", "[redacted]"),
        ("-----BEGIN RSA PRIVATE KEY-----\ncut off", "[redacted]"),
        ("to alice.b+x@mail.example.org", "to a…@mail.example.org"),
        ("The cluster atmo-local-cluster-alice-x of j-ABC", "The cluster atmo-local-cluster-alice-x of j-ABC"),
        ("/clusters?state=active", "/clusters?state=[redacted]"),
    ],
)  # fmt: skip
def test_texts(logged: str, redacted: str) -> None:
    assert redaction.text(logged) == redacted


def test_what_is_secret_by_its_name() -> None:
    said = {
        "cookie": "x",
        "task_token": "x",
        "Authorization": "x",
        "code": "ThrottlingException",
        "token": None,
        "n": 1,
    }
    assert redaction.value({"a": [said]}) == {
        "a": [said | {"cookie": "[redacted]", "task_token": "[redacted]", "Authorization": "[redacted]"}]
    }


@given(st.text(), st.text(alphabet="abcXYZ019_-", min_size=43, max_size=43), st.text())
def test_a_token_goes_wherever_it_stands(before: str, secret: str, after: str) -> None:
    assert f"atmo_{secret}" not in redaction.text(f"{before} atmo_{secret} {after}")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_any_value_can_be_logged(value: Any) -> None:
    json.dumps(redaction.value(value))


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], str]]:
    """What has been logged since: the product's own lines, and everything else at the level that Lambda keeps."""
    from chalicelib.core.observability import logger

    stream = io.StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", stream)
    everything = logging.StreamHandler(stream)
    everything.addFilter(SuppressFilter("atmo"))  # as Powertools does to the handlers that it finds at the root
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.INFO)
    root.addHandler(everything)
    yield stream.getvalue
    root.removeHandler(everything)
    root.setLevel(before)


def test_the_portal_takes_no_line_from_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chalice lets its logger, which has the name of ours, log errors alone where it finds none that writes to this stdout."""
    from chalicelib.core.observability import logger
    from chalicelib.entrypoints.http import Application

    monkeypatch.setattr(sys, "stdout", io.StringIO())
    monkeypatch.setattr(logger._logger, "level", logging.INFO)
    Application(app_name="atmo")
    assert logging.getLogger("atmo").level == logging.INFO


def test_signing_in_leaves_no_secret_in_the_log(
    cloud: LocalCloud, provider: Provider, logged: Callable[[], str]
) -> None:
    flow = Flow(cloud)
    back = flow.consent()
    answer = flow.back(back)
    refused = flow.back(back)
    provider.claims(aud="other")
    wrong = Flow(cloud).finish()
    assert (answer.status, refused.status, wrong.status) == (303, 403, 403)
    code = parse_qs(urlsplit(back).query)["code"][0]
    cookies = [cookie.partition("=")[2] for cookie in (flow.cookie, session_of(answer))]
    secrets = [cloud.oidc_secret, code, flow.parameters["state"], flow.parameters["nonce"], *cookies]
    assert all(len(secret) > 20 for secret in secrets)
    written = logged()
    assert "id_token_refused" in written
    assert "another audience" in written
    assert [secret for secret in secrets if secret in written] == []
    assert "alice@example.org" not in written
    assert "eyJ" not in written


def test_using_the_api_leaves_no_token_in_the_log(cloud: LocalCloud, somebody: Api, logged: Callable[[], str]) -> None:
    made = somebody("POST", "/tokens", {"name": "made"}).body["token"]
    wrong = "atmo_" + "w" * 43
    assert Api(cloud.portal_url, made)("GET", "/me").status == 200
    assert Api(cloud.portal_url, wrong)("GET", "/me").status == 401
    urllib3.request("GET", f"{cloud.portal_url}/api/v1/me?token={made}", timeout=HTTP_TIMEOUT)
    written = logged()
    assert "/api/v1/me" in written
    assert [secret for secret in (made, wrong, somebody.token) if secret in written] == []


def test_a_failure_of_ours_leaves_no_secret_in_the_log(
    somebody: Api, logged: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.keys import service

    def fail(*arguments: object) -> None:
        raise RuntimeError(f"a bug with {somebody.token} and https://x/?code=abc123 and alice@example.org in it")

    monkeypatch.setattr(service, "listing", fail)
    assert somebody("GET", "/keys").status == 500
    written = logged()
    assert "a bug with atmo_[redacted]" in written
    assert [secret for secret in (somebody.token, "abc123", "alice@") if secret in written] == []


@pytest.mark.parametrize(
    "piece", ["a%", "eyJ-", "-----BEGIN PRIVATE KEY-----", "a@", "a@a.", "?code=", "atmo_", "bearer ", "x-amz-"]
)
def test_long_texts_of_somebodys_choice_take_no_longer_than_others(piece: str) -> None:
    """Were a pattern to begin anew at each character, this would take minutes."""
    from chalicelib.core import redaction

    assert len(redaction.text(piece * 30_000)) >= 0
