"""Every way in which a provider, or somebody in its place, can answer wrongly: each refused with a page that says what to
do, and without a session."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, RSAKey
from werkzeug.wrappers import Request, Response

from localaws.cloud import LocalCloud
from tests.support.sign_in import Flow, Provider, session_of

Claims = dict[str, Any]
Spoil = Callable[[Provider], None]
HOUR = 3600


def refusal(cloud: LocalCloud, status: int = 403) -> str:
    """What the page says to whoever signs in now."""
    answer = Flow(cloud).finish()
    page = answer.data.decode()
    assert answer.status == status, page
    assert answer.headers["content-type"].startswith("text/html")
    assert session_of(answer) == ""
    assert "Sign in" in page or "start" in page
    return " ".join(page.partition('class="lead">')[2].partition("</p>")[0].replace("&#39;", "'").split())


def now() -> int:
    from chalicelib.core import clock

    return int(clock.now().timestamp())


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def by_hand(header: Claims, claims: Claims, sign: Callable[[bytes], bytes]) -> str:
    head = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}"
    return f"{head}.{b64(sign(head.encode()))}"


CLAIMS: dict[str, tuple[dict[str, Any], str]] = {
    "another issuer": ({"iss": "https://evil.example"}, "another issuer"),
    "no issuer": ({"iss": None}, "another issuer"),
    "another audience": ({"aud": "other"}, "another audience"),
    "no audience": ({"aud": None}, "another audience"),
    "an audience that is no text": ({"aud": {"atmo": 1}}, "another audience"),
    "several audiences without us": ({"aud": ["a", "b"], "azp": "atmo"}, "another audience"),
    "several audiences without azp": ({"aud": ["atmo", "other"]}, "several audiences and no azp"),
    "azp is another client": ({"aud": ["atmo", "other"], "azp": "other"}, "made for another client (azp)"),
    "another nonce": ({"nonce": "guessed"}, "another nonce"),
    "no nonce": ({"nonce": None}, "another nonce"),
    "no subject": ({"sub": None}, "no subject (sub)"),
    "no expiry": ({"exp": None}, "no times (exp, iat)"),
    "an expiry that is no number": ({"exp": "tomorrow"}, "no times (exp, iat)"),
    "no time of issue": ({"iat": None}, "no times (exp, iat)"),
    "no address": ({"email": None}, "did not send your e-mail address"),
    "an address that is none": ({"email": "alice@example.org\r\nBcc: x@y.z"}, "did not send your e-mail address"),
    "two addresses": ({"email": "alice@example.org@evil.example"}, "did not send your e-mail address"),
    "an address that is no text": ({"email": ["alice@example.org"]}, "did not send your e-mail address"),
    "an address that is not verified": ({"email_verified": False}, "has not verified your e-mail address"),
    "an address of which nothing is said": ({"email_verified": None}, "has not verified your e-mail address"),
}  # fmt: skip


@pytest.mark.parametrize("case", CLAIMS)
def test_claims_that_are_wrong(cloud: LocalCloud, provider: Provider, case: str) -> None:
    changes, says = CLAIMS[case]
    provider.claims(**changes)
    assert says in refusal(cloud)


@pytest.mark.parametrize(
    ("name", "says"), [("nonce", "another nonce"), ("email", "did not send"), ("sub", ""), ("name", ""), ("groups", "")]
)
def test_halves_of_characters(cloud: LocalCloud, provider: Provider, name: str, says: str) -> None:
    """JSON can say what UTF-8 cannot."""
    key, half = provider.real._key, "a\ud800@example.org"
    header = {"alg": "RS256", "kid": key.kid}

    def sign(claims: Claims) -> str:
        spoilt = claims | {name: [half] if name == "groups" else half}
        return jws.serialize_compact(header, json.dumps(spoilt).encode(), key)

    provider.signs(sign)
    if says:
        assert says in refusal(cloud)
    else:
        assert Flow(cloud).finish().status == 303


@pytest.mark.parametrize(
    ("name", "seconds", "says"),
    [
        ("exp", -61, "expired"),
        ("exp", -59, ""),
        ("iat", 75, "from the future"),
        ("iat", 45, ""),
        ("nbf", 75, "from the future"),
    ],
)
def test_times_beyond_the_leeway(cloud: LocalCloud, provider: Provider, name: str, seconds: int, says: str) -> None:
    provider.claims(**{name: now() + seconds})
    if says:
        assert says in refusal(cloud)
    else:
        assert Flow(cloud).finish().status == 303


def none(provider: Provider) -> None:
    provider.signs(lambda claims: by_hand({"alg": "none"}, claims, lambda _: b""))


def none_with_a_kid(provider: Provider) -> None:
    kid = provider.real._key.kid
    provider.signs(lambda claims: by_hand({"alg": "NONE", "kid": kid}, claims, lambda _: b""))


def public_key_as_secret(provider: Provider) -> None:
    """The confusion of algorithms: HS256, keyed with what everybody can fetch."""
    key = provider.real._key
    pem, header = key.as_pem(private=False), {"alg": "HS256", "kid": key.kid}
    provider.signs(lambda claims: by_hand(header, claims, lambda text: hmac.new(pem, text, hashlib.sha256).digest()))


def unknown_key(provider: Provider) -> None:
    key = RSAKey.generate_key(2048, auto_kid=True)
    provider.signs(lambda claims: jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key))


def another_key_by_the_same_name(provider: Provider) -> None:
    key, kid = RSAKey.generate_key(2048), provider.real._key.kid
    provider.signs(lambda claims: jwt.encode({"alg": "RS256", "kid": kid}, claims, key))


def a_key_in_the_header(provider: Provider) -> None:
    key = RSAKey.generate_key(2048, auto_kid=True)
    header = {"alg": "RS256", "jwk": key.as_dict(private=False)}
    provider.signs(lambda claims: jwt.encode(header, claims, key))


def another_kind_of_key(provider: Provider) -> None:
    key, kid = ECKey.generate_key("P-256"), provider.real._key.kid
    provider.signs(lambda claims: jwt.encode({"alg": "ES256", "kid": kid}, claims, key))


def changed_claims(provider: Provider) -> None:
    sign = provider.real.sign

    def forge(claims: Claims) -> str:
        head, _, signature = sign(claims).split(".")
        return f"{head}.{b64(json.dumps(claims | {'groups': ['admins']}).encode())}.{signature}"

    provider.signs(forge)


def garbage(provider: Provider) -> None:
    provider.signs(lambda claims: "not.a.token")


def a_list_for_claims(provider: Provider) -> None:
    key = provider.real._key

    def sign(claims: Claims) -> str:
        return jws.serialize_compact({"alg": "RS256", "kid": key.kid}, b"[1, 2]", key)

    provider.signs(sign)


def nothing(provider: Provider) -> None:
    provider.signs(lambda claims: "")


SIGNATURES = [
    none, none_with_a_kid, public_key_as_secret, unknown_key, another_key_by_the_same_name, a_key_in_the_header,
    another_kind_of_key, changed_claims, garbage, a_list_for_claims, nothing,
]  # fmt: skip


@pytest.mark.parametrize("spoil", SIGNATURES, ids=lambda spoil: spoil.__name__)
def test_signatures_that_do_not_hold(cloud: LocalCloud, provider: Provider, spoil: Spoil) -> None:
    spoil(provider)
    assert "a signature that is not valid" in refusal(cloud)


def test_no_id_token_at_all(cloud: LocalCloud, provider: Provider) -> None:
    provider.answers("/token", lambda _: Response('{"access_token": "x", "token_type": "Bearer"}'))
    assert "no ID token" in refusal(cloud)


def test_a_provider_that_says_it_is_another_one(cloud: LocalCloud, provider: Provider) -> None:
    flow = Flow(cloud)
    url = flow.consent().replace("iss=", "iss=https%3A%2F%2Fevil.example&was=")
    answer = flow.back(url)
    assert (answer.status, session_of(answer)) == (403, "")
    assert b"another issuer" in answer.data


def test_the_key_is_rotated(cloud: LocalCloud, provider: Provider) -> None:
    assert Flow(cloud).finish().status == 303
    provider.real.rotate()
    assert Flow(cloud).finish().status == 303


def hangs_up(request: Request) -> Response:
    raise ConnectionError("no")


def drips(request: Request) -> Response:
    def slowly() -> Any:
        for _ in range(40):
            yield b" "
            time.sleep(0.05)

    return Response(slowly())


ANSWERS: dict[str, Callable[[Request], Response]] = {
    "down": lambda _: Response("Bad gateway", 502),
    "overloaded": lambda _: Response("Slow down", 429),
    "hanging up": hangs_up,
    "dripping": drips,
    "a page instead": lambda _: Response("<html>Maintenance</html>"),
    "a list": lambda _: Response("[1, 2]"),
    "nothing": lambda _: Response(""),
    "nested without end": lambda _: Response("[" * 100_000),
    "very long": lambda _: Response("{" + " " * 2_000_000 + "}"),
    "elsewhere": lambda _: Response(status=302, headers={"Location": "https://evil.example/"}),
}  # fmt: skip


@pytest.mark.parametrize("place", ["/.well-known/openid-configuration", "/token", "/jwks"])
@pytest.mark.parametrize("how", ANSWERS)
def test_a_provider_that_does_not_answer_as_it_should(
    cloud: LocalCloud, provider: Provider, monkeypatch: pytest.MonkeyPatch, place: str, how: str
) -> None:
    from chalicelib.identity import oidc_client as web_provider

    if how == "dripping":
        monkeypatch.setattr(web_provider, "TIMEOUT", 0.5)
    flow = Flow(cloud)
    back = flow.consent()
    provider.forget()
    provider.answers(place, ANSWERS[how])
    answer = flow.back(back)
    page = answer.data.decode()
    assert (answer.status, session_of(answer)) == (503, ""), page
    assert "does not answer" in page
    assert "try again in a minute" in page
    assert "<h1>Signing in is not possible now</h1>" in page


def test_a_provider_that_is_down_at_the_beginning(cloud: LocalCloud, provider: Provider) -> None:
    provider.answers("/.well-known/openid-configuration", ANSWERS["down"])
    answer = Flow(cloud).began
    assert (answer.status, "does not answer" in answer.data.decode()) == (503, True)


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://evil.example"},
        {"issuer": None},
        {"token_endpoint": None},
        {"jwks_uri": 7},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"end_session_endpoint": "javascript:alert(1)"},
    ],
    ids=str,
)
def test_a_description_that_cannot_be(cloud: LocalCloud, provider: Provider, changes: Claims) -> None:
    provider.describes(**changes)
    assert Flow(cloud).began.status == 503


@pytest.mark.parametrize("keys", ['{"keys": []}', '{"keys": 7}', "{}", '{"keys": [{"kty": "RSA", "n": "!", "e": ""}]}'])
def test_keys_that_are_none(cloud: LocalCloud, provider: Provider, keys: str) -> None:
    provider.answers("/jwks", lambda _: Response(keys))
    assert Flow(cloud).finish().status == 503


def test_keys_of_a_kind_that_is_not_known_yet_do_no_harm(cloud: LocalCloud, provider: Provider) -> None:
    known = provider.real._key.as_dict(private=False)
    provider.answers("/jwks", lambda _: Response(json.dumps({"keys": [{"kty": "MLDSA", "kid": "new"}, known]})))
    assert Flow(cloud).finish().status == 303


def test_a_code_that_the_provider_refuses(cloud: LocalCloud, provider: Provider) -> None:
    provider.answers("/token", lambda _: Response('{"error": "invalid_grant"}', 400))
    assert "may already have been used. Please sign in again." in refusal(cloud)


def test_a_provider_that_gives_an_error(cloud: LocalCloud) -> None:
    flow = Flow(cloud)
    answer = flow.back(f"{flow.portal}/login/callback?error=%3Cb%3Eno&state={flow.parameters['state']}")
    assert (answer.status, session_of(answer)) == (403, "")
    assert b"The provider did not sign you in. Please try again" in answer.data
    assert b"no" not in answer.data.partition(b"<main")[2].partition(b"did not")[0]


def test_a_user_name_that_is_somebody_elses(cloud: LocalCloud, provider: Provider) -> None:
    provider.claims(email="o-neil@example.org")
    assert Flow(cloud).finish().status == 303
    provider.claims(email="o'neil@example.org")
    assert "belongs to somebody with another e-mail address" in refusal(cloud)
