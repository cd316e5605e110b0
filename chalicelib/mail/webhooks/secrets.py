"""The secret that a webhook's deliveries are signed with."""

from __future__ import annotations

import secrets


def new_secret() -> str:
    """A secret to sign with, told apart from other secrets by how it begins."""
    return f"whsec_{secrets.token_urlsafe(32)}"
