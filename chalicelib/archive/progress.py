"""How far an export or an import has come: handed to whoever goes on with it, as text."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.core.errors import Invalid


@dataclass
class Progress:
    """The table that is next by its place among all, its part, where its items go on, and how many each had so far."""

    table: int = 0
    part: int = 1
    after: dict[str, Any] | None = None
    counts: dict[str, int] = field(default_factory=dict)
    unchanged: int = 0
    """Items that were there already and stayed as they were."""

    def count(self, name: str, number: int) -> None:
        self.counts[name] = self.counts.get(name, 0) + number

    def next_table(self) -> None:
        self.table, self.part, self.after = self.table + 1, 1, None

    def as_text(self) -> str:
        return base64.urlsafe_b64encode(json.dumps(vars(self)).encode()).decode()

    @classmethod
    def of_text(cls, text: str | None) -> Progress:
        """Raises:
        Invalid: it is not what `as_text` returned.
        """
        if not text:
            return cls()
        try:
            return cls(**json.loads(base64.urlsafe_b64decode(text.encode())))
        except (ValueError, TypeError):
            raise Invalid.field("cursor", "Give the `next` of the previous answer.") from None

    def as_json(self, is_done: bool) -> Mapping[str, Any]:
        """What operators read; with `next` they go on."""
        return {"items": self.counts, "unchanged": self.unchanged, "next": None if is_done else self.as_text()}


class Budget:
    """So many seconds, after which one invocation leaves the rest to the next."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    @property
    def is_spent(self) -> bool:
        return time.monotonic() > self._until
