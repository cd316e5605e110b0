"""How an OpenID provider refuses a request."""

from __future__ import annotations


class OAuthError(Exception):
    """An error that the client receives, by OAuth's name for it (RFC 6749, sections 4.1.2.1 and 5.2)."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.status = status
