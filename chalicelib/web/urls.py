"""Every address of the portal, in one place. Templates never put paths together."""

from __future__ import annotations

from urllib.parse import quote, urlencode, urlsplit


class Urls:
    """The portal's addresses below `base`, which is "" or API Gateway's stage; with the origin in it they are absolute."""

    def __init__(self, base: str) -> None:
        self.base = base

    def to(self, *parts: str, **query: object) -> str:
        """The address made of these path parts and query fields, each quoted."""
        path = "/".join(quote(part, safe="@") for part in parts)
        asked = urlencode({name: value for name, value in query.items() if value not in (None, "")})
        return f"{self.base}/{path}" + (f"?{asked}" if asked else "")

    def here(self, next_page: str) -> str:
        """The address of a page of ours that a form or query named; the dashboard for anything else.

        Only a path of our own is followed, so that nobody is sent elsewhere (open redirects).
        """
        parts = urlsplit(next_page)
        ours = (
            not parts.scheme
            and not parts.netloc
            and next_page.startswith("/")
            and not next_page.startswith(("//", "/\\"))
        )
        return self.base + next_page if ours and "\\" not in next_page and next_page.isprintable() else self.to("")
