"""Site settings for the length of a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def forget() -> None:
    """As if nobody had changed any, or announced anything."""
    from chalicelib.core.tables import find
    from chalicelib.news import announcements
    from chalicelib.site_settings import service as site
    from chalicelib.site_settings.models import Setting

    for name in (site.SITE, announcements.NAME):
        if stored := find(Setting, name):
            stored.delete()
    site._in_minute.cache_clear()
    announcements._in_minute.cache_clear()


@contextmanager
def site_settings(**changed: Any) -> Iterator[None]:
    """These settings, saved as an admin does."""
    from chalicelib.core import clock
    from chalicelib.core.fields import read
    from chalicelib.identity.person import Person
    from chalicelib.site_settings import service as site
    from chalicelib.site_settings.forms import SiteSettingsForm

    admin = Person("admin", "admin@example.org", frozenset({"admins"}))
    site.change(admin, lambda _: read(SiteSettingsForm, changed).settings(), clock.now())
    try:
        yield
    finally:
        forget()
