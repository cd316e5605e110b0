"""What ID tokens of the usual providers say: tables of the pure rules."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.identity import id_token

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
T = int(NOW.timestamp())
EXPECTED = id_token.Expected("https://login.example.com", "atmo", "the nonce")
GOOD: dict[str, Any] = {
    "iss": "https://login.example.com", "aud": "atmo", "sub": "7", "nonce": "the nonce", "iat": T, "exp": T + 3600,
}  # fmt: skip

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)


def test_what_is_as_expected_is_no_problem() -> None:
    assert id_token.problem(GOOD, EXPECTED, NOW) == ""
    assert id_token.problem(GOOD | {"aud": ["atmo"]}, EXPECTED, NOW) == ""
    assert id_token.problem(GOOD | {"aud": ["atmo", "other"], "azp": "atmo"}, EXPECTED, NOW) == ""


@given(st.dictionaries(st.sampled_from([*GOOD, "azp", "nbf"]), ANYTHING, min_size=1))
def test_no_claim_whatever_it_is_passes_in_place_of_the_right_one(changes: dict[str, Any]) -> None:
    claims = GOOD | changes
    wrong = id_token.problem(claims, EXPECTED, NOW)
    for name in ("iss", "nonce"):
        if claims[name] != GOOD[name]:
            assert wrong
    if claims["aud"] not in ("atmo", ["atmo"]):
        assert wrong
    if not isinstance(claims["sub"], str):
        assert wrong


def test_google_may_leave_the_scheme_out_and_nobody_else() -> None:
    google = id_token.Expected("https://accounts.google.com", "atmo", "the nonce")
    assert id_token.problem(GOOD | {"iss": "accounts.google.com"}, google, NOW) == ""
    assert id_token.problem(GOOD | {"iss": "login.example.com"}, EXPECTED, NOW) == "another issuer"
    assert id_token.problem(GOOD | {"iss": "accounts.google.com"}, EXPECTED, NOW) == "another issuer"
    assert id_token.problem(GOOD, google, NOW) == "another issuer"


@pytest.mark.parametrize(
    ("claims", "names", "groups"),
    [
        ({}, (), set()),
        ({"groups": ["data", "admins"]}, (), {"data", "admins"}),
        ({"cognito:groups": ["data"]}, (), {"data"}),
        ({"https://example.com/groups": ["data"]}, ("https://example.com/groups",), {"data"}),
        ({"groups": ["/data", "/teams/eu"]}, (), {"data", "teams/eu"}),
        ({"realm_access": {"roles": ["admins"]}}, ("realm_access.roles",), {"admins"}),
        ({"resource_access": {"atmo": {"roles": ["a"]}}}, ("resource_access.atmo.roles",), {"a"}),
        ({"hd": "example.com"}, ("hd",), {"example.com"}),
        ({"groups": [], "roles": ["a"]}, ("groups", "roles"), {"a"}),
        ({"groups": ["a"], "roles": ["b"]}, ("roles",), {"b"}),
        ({"groups": {"a": 1}}, (), set()),
        ({"groups": 7}, (), set()),
        ({"groups": [1, None, "a", "", "/", "b\ud800", "c\n"]}, (), {"a"}),
        ({"realm_access": "x"}, ("realm_access.roles",), set()),
    ],
)
def test_groups(claims: dict[str, Any], names: tuple[str, ...], groups: set[str]) -> None:
    assert id_token.groups(claims, names) == groups


@given(ANYTHING, st.lists(st.text(max_size=20), max_size=2))
def test_groups_are_texts_whatever_was_claimed(claim: Any, names: list[str]) -> None:
    assert all(
        isinstance(group, str) and group
        for group in id_token.groups({"groups": claim, **dict.fromkeys(names, claim)}, names)
    )


@pytest.mark.parametrize(
    ("email", "address"),
    [
        ("Alice@Example.org ", "alice@example.org"),
        ("o'neil+spark@mail.example.org", "o'neil+spark@mail.example.org"),
        ("alice", ""),
        ("@example.org", ""),
        ("alice@", ""),
        ("a@b@c.org", ""),
        ("a b@c.org", ""),
        ("a@c.org\nBcc: d@e.org", ""),
        ("<a@c.org>", ""),
        ("a@c.org,b@c.org", ""),
        (f"a@{'x' * 300}.org", ""),
        (None, ""),
        (["a@c.org"], ""),
    ],
)
def test_addresses(email: Any, address: str) -> None:
    assert id_token.address({"email": email}) == address


@pytest.mark.parametrize(
    ("said", "verified"), [(True, True), ("true", True), (False, False), ("false", False), (None, False), (1, False)]
)
def test_verified(said: Any, verified: bool) -> None:
    assert id_token.is_verified({"email_verified": said}) is verified


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"exp": T - 59}, ""),
        ({"exp": T - 60}, "expired"),
        ({"iat": T + 60}, ""),
        ({"iat": T + 61}, "from the future"),
        ({"nbf": T + 60}, ""),
        ({"nbf": T + 61}, "from the future"),
        ({"exp": True}, "no times (exp, iat)"),
        ({"iat": None}, "no times (exp, iat)"),
        ({"nbf": "now"}, "no times (exp, iat)"),
        ({"exp": float(T + 1)}, ""),
        ({"aud": "other"}, "another audience"),
        ({"aud": {"atmo": 1}}, "another audience"),
        ({"aud": ["atmo", "other"]}, "several audiences and no azp"),
        ({"azp": "other"}, "made for another client (azp)"),
        ({"nonce": "another"}, "another nonce"),
        ({"nonce": 7}, "another nonce"),
        ({"sub": ""}, "no subject (sub)"),
        ({"sub": 7}, "no subject (sub)"),
    ],
)
def test_what_is_wrong_with_a_token_is_said(changes: dict[str, Any], problem: str) -> None:
    assert id_token.problem(GOOD | changes, EXPECTED, NOW) == problem


def test_an_address_has_at_most_254_characters() -> None:
    longest = f"a@{'x' * 248}.org"
    assert (len(longest), id_token.address({"email": longest})) == (254, longest)
    assert id_token.address({"email": f"a{longest}"}) == ""
