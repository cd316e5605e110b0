"""What somebody might send who means harm. `owned` is what a script of theirs would set, were one to run."""

from __future__ import annotations

from html.parser import HTMLParser

DEED = "window.owned=1;document.title='owned'"

MARKUP = {
    "script": f"<script>{DEED}</script>",
    "end of an attribute": f'"><img src=x onerror="{DEED}">',
    "end of an attribute, single": f"' autofocus onfocus='{DEED}",
    "end of a text area": f"</textarea></title></script><svg/onload={DEED}>",
    "a link": f"javascript:{DEED}",
    "Markdown": f"[click](javascript:{DEED}) ![x](x\"onerror=\"{DEED}) <iframe srcdoc='<script>{DEED}</script>'></iframe>",
    "htmx": '<div hx-get="/logout" hx-trigger="load" data-hx-on:load="' + DEED + '">',
}
"""Each becomes a script, were it not escaped."""

TEXTS = MARKUP | {
    "template": "{{7*7}}${7*7}#{7*7}<%= 7*7 %>{% include '/etc/passwd' %}{{config.__class__.__mro__}}",
    "formula": '=HYPERLINK("http://evil.example","x")+cmd|\' /C calc\'!A0',
    "path": "../../../../etc/passwd",
    "path of Windows": "..\\..\\boot.ini",
    "encoded path": "%2e%2e%2f%2e%2e%2fetc%2fpasswd%00.ipynb",
    "new header": "x\r\nSet-Cookie: owned=1\r\nX-Owned: 1\r\n\r\n<script>",
    "null": "a\x00b",
    "bell and escape": "\x07\x1b[2Jx\x7f",
    "turned direction": "\u202egpj.exe\u2066x",
    "invisible": "\u200b\ufeff\u00ad",
    "stacked marks": "Z" + "\u0351\u036b\u0343" * 300,
    "not a character": "\ufffe\uffff\U0010ffff",
    "long": "A" * 70_000,
    "query": "' OR '1'='1' -- ; DROP TABLE jobs",
    "operator": '{"$ne": null, "__proto__": {"owned": 1}}',
    "format": "%s%n%x{0.__class__.__init__.__globals__}",
    "shell": "$(touch /tmp/owned)`id`;|&&\nid",
    "number": "1e309",
    "address": "http://169.254.169.254/latest/meta-data/",
}


class _Reader(HTMLParser):
    """Notes elements and attributes that only an attacker would have put on a page of ours."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "script" and not attributes.get("src", "").startswith("/static/"):
            self.found.append("<script>")
        if (tag == "iframe" and "srcdoc" in attributes) or tag in ("object", "embed", "base"):
            self.found.append(f"<{tag}>")
        self.found += [name for name in attributes if name.startswith(("on", "hx-on", "data-hx-on", "style"))]
        for name in ("href", "src", "action", "formaction"):
            if attributes.get(name, "").strip().lower().startswith(("javascript:", "vbscript:", "data:text")):
                self.found.append(f"{name}={attributes[name][:20]}")


def planted(html: str) -> list[str]:
    """What a page has that could run, and that none of our templates puts there; [] for nothing."""
    reader = _Reader()
    reader.feed(html)
    return reader.found
