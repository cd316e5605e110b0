"""A link to a page of a cluster's application, as the embedded EMR keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Link:
    """What a link shows, and until when."""

    cluster: str
    app: str
    until: datetime
