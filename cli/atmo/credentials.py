"""Which portal, and as whom: the environment (ATMO_URL, ATMO_TOKEN) or else what `atmo login` stored."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from atmo.errors import UsageError


@dataclass(frozen=True)
class Credentials:
    """A portal's address, without a slash at its end, and an API token for it."""

    url: str
    token: str


def load() -> Credentials:
    """The credentials to use. The environment's come first; a token that was stored is only ever sent to its own portal.

    Raises:
        UsageError: there are none.
    """
    stored = _stored()
    url = (os.environ.get("ATMO_URL") or stored.get("url", "")).rstrip("/")
    token = os.environ.get("ATMO_TOKEN") or (stored.get("token", "") if url == stored.get("url") else "")
    if not url:
        raise UsageError("Which portal? Set ATMO_URL, such as https://atmo.example.org, or run `atmo login URL`.")
    if not token:
        raise UsageError(f"No API token for {url}. Set ATMO_TOKEN, or run `atmo login {url}`.")
    return Credentials(url, token)


def store(credentials: Credentials) -> Path:
    """Keep the credentials in a file that only this user can read; returns its path."""
    path = _path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump({"url": credentials.url, "token": credentials.token}, file)
    return path


def _stored() -> dict[str, str]:
    try:
        content = json.loads(_path().read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _path() -> Path:
    home = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(home) / "atmo" / "credentials.json"
