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
    """A bucket's size in calls, and how many calls a second are added to it."""

    burst: int
    per_second: float


LIMITS = {
    "RunJobFlow": Limit(10, 0.5),
    "TerminateJobFlows": Limit(10, 0.5),
    "DescribeCluster": Limit(10, 1),
    "ListClusters": Limit(20, 0.5),
}
OTHER_OPERATIONS = Limit(100, 20)


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
        self._tokens: dict[str, float] = {}
        self._refilled_at: dict[str, float] = {}

    def admit(self, operation: str) -> bool:
        """Whether this call is answered; False if it is throttled."""
        with self._lock:
            left = self._refill(operation)
            admitted = left >= 1 or not self.enforced
            self._tokens[operation] = max(0.0, left - 1) if admitted else left
            (self.answered if admitted else self.throttled)[operation] += 1
            return admitted

    def _refill(self, operation: str) -> float:
        limit, now = LIMITS.get(operation, OTHER_OPERATIONS), self._clock.seconds()
        passed = now - self._refilled_at.get(operation, now)
        self._refilled_at[operation] = now
        return min(float(limit.burst), self._tokens.get(operation, limit.burst) + passed * limit.per_second)
