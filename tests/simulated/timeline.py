"""Time that passes only when everything that was to happen has happened."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count


class Timeline:
    """What happens when, one after the other, in this thread. `now` is aware, in UTC."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._coming: list[tuple[datetime, int, Callable[[], None]]] = []
        self._numbers = count()

    def after(self, seconds: float, happen: Callable[[], None]) -> None:
        heapq.heappush(self._coming, (self.now + timedelta(seconds=seconds), next(self._numbers), happen))

    def at(self, moment: datetime, happen: Callable[[], None]) -> None:
        self.after((moment - self.now).total_seconds(), happen)

    def run(self, until: datetime) -> None:
        """Let happen what comes before this moment."""
        while self._coming and self._coming[0][0] <= until:
            self.now, _, happen = heapq.heappop(self._coming)
            happen()
        self.now = until
