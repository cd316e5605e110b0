"""How the API represents the announcement."""

from __future__ import annotations

from typing import Any

from chalicelib.core import clock
from chalicelib.core.schemas import TEXT, TIME, TRUTH, Record, maybe, one_of
from chalicelib.news.forms import STYLES, Announcement
from chalicelib.site_settings.models import Setting

ANNOUNCED = Record(
    "CurrentAnnouncement", is_shown=TRUTH, style=one_of(STYLES), title=TEXT, body=maybe(TEXT), is_markdown=TRUTH,
    changed_by=maybe(TEXT), changed_at=maybe(TIME),
)  # fmt: skip


def announcement_record(now: Announcement | None, stored: Setting | None) -> dict[str, Any]:
    """The announcement, and by whom and when it was last changed; `is_shown` is false while there never was one."""
    said = (
        now.model_dump()
        if now
        else {"is_shown": False, "style": "info", "title": "", "body": None, "is_markdown": False}
    )
    changed_at = clock.text(stored.changed_at) if stored else None
    return ANNOUNCED.of(**said, changed_by=stored.changed_by if stored else None, changed_at=changed_at)
