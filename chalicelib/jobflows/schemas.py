"""How the API represents what clusters and runs have in common."""

from __future__ import annotations

from chalicelib.core.schemas import TEXT, Record, many

EVIDENCE = Record("Evidence", source=TEXT, line=TEXT)
DIAGNOSIS = Record(
    "Diagnosis",
    kind=TEXT,
    side=TEXT,
    side_label=TEXT,
    summary=TEXT,
    paragraph=TEXT,
    next_step=TEXT,
    evidence=many(EVIDENCE),
)
