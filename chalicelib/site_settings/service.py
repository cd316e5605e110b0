"""Read and change the site's settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, fields
from datetime import datetime
from functools import lru_cache

from chalicelib.core.observability import logger
from chalicelib.core.reading import unnoted
from chalicelib.core.tables import find
from chalicelib.core.versions import Check, last_write_wins
from chalicelib.identity.person import Person
from chalicelib.site_settings import replacement
from chalicelib.site_settings.models import Setting
from chalicelib.site_settings.settings import SiteSettings

SITE = "site"


def current(now: datetime) -> SiteSettings:
    """The settings to launch by, at most a minute old: a process reads them anew in every minute of the clock."""
    return _in_minute(int(now.timestamp()) // 60)


@lru_cache(maxsize=1)
def _in_minute(minute: int) -> SiteSettings:
    with unnoted():
        return _settings(_load())


def read() -> tuple[SiteSettings, Setting | None]:
    """The settings as last saved, and the record that says by whom and when (None while nobody has changed any)."""
    stored = _load()
    return _settings(stored), stored


def why_frozen() -> str:
    """Why nothing may be started at this moment, in a sentence; "" while the site is not frozen."""
    return freeze(_settings(_load()))


def freeze(settings: SiteSettings) -> str:
    """Why nothing may be started by these settings, in a sentence, or ""."""
    why = settings.freeze_reason or "An administrator has paused new launches for now"
    return f"atmo is frozen: {why.rstrip('.')}." if settings.frozen else ""


def change(
    person: Person, make: Callable[[SiteSettings], SiteSettings], now: datetime, check: Check = last_write_wins
) -> tuple[SiteSettings, Setting]:
    """Replace all settings by what `make` makes of those that are stored; returns them and their record. `check` gets what
    `read` returns.

    Raises:
        Conflict: others keep changing them. So does `check`.
    """
    settings, stored = replacement.replace(SITE, "", read, make, person, now, check)
    _in_minute.cache_clear()
    logger.info("site_settings_changed", extra={"by": person.username, "settings": asdict(settings)})
    return settings, stored


def _load() -> Setting | None:
    return find(Setting, SITE)


def _settings(stored: Setting | None) -> SiteSettings:
    """A setting that a later version no longer knows is left out."""
    known = {setting.name for setting in fields(SiteSettings)}
    values = stored.value if stored else {}
    return SiteSettings(**{name: value for name, value in values.items() if name in known})
