"""Which version of a record somebody read, so that they do not undo what others changed since.

A version is a digest of the record as it was shown: as JSON to programs (web/etags.py), as the fields of a form to people
(web/form_state.py). Services call a `Check` with the record as they read it, just before they change it on condition that it is
still so.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.core.errors import Conflict

Check = Callable[..., None]
"""Takes the record that is about to be changed, and raises when it is not the version that the change was meant for."""


def last_write_wins(*_: object) -> None:
    """The check of those who do not say which version they read."""


def version_of(shown: Mapping[str, Any]) -> str:
    """The version of a record that was shown like this: 32 hexadecimal digits."""
    return hashlib.sha256(json.dumps(shown, sort_keys=True, default=str).encode()).hexdigest()[:32]


def etag(record: Mapping[str, Any]) -> str:
    """The version of a record, as the API gives it, in the form of HTTP's entity tags."""
    return f'"{version_of(record)}"'


def same_version(show: Callable[..., Mapping[str, Any]], *read: object) -> Check:
    """The check that a record, shown by `show`, is what was read.

    The check raises:
        Conflict: it has changed since.
    """
    version = version_of(show(*read))

    def check(*now: object) -> None:
        if version_of(show(*now)) != version:
            raise Conflict(
                "Somebody else has changed this in the meantime. Look at it as it is now, then repeat your change."
            )

    return check
