"""The site-wide announcement: stored, kept for a minute by each process, and shown on every page."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from chalicelib.audit import changes
from chalicelib.audit.context import Effect
from chalicelib.core import clock
from chalicelib.core.errors import Conflict
from chalicelib.core.observability import logger
from chalicelib.core.reading import unnoted
from chalicelib.core.tables import find
from chalicelib.core.versions import Check, last_write_wins
from chalicelib.identity.person import Person
from chalicelib.site_settings.models import Setting, history_after, unchanged_since

if TYPE_CHECKING:
    from chalicelib.news.forms import Announcement

NAME = "announcement"


def current(now: datetime) -> Announcement | None:
    """What is announced, at most a minute old; None while nothing is."""
    announcement = _in_minute(int(now.timestamp()) // 60)
    return announcement if announcement and announcement.is_shown else None


@lru_cache(maxsize=1)
def _in_minute(minute: int) -> Announcement | None:
    with unnoted():
        return read()[0]


def read() -> tuple[Announcement | None, Setting | None]:
    """The announcement as last saved, shown or not, and the record that says by whom and when."""
    stored = find(Setting, NAME)
    if stored is None:
        return None, None
    from chalicelib.news.forms import Announcement  # pydantic comes with it, and every page asks

    return Announcement.model_validate(stored.value), stored


def save(person: Person, form: Announcement, now: datetime, check: Check = last_write_wins) -> Setting:
    """Replace the announcement. `check` gets what `read` returns.

    Raises:
        Conflict: somebody else changed it at the same time. So does `check`.
    """
    before, stored = read()
    check(before, stored)
    old = before.model_dump() if before else {}
    history = history_after(stored, old, form.model_dump(), person.username, clock.text(now))
    new = Setting(NAME, value=form.model_dump(), changed_by=person.username, changed_at=now, history=history)
    names = [name for name, value in form.model_dump().items() if value != old.get(name)]
    summary = "Shown to everybody." if form.is_shown else "Shown to nobody."
    effect = Effect("announcement", NAME, form.title, summary, tuple(names))
    if not changes.save(new, effect, unchanged_since(stored)):
        check(*read())
        raise Conflict(
            "The announcement was changed by somebody else at the same time. Look at it, then repeat your change."
        )
    _in_minute.cache_clear()
    logger.info("announcement_changed", extra={"by": person.username, "shown": form.is_shown})
    return new
