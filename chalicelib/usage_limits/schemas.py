"""How the API represents limits and requests of more."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from chalicelib.core.schemas import OBJECT, TEXT, TIME, WHOLE, Record, many, maybe, one_of
from chalicelib.site_settings.models import Setting
from chalicelib.site_settings.schemas import changes_of
from chalicelib.usage_limits.accounts import Account
from chalicelib.usage_limits.models import LimitRequest, RequestStatus, UsageLimit
from chalicelib.usage_limits.rules import Allowance, Policy

_NUMBERS = {"type": "object", "additionalProperties": WHOLE}
_NAMED_NUMBERS = {"type": "object", "additionalProperties": _NUMBERS}
_CHANGE = Record("LimitsChange", by=TEXT, at=TIME, changes=OBJECT)
ALLOWANCE = Record(
    "Allowance", Allowance, "limit", "most", "until", limit=one_of(UsageLimit), used=maybe(WHOLE), until=maybe(TIME)
)
LIMITS = Record(
    "Limits", person=TEXT, own=many(ALLOWANCE), default=maybe(_NUMBERS), groups=maybe(_NAMED_NUMBERS), people=maybe(_NAMED_NUMBERS),
    changed_by=maybe(TEXT), changed_at=maybe(TIME), history=many(_CHANGE),
)  # fmt: skip
_OF_OTHERS: dict[str, Any] = {"default": None, "groups": None, "people": None}
LIMIT_REQUEST = Record(
    "LimitRequest", LimitRequest, "id", "person", "limit", "most", "until", "reason", "status", "created_at",
    "answered_by", "answered_at", "granted", "granted_until",
    limit=one_of(UsageLimit), status=one_of(RequestStatus),
)  # fmt: skip


def limits_record(account: Account, policy: Policy | None, stored: Setting | None) -> dict[str, Any]:
    """A person's limits, with how much they have of each. For admins, who have the `policy`, also what is decided for all, by whom
    and when that was last changed, and the changes before that."""
    own = [ALLOWANCE.of(one, used=one.used) for one in account.allowances.values()]
    decided = asdict(policy) if policy else _OF_OTHERS
    return LIMITS.of(person=account.person, own=own, **decided, **changes_of(stored if policy else None))


def request_record(request: LimitRequest) -> dict[str, Any]:
    """A request of more as the API gives it."""
    return LIMIT_REQUEST.of(request)
