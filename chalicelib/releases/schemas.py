"""How the API represents an EMR release."""

from __future__ import annotations

from typing import Any

from chalicelib.core.schemas import Record
from chalicelib.releases.models import Release

RELEASE = Record(
    "Release",
    Release,
    "version",
    "changelog_url",
    "help_text",
    "is_active",
    "is_experimental",
    "is_deprecated",
    "modified_at",
)


def release_record(release: Release) -> dict[str, Any]:
    """A release as the API gives it."""
    return RELEASE.of(release)
