"""What people and their tokens are searched, filtered and sorted by."""

from __future__ import annotations

from chalicelib.core.choices import Choice
from chalicelib.core.search import Fields
from chalicelib.identity.models import User


class AccountState(Choice):
    """Whether somebody's account works."""

    ENABLED = "enabled"
    DISABLED = "disabled"


def _state(user: User) -> AccountState:
    return AccountState.DISABLED if user.disabled_at else AccountState.ENABLED


PEOPLE = Fields(
    texts=("username", "email", "all_groups"),
    filters={"state": _state},
    sorts=("username", "email", "signed_in_at"),
    choices={"state": AccountState},
)
TOKENS = Fields(texts=("name", "hint", "id"), sorts=("name", "expires_at", "used_at"))
