"""Markdown of notebooks as HTML that can do no harm: with the HTML that people write in it, pictures that come with the cell,
and formulas that can be read. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from markupsafe import Markup, escape

from chalicelib.notebooks.formulas import math_rule, readable
from chalicelib.notebooks.html_allowlist import Cleaner, image

MAX_LENGTH = 20_000
"""Characters of a cell; longer ones are shown as they are written."""
_ATTACHED = re.compile(r"attachment:(.+)")


def rendered(source: str, attachments: Mapping[str, Mapping[str, str]] | None = None, below: int = 0) -> Markup:
    """The HTML of a cell, in CommonMark with tables; its headings are `below` so many levels of the page's own."""
    if len(source) > MAX_LENGTH:
        return Markup("<pre>{}</pre>").format(source)
    reader, cleaner = _reader(), Cleaner(below)
    tokens = reader.parse(source)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + below)}"
        for part in token.children or ():
            if part.type == "link_open":
                part.attrSet("rel", "noopener noreferrer nofollow")
    html = reader.renderer.render(tokens, reader.options, {"cleaner": cleaner, "attachments": attachments or {}})
    return Markup(html + cleaner.close())  # noqa: S704 - of markdown-it's own tags and the cleaner's alone


@cache
def _reader() -> Any:
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    reader.inline.ruler.before("escape", "math", math_rule)
    for kind, rule in (("html_inline", _html), ("html_block", _html), ("image", _image), ("math", _math)):
        reader.add_render_rule(kind, rule)
    return reader


def _html(renderer: Any, tokens: Any, place: int, options: Any, env: Any) -> str:
    return str(env["cleaner"].clean(tokens[place].content))


def _math(renderer: Any, tokens: Any, place: int, options: Any, env: Any) -> str:
    return f'<code class="math">{escape(readable(tokens[place].content))}</code>'


def _image(renderer: Any, tokens: Any, place: int, options: Any, env: Any) -> str:
    token = tokens[place]
    attributes = {name: str(value) for name, value in token.attrs.items()}
    attributes["alt"] = renderer.renderInlineAsText(token.children or [], options, env)
    return image(attributes, inline=_attached(attributes.get("src", ""), env["attachments"]))


def _attached(source: str, attachments: Mapping[str, Mapping[str, str]]) -> str:
    """The address of a picture that comes with the cell, holding it; or ""."""
    from urllib.parse import unquote

    match = _ATTACHED.fullmatch(source)
    bundle = attachments.get(unquote(match[1])) or attachments.get(match[1]) if match else None
    return next((f"data:{mime};base64,{''.join(data.split())}" for mime, data in (bundle or {}).items()), "")
