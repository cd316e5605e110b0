"""What people fill in about SSH keys."""

from __future__ import annotations

from typing import Annotated

from chalicelib.core.fields import Form, text
from chalicelib.core.limits import LIMITS

Title = Annotated[str, text("Give the key a title of 1 to {limit:,} characters.", LIMITS.name)]
PublicKey = Annotated[str, text(f"Paste a public key of at most {LIMITS.public_key // 1000} kB.", LIMITS.public_key)]


class AddKey(Form):
    """A public SSH key and a title for it."""

    title: Title
    key: PublicKey


class PastedKey(Form):
    """The same on a page: without a title it is the key's comment, and the key may be in a file."""

    title: Title | None = None
    key: PublicKey | None = None
