"""The names of cookies, by the portal's address."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from chalicelib.web import auth


@pytest.mark.parametrize(
    ("portal_url", "name"),
    [
        ("http://127.0.0.1:8000", "atmo-session-8000"),
        ("http://127.0.0.1:8000/portal", "atmo-session-8000"),  # the address that API Gateway gives has a stage
        ("https://atmo.example.org", "__Host-atmo-session"),
        ("https://abc.execute-api.eu-west-1.amazonaws.com/portal", "__Host-atmo-session"),
    ],
)
def test_the_name_says_the_port_and_nothing_of_the_path(
    monkeypatch: pytest.MonkeyPatch, portal_url: str, name: str
) -> None:
    deployed = SimpleNamespace(portal_url=portal_url, https=portal_url.startswith("https:"))
    monkeypatch.setattr(auth, "settings", lambda: deployed)
    assert auth.cookie_name() == name
