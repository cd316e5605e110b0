"""The news: NEWS.md as a page, for everybody."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from chalice.app import Response
from markupsafe import Markup

from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.pages import show
from chalicelib.web.request import Request

routes = PortalRoutes(__name__)

NEWS = Path(__file__).resolve().parents[2] / "NEWS.md"
"""At the top of a checkout; in Lambda at the top of the zip, through the link in vendor/."""


@routes.page("/news", "site.look")
def news(request: Request) -> Response:
    """What is new."""
    return show(request, "news/news.html", news=_rendered())


@cache
def _rendered() -> Markup:
    """The page has a heading of its own, so the file's first one is left out. Raw HTML in Markdown stays text."""
    from markdown_it import MarkdownIt

    body = NEWS.read_text().partition("\n")[2]
    return Markup(MarkdownIt("commonmark", {"html": False}).render(body))  # noqa: S704 - our own file, HTML switched off
