"""EMR's limits on calls: a token bucket for each operation, refilled by the cloud's clock.

The buckets are those of https://docs.aws.amazon.com/general/latest/gr/emr.html ("Amazon EMR endpoints and quotas").
Operations that atmo calls rarely share a generous size here.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass

from localaws.clock import CloudClock


@dataclass(frozen=True)
class Limit:
    """So many calls at once, then so many a second."""

    burst: int
    per_second: float


LIMITS = {
    "RunJobFlow": Limit(10, 0.5),
    "TerminateJobFlows": Limit(10, 0.5),
    "DescribeCluster": Limit(10, 1),
    "ListClusters": Limit(20, 0.5),
}
GENEROUS = Limit(100, 20)


class Rates:
    """Which calls EMR lets through. `answered` and `throttled` count calls by operation, enforced or not.

    A call that is throttled takes nothing out of its bucket.
    """

    def __init__(self, clock: CloudClock, enforced: bool) -> None:
        self.enforced = enforced
        self.answered: Counter[str] = Counter()
        self.throttled: Counter[str] = Counter()
        self._clock = clock
        self._lock = threading.Lock()
        self._left: dict[str, float] = {}
        self._seen: dict[str, float] = {}

    def admit(self, operation: str) -> bool:
        """Whether this call is answered; False when it must be told to slow down."""
        with self._lock:
            left = self._refilled(operation)
            admitted = left >= 1 or not self.enforced
            self._left[operation] = max(0.0, left - 1) if admitted else left
            (self.answered if admitted else self.throttled)[operation] += 1
            return admitted

    def _refilled(self, operation: str) -> float:
        limit, now = LIMITS.get(operation, GENEROUS), self._clock.seconds()
        passed = now - self._seen.get(operation, now)
        self._seen[operation] = now
        return min(float(limit.burst), self._left.get(operation, limit.burst) + passed * limit.per_second)
