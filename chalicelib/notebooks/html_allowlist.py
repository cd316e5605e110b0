"""HTML inside notebooks' Markdown: tags of an allow-list are rewritten, everything else is left out or shown as text. Pure.

Nothing of what comes in goes out as it is: tags are made of names and attributes that are listed here, and text is escaped.
The work is linear in the text, whatever it is.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from markupsafe import escape

_PLAIN = """
b blockquote br center cite code dd del dfn dl dt em figcaption figure h5 h6 hr i ins kbd li mark pre q s samp small span strike
strong sub summary sup table tbody tfoot thead tr tt u ul var
"""
ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "a": ("href", "title"),
    "abbr": ("title",),
    "details": ("open",),
    "img": ("src", "alt", "title", "width", "height"),
    "ol": ("start",),
    **dict.fromkeys(("div", "h1", "h2", "h3", "h4", "p"), ("align",)),
    **dict.fromkeys(("td", "th"), ("colspan", "rowspan", "align")),
    **dict.fromkeys(_PLAIN.split(), ()),
}
"""The tags that may stand in Markdown, each with its attributes."""
TODAYS_NAMES = {"center": "div", "strike": "s", "tt": "code"}
VOID = frozenset({"br", "hr", "img"})
SILENT = frozenset({"script", "style", "template", "noscript", "title"})
"""What stands in these is not for people to read."""
_ALIGNED = {"left": "text-start", "center": "text-center", "right": "text-end"}
_NUMBERS = frozenset({"width", "height", "colspan", "rowspan", "start"})
_TAG = re.compile(
    r"<!--(?:[^-]|-(?!->))*+(?:-->|\Z)"
    r"""|<(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]*+)(?P<attributes>(?:[^<>"']|"[^"<>]*+"|'[^'<>]*+')*+)>"""
)
_ATTRIBUTE = re.compile(r"""([a-zA-Z-]++)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'=<>`]++)))?""")
_LINK = re.compile(r"(?:https?://|mailto:|#)[^\s]*", re.I)


class Cleaner:
    """Cleans the HTML of one cell, which may come in pieces; `below` is by how many levels headings sink."""

    def __init__(self, below: int = 0) -> None:
        self._below = below
        self._open: list[str] = []
        self._silent = ""

    def clean(self, text: str) -> str:
        """Safe HTML of this piece. Tags that it opens may be closed by a later one."""
        return "".join(self._parts(text))

    def close(self) -> str:
        """The ends of all tags that are open still."""
        ends = "".join(f"</{name}>" for name in reversed(self._open))
        self._open.clear()
        return ends

    def _parts(self, text: str) -> Iterator[str]:
        tags = list(_TAG.finditer(text))
        ends = [0, *(tag.end() for tag in tags)]
        for tag, start in zip(tags, ends, strict=False):
            yield self._text(text[start : tag.start()])
            if tag["name"]:
                yield self._tag(tag["name"].lower(), bool(tag["end"]), tag["attributes"])
        yield self._text(text[ends[-1] :])

    def _text(self, text: str) -> str:
        return "" if self._silent else str(escape(html.unescape(text)))

    def _tag(self, name: str, is_end: bool, attributes: str) -> str:
        if self._silent or name in SILENT:
            self._silent = "" if is_end and name == self._silent else self._silent or ("" if is_end else name)
            return ""
        if name not in ATTRIBUTES:
            return ""
        written = self._written(name)
        if is_end:
            return self._end(written)
        if name == "img":
            return image(dict(_values(attributes)))
        if name not in VOID:
            self._open.append(written)
        aligned = ' class="text-center"' if name == "center" else ""
        return f"<{written}{aligned}{''.join(_allowed(name, attributes))}>"

    def _written(self, name: str) -> str:
        if re.fullmatch("h[1-6]", name):
            return f"h{min(6, int(name[1]) + self._below)}"
        return TODAYS_NAMES.get(name, name)

    def _end(self, name: str) -> str:
        """The end of a tag that is open, and of those opened in it since."""
        if name not in self._open:
            return ""
        at = len(self._open) - 1 - self._open[::-1].index(name)
        ends = "".join(f"</{inner}>" for inner in reversed(self._open[at:]))
        del self._open[at:]
        return ends


def image(attributes: dict[str, str], *, inline: str = "") -> str:
    """A picture: shown where it comes with the notebook, which is `inline` or a data: address; else a link to it, as pages ask
    nobody else for anything."""
    source = inline or attributes.get("src", "")
    alt = attributes.get("alt") or attributes.get("title") or source.rpartition("/")[2][:80] or "picture"
    if is_picture(source):
        sizes = "".join(_allowed_pairs("img", {name: attributes.get(name, "") for name in ("width", "height")}))
        return f'<img src="{escape(source)}" alt="{escape(alt)}"{sizes}>'
    if re.match(r"https?://", source, re.I) and _LINK.fullmatch(source):
        return f'<a href="{escape(source)}" rel="noopener noreferrer nofollow">{escape(alt)}</a>'
    return f"<em>{escape(alt)}</em>"


def is_picture(source: str) -> bool:
    """Whether the address holds a picture itself, of a kind that runs no script."""
    return bool(re.match(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]*+\Z", source))


def _values(attributes: str) -> Iterator[tuple[str, str]]:
    for match in _ATTRIBUTE.finditer(attributes):
        yield match[1].lower(), html.unescape(next((text for text in match.groups()[1:] if text is not None), ""))


def _allowed(name: str, attributes: str) -> Iterator[str]:
    return _allowed_pairs(name, dict(_values(attributes)))


def _allowed_pairs(name: str, attributes: dict[str, str]) -> Iterator[str]:
    for attribute in ATTRIBUTES[name]:
        value = attributes.get(attribute)
        if value is None or (attribute in _NUMBERS and not re.fullmatch(r"\d{1,4}", value)):
            continue
        if attribute == "align":
            if value.lower() in _ALIGNED:
                yield f' class="{_ALIGNED[value.lower()]}"'
        elif attribute == "href":
            if _LINK.fullmatch(value):
                yield f' href="{escape(value)}" rel="noopener noreferrer nofollow"'
        elif attribute == "open":
            yield " open"
        else:
            yield f' {attribute}="{escape(value)}"'
