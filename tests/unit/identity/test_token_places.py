"""What counts as the place that a token is used from."""

from __future__ import annotations

import pytest

from chalicelib.identity.token_places import place_of


@pytest.mark.parametrize(
    ("address", "agent", "place"),
    [
        ("203.0.113.9", "curl/8.5.0", "203.0.113.0/24 by curl"),
        ("203.0.113.77", "curl/7.0", "203.0.113.0/24 by curl"),
        ("2001:db8:1:2::3", "python-requests/2.32", "2001:db8:1::/48 by python-requests"),
        ("203.0.113.9", "", "203.0.113.0/24"),
        ("203.0.113.9", "<script>", "203.0.113.0/24"),
        ("unknown", "Mozilla/5.0 (X11)", "an unknown network by Mozilla"),
        ("203.0.113.9", "x" * 100, f"203.0.113.0/24 by {'x' * 40}"),
    ],
)
def test_places(address: str, agent: str, place: str) -> None:
    assert str(place_of(address, agent)) == place
