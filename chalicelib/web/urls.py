"""Every address of the portal, in one place. Templates never put paths together."""

from __future__ import annotations

import re
from urllib.parse import quote, urlencode

MAX_LENGTH = 2000
"""Characters of a page's address that are kept through a sign-in."""
LOCAL = re.compile(r"/(?![/\\])[^\\\s\x00-\x1f\x7f-\x9f\ud800-\udfff]*")
"""One slash first: after two of them, or after one and what browsers take for another, a host would follow."""


class Urls:
    """The portal's addresses below `base`, which is "" or API Gateway's stage; with the origin in it they are absolute."""

    def __init__(self, base: str) -> None:
        self.base = base

    def to(self, *parts: str, **query: object) -> str:
        """The address made of these path parts and query fields, each quoted."""
        path = "/".join(quote(part, safe="@") for part in parts)
        query_text = urlencode({name: value for name, value in query.items() if value not in (None, "")})
        return f"{self.base}/{path}" + (f"?{query_text}" if query_text else "")

    def here(self, next_page: str) -> str:
        """The address of a page of ours that a form or query named; the dashboard for anything else.

        Only a path of our own is followed, so that nobody is sent elsewhere (open redirects); and only characters that an
        address is made of, so that nothing else gets into a header.
        """
        is_path = LOCAL.fullmatch(next_page) is not None and len(next_page) <= MAX_LENGTH
        return self.base + quote(next_page, safe="/?&=%:@!$'()*+,;~#[]") if is_path else self.to("")
