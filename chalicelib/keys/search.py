"""What SSH keys are searched and sorted by."""

from __future__ import annotations

from chalicelib.core.search import Fields

FIELDS = Fields(
    texts=("title", "fingerprint", "kind", "id"),
    filters={"kind": lambda key: key.kind},
    sorts=("title", "kind"),
)
