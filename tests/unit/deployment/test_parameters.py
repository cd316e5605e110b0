"""Which parameters a deployment refuses, and with which words."""

from __future__ import annotations

import pytest

from deployment.parameters import problems

NAMES = ("OidcIssuer", "PortalUrl", "AllowedGroups", "MailFrom", "SshFrom", "SessionManager")
GOOGLE = "https://accounts.google.com"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"OidcIssuer": "https://login.example.com"}, None),
        ({"OidcIssuer": "http://login.example.com"}, "OidcIssuer must begin with https://"),
        ({"PortalUrl": "http://atmo.example.com"}, "PortalUrl must begin with https://"),
        ({"OidcIssuer": "http://127.0.0.1:4566/oidc", "PortalUrl": "http://localhost:8000"}, None),
        ({"PortalUrl": "http://[::1]:8000"}, None),
        ({"PortalUrl": "http://localhost.example.com"}, "PortalUrl must begin"),
        ({"OidcIssuer": GOOGLE}, "Anybody with an account at https://accounts.google.com"),
        ({"OidcIssuer": GOOGLE, "AllowedGroups": " , "}, "Anybody with an account"),
        ({"OidcIssuer": GOOGLE, "AllowedGroups": "example.com"}, None),
        ({"OidcIssuer": GOOGLE, "AnybodyMaySignIn": "yes"}, None),
        ({"OidcIssuer": GOOGLE, "AnybodyMaySignIn": "no"}, "Anybody with an account"),
        ({"OidcIssuer": "https://login.microsoftonline.com/common/v2.0"}, "Anybody with an account"),
        ({"OidcIssuer": "https://login.microsoftonline.com/8d6f1c9e-1111-2222-3333-444455556666/v2.0"}, None),
        ({"SshFrom": "203.0.113.0/24"}, None),
        ({"SshFrom": "pl-0123456789abcdef0", "SessionManager": "no"}, None),
        ({"SshFrom": "0.0.0.0/0"}, "SshFrom lets in 0.0.0.0/0, which is nearly everybody."),
        ({"SshFrom": "128.0.0.0/1"}, "SshFrom lets in 128.0.0.0/1"),
        ({"SshFrom": "10.0.0.0/8"}, None),
        ({"SessionManager": "no"}, "Nobody could connect to a cluster."),
        ({"Mailfrom": "a@example.com"}, "There is no parameter Mailfrom"),
    ],
)
def test_problems(values: dict[str, str], words: str | None) -> None:
    said = list(problems(values, NAMES))
    assert len(said) == (words is not None), said
    assert all(words and sentence.startswith(words) for sentence in said)
