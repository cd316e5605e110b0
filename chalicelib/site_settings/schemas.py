"""How the API represents the site's settings."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from chalicelib.core import clock
from chalicelib.core.schemas import OBJECT, TEXT, TIME, TRUTH, WHOLE, Record, many, maybe
from chalicelib.site_settings.models import Setting
from chalicelib.site_settings.settings import SiteSettings

CHANGE = Record("SettingsChange", by=TEXT, at=TIME, changes=OBJECT)
SETTINGS = Record(
    "CurrentSettings", spot=TRUTH, spot_price=WHOLE, spot_timeout=WHOLE, worker_types=many(TEXT), task_size=WHOLE,
    idle_minutes=WHOLE,
    efs=maybe(TEXT), bastion=maybe(TEXT), help_url=maybe(TEXT), team_mail=maybe(TEXT), cost_tags=OBJECT, scripts=many(TEXT),
    arrival_places=many(TEXT),
    frozen=TRUTH, freeze_reason=maybe(TEXT), changed_by=maybe(TEXT), changed_at=maybe(TIME), history=many(CHANGE),
)  # fmt: skip


def settings_record(settings: SiteSettings, stored: Setting | None) -> dict[str, Any]:
    """The settings, by whom and when they were last changed, and the changes before that."""
    return SETTINGS.of(**asdict(settings), **changes_of(stored))


def changes_of(stored: Setting | None) -> dict[str, Any]:
    """By whom and when a record was last changed, and the changes before that; nobody while there is none."""
    return {
        "changed_by": stored.changed_by if stored else None,
        "changed_at": clock.text(stored.changed_at) if stored else None,
        "history": stored.history if stored else [],
    }
