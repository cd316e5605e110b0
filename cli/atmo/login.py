"""`atmo login`: an API token for a portal, kept for the next commands."""

from __future__ import annotations

import argparse
import getpass
import os
from urllib.parse import urlsplit

from atmo import credentials
from atmo.credentials import Credentials
from atmo.errors import UsageError
from atmo.http import Portal

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def login(arguments: argparse.Namespace) -> int:
    """Ask for a token of the portal's page /tokens, see that it works, and store it."""
    url = checked(arguments.url or os.environ.get("ATMO_URL", ""))
    print(f"Sign in and create a token at {url}/tokens")
    entered = Credentials(url, os.environ.get("ATMO_TOKEN") or getpass.getpass("Paste it here: ").strip())
    person = Portal(entered).ask("GET", "/me").body
    path = credentials.store(entered)
    print(f"Signed in to {url} as {person['username']}. The token is in {path}.")
    return 0


def checked(url: str) -> str:
    """The portal's address without a slash at its end.

    Raises:
        UsageError: there is none, or a token would travel unencrypted.
    """
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        return url.rstrip("/")
    raise UsageError("Give the portal's address, such as `atmo login https://atmo.example.org`.")
