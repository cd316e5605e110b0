"""API tokens of the demo people, the same in every cloud that is started in one checkout."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from localaws.people import PEOPLE


def seed(file: Path, now: datetime) -> dict[str, str]:
    """Register the demo people with the portal and give each the API token in `file`, which is created if it is missing.

    Returns the tokens by username. Two clouds that start at the same time agree on one file.
    """
    from chalicelib.identity import tokens as api_tokens
    from chalicelib.identity import users
    from chalicelib.identity.person import Person

    tokens = _load_or_create(file)
    for username, person in PEOPLE.items():
        users.remember(Person(username, person.email, frozenset(person.groups)), now)
        api_tokens.issue(username, "local", now + timedelta(days=365), now, "write", tokens[username])
    return tokens


def _load_or_create(file: Path) -> dict[str, str]:
    file.parent.mkdir(parents=True, exist_ok=True)
    if not _complete(_read(file)):
        file.unlink(missing_ok=True)
        made = {username: f"atmo_{secrets.token_urlsafe(32)}" for username in PEOPLE}
        _create(file, json.dumps(made, indent=2) + "\n")
    return _read(file)


def _read(file: Path) -> dict[str, str]:
    try:
        return dict(json.loads(file.read_text()))
    except (OSError, ValueError):
        return {}


def _complete(tokens: dict[str, str]) -> bool:
    return all(isinstance(tokens.get(username), str) and tokens[username] for username in PEOPLE)


def _create(file: Path, text: str) -> None:
    """Write the whole file at once, for its owner only, unless it has appeared meanwhile."""
    handle, draft = tempfile.mkstemp(dir=file.parent)
    with os.fdopen(handle, "w") as opened:
        opened.write(text)
    with contextlib.suppress(FileExistsError):
        os.link(draft, file)
    Path(draft).unlink()
