"""The frame of the embedded cloud's own pages: plain HTML with a little CSS, light and dark."""

from __future__ import annotations

from markupsafe import escape
from werkzeug.wrappers import Response

_CSS = """
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); --soft: color-mix(in srgb,
  currentColor 6%, transparent); }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; padding: 2rem 1rem; max-width: 62rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
a { color: inherit; }
small, .quiet { opacity: .7; font-weight: normal; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
pre { background: var(--soft); padding: 1rem; overflow-x: auto; white-space: pre-wrap; border-radius: .5rem; }
iframe { width: 100%; min-height: 28rem; border: 1px solid var(--line); border-radius: .5rem; background: white; }
.person { display: block; width: 100%; max-width: 28rem; text-align: left; font: inherit; color: inherit;
  background: var(--soft); border: 1px solid var(--line); border-radius: .6rem; padding: .8rem 1rem; margin: .6rem 0;
  cursor: pointer; }
.person:hover, .person:focus { border-color: currentColor; }
.person span { display: block; font-size: .9rem; opacity: .75; }
"""


def page(title: str, body: str, status: int = 200) -> Response:
    """A whole page; `body` is HTML already."""
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)} · embedded cloud</title><style>{_CSS}</style></head>"
        f"<body><h1>{escape(title)}</h1>{body}</body></html>"
    )
    return Response(text, status, content_type="text/html; charset=utf-8")


def table(heads: list[str], rows: list[list[str]], empty: str) -> str:
    """A table whose cells are HTML already, or `empty` as a sentence."""
    if not rows:
        return f'<p class="quiet">{escape(empty)}</p>'
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>'
