"""Site settings for the length of a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def forget() -> None:
    """As if nobody had changed any."""
    from chalicelib.site import service as site
    from chalicelib.site.models import Setting
    from chalicelib.tables import find

    if stored := find(Setting, site.SITE):
        stored.delete()
    site._in_minute.cache_clear()


@contextmanager
def site_settings(**changed: Any) -> Iterator[None]:
    """These settings, saved as an admin does."""
    from chalicelib import clock
    from chalicelib.fields import read
    from chalicelib.site import service as site
    from chalicelib.site.forms import SiteSettings
    from chalicelib.users.person import Person

    admin = Person("admin", "admin@example.org", frozenset({"admins"}))
    site.save(admin, read(SiteSettings, changed), clock.now())
    try:
        yield
    finally:
        forget()
