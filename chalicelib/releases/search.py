"""What EMR releases are searched and filtered by."""

from __future__ import annotations

from chalicelib.core.search import Fields

YES_OR_NO = ("yes", "no")
FIELDS = Fields(
    texts=("version", "help_text"),
    filters={
        "is_experimental": lambda release: release.is_experimental,
        "is_deprecated": lambda release: release.is_deprecated,
    },
    choices={"is_experimental": YES_OR_NO, "is_deprecated": YES_OR_NO},
    order="-version",
)
