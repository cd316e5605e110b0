"""Markdown as HTML that can do no harm: raw HTML stays text, and links go to web pages and mail addresses only."""

from __future__ import annotations

from functools import lru_cache

from markupsafe import Markup


@lru_cache(maxsize=8)
def rendered(text: str) -> Markup:
    """The HTML of this CommonMark text."""
    from markdown_it import MarkdownIt

    return Markup(MarkdownIt("commonmark", {"html": False}).render(text))  # noqa: S704 - HTML is switched off
