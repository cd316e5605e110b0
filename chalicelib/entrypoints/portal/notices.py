"""What every page tells whoever is signed in."""

from __future__ import annotations

from typing import Any

from pynamodb.exceptions import PynamoDBException

from chalicelib.core.markdown import rendered
from chalicelib.core.observability import logger
from chalicelib.news import announcements, read_marker
from chalicelib.site_settings import service as site_settings
from chalicelib.web.request import Request


def notices(request: Request) -> dict[str, Any]:
    """What everybody who is signed in is told: that the site is frozen, the announcement, that there is news,
    where to get help.

    If they cannot be read, the page is shown without them.
    """
    context: dict[str, Any] = {
        "frozen": "",
        "announcement": None,
        "has_news": False,
        "help_url": "",
        "markdown": rendered,
    }
    if request.person:
        context["has_news"] = read_marker.has_news_for(request.person) and request.path != "/news"
        try:
            site = site_settings.current(request.now)
            context["frozen"], context["help_url"] = site_settings.freeze(site), site.help_url
            context["announcement"] = announcements.current(request.now)
        except PynamoDBException:
            logger.warning("notices_unknown")
    return context
