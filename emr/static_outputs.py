"""Outputs as a page can show them that runs no script: what needs one is taken out, and said where nothing else would be seen.

Plotly, Bokeh, Altair, Folium and widgets put out megabytes of script for a chart; on the page that is an empty place.
"""

from __future__ import annotations

import re
from typing import Any

import nbformat

NOTE = (
    "<em>An interactive output, which is not shown on this page. Open the executed notebook in Jupyter to see it.</em>"
)
# What nbconvert shows of an output, but for HTML and text.
SHOWN = ("image/png", "image/jpeg", "image/svg+xml", "image/gif", "text/markdown", "text/latex")
WIDGET = "application/vnd.jupyter.widget-view+json"
OPENING = re.compile(r"<(script|iframe)(?=[\s>/])", re.IGNORECASE)
CLOSING = {name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in ("script", "iframe")}
INVISIBLE = re.compile(
    r"<style\b.*?</style>|<!--.*?-->|<(?!img\b|svg\b|table\b|video\b|audio\b|canvas\b)[^<>]*>|\s+", re.I | re.S
)
TRUST = re.compile(r"Make this Notebook Trusted to load map: File -(?:>|&gt;) Trust Notebook")
MAX_EMPTY = 20_000
"""Characters of HTML above which it is not looked through for something to see: it has that."""


def for_page(notebook: Any) -> None:
    """Change the notebook's outputs so."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if output.output_type in ("display_data", "execute_result"):
                output.data = nbformat.from_dict(_shown(output.data))  # type: ignore[no-untyped-call]


def _shown(data: Any) -> dict[str, Any]:
    """A bundle, media type to content, of which something is seen."""
    shown = {mime: content for mime, content in data.items() if mime != WIDGET}
    html, was = shown.get("text/html"), "text/html" in shown
    if isinstance(html, str) and OPENING.search(html):
        shown["text/html"] = without_scripts(html)
        if is_empty(shown["text/html"]):
            del shown["text/html"]
    elif was:
        return shown
    if "text/html" in shown or any(mime in shown for mime in SHOWN):
        return shown
    interactive = was or WIDGET in data or any(mime.startswith("application/") for mime in data)
    return shown | {"text/html": NOTE} if interactive and (was or "text/plain" not in shown) else shown


def without_scripts(html: str) -> str:
    """The HTML without its scripts and frames. Each is looked at once."""
    parts, at = [], 0
    while opening := OPENING.search(html, at):
        closing = CLOSING[opening[1].lower()].search(html, opening.end())
        if not closing:
            break
        parts.append(html[at : opening.start()])
        at = closing.end()
    return "".join([*parts, html[at:]])


def is_empty(html: str) -> bool:
    """Whether nothing of it would be seen."""
    return len(html) <= MAX_EMPTY and not INVISIBLE.sub("", TRUST.sub("", html))
