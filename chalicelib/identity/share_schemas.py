"""How the API represents a share."""

from __future__ import annotations

from typing import Any

from chalicelib.core.schemas import Record, one_of
from chalicelib.identity.permissions import ShareLevel
from chalicelib.identity.share_forms import GRANTEES
from chalicelib.identity.share_models import Share

SHARE = Record(
    "Share", Share, "kind", "name", "level", "shared_by", "created_at", kind=one_of(GRANTEES), level=one_of(ShareLevel)
)


def share_record(share: Share) -> dict[str, Any]:
    """A share as the API gives it."""
    return SHARE.of(share)
