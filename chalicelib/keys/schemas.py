"""How the API represents an SSH key."""

from __future__ import annotations

from typing import Any

from chalicelib.core.schemas import Record
from chalicelib.keys.models import SSHKey

KEY = Record("Key", SSHKey, "id", "title", "key", "kind", "fingerprint", "fingerprint_md5", "owner", "created_at")


def key_record(key: SSHKey) -> dict[str, Any]:
    """A key as the API gives it."""
    return KEY.of(key)
