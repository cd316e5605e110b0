"""Operators' commands about the announcement."""

from __future__ import annotations

from typing import Any

from chalicelib.entrypoints.operator.registry import Call, command
from chalicelib.news import announcements
from chalicelib.news.forms import Announcement
from chalicelib.news.schemas import announcement_record


@command("announcement.show", "announcement.view")
def show(call: Call, form: None) -> dict[str, Any]:
    """Show the announcement, and who changed it last."""
    return announcement_record(*announcements.read())


@command(
    "announcement.change", "announcement.change", form="Announcement", again=lambda call, form, _: show(call, None)
)
def change(call: Call, form: Announcement) -> dict[str, Any]:
    """Replace the announcement. Nobody sees it unless `is_shown` is true."""
    return announcement_record(form, announcements.save(call.person, form, call.now))
