"""What admins fill in to announce something to everybody."""

from __future__ import annotations

from typing import Annotated

from chalicelib.core.fields import Form, choice, text
from chalicelib.core.limits import LIMITS
from chalicelib.site_settings.forms import Switch

STYLES = {"info": "Information", "warn": "Warning", "fail": "Trouble", "ok": "Good news"}


class Announcement(Form):
    """A notice on every page of the portal. `body` is plain text, or Markdown if `is_markdown` is true."""

    is_shown: Switch = False
    style: Annotated[str, choice(STYLES, "Choose one of the styles.")] = "info"
    title: Annotated[str, text("Give a title of up to {limit:,} characters.", LIMITS.announcement_title)]
    body: Annotated[str, text("Give a text of up to {limit:,} characters.", LIMITS.announcement)] | None = None
    is_markdown: Switch = False
