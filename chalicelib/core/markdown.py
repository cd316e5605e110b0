"""Markdown as HTML that can do no harm: tags in it stay text, and links that are not of the web are left out."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

from markupsafe import Markup


@lru_cache(maxsize=64)
def rendered(text: str, below: int = 0) -> Markup:
    """The HTML of this text, in CommonMark with tables; its headings are `below` so many levels of the page's own."""
    reader = _reader()
    tokens = reader.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + below)}"
        for part in token.children or ():
            if part.type == "link_open":
                part.attrSet("rel", "noopener noreferrer nofollow")
    return Markup(reader.renderer.render(tokens, reader.options, {}))  # noqa: S704 - HTML in the text is switched off


@cache
def _reader() -> Any:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
