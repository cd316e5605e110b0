"""The embedded cloud's clock: it may run faster than the wall's, and it can be moved ahead.

Everything that waits for cloud time waits on a `ClockEvent`, so that moving the clock wakes it.
"""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

SETTLES_WITHIN = 2.0
"""Real seconds that moving the clock waits for work in hand; nothing here computes for so long."""


class CloudClock:
    """Time that passes `speed` times as fast as real time. All durations are cloud seconds unless named real.

    `settled` says whether nobody is about to wait: what a function decided a moment ago, and is about to wait for, would
    count from after a move that it should count.
    """

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        self.settled: Callable[[], bool] = lambda: True
        self._start = time.time()
        self._started_at = time.monotonic()
        self._ahead = 0.0
        self._waiting: Counter[ClockEvent] = Counter()
        self._lock = threading.Lock()

    def seconds(self) -> float:
        """Cloud seconds since the cloud started."""
        return (time.monotonic() - self._started_at) * self.speed + self._ahead

    def timestamp(self) -> float:
        """Cloud time as seconds since 1970."""
        return self._start + self.seconds()

    def now(self) -> datetime:
        """Cloud time, aware, in UTC."""
        return datetime.fromtimestamp(self.timestamp(), UTC)

    def advance(self, **by: float) -> None:
        """Move the clock ahead by a timedelta's arguments, e.g. `hours=3`, and wake whoever waits for that time."""
        self._settle()
        with self._lock:
            self._ahead += timedelta(**by).total_seconds()
            waiting = list(self._waiting)
        for event in waiting:
            event.recheck()

    def _settle(self) -> None:
        until = time.monotonic() + SETTLES_WITHIN
        while not self.settled() and time.monotonic() < until:
            time.sleep(0.01)

    def event(self) -> ClockEvent:
        """A flag like `threading.Event` whose timeouts are cloud seconds."""
        return ClockEvent(self)

    def sleep(self, seconds: float) -> None:
        """Return once so many cloud seconds have passed."""
        self.event().wait(seconds)

    def register(self, event: ClockEvent) -> None:
        """Moving the clock wakes those who wait on this event, until it is unregistered."""
        with self._lock:
            self._waiting[event] += 1

    def unregister(self, event: ClockEvent) -> None:
        with self._lock:
            self._waiting[event] -= 1
            if not self._waiting[event]:
                del self._waiting[event]


class ClockEvent:
    """`threading.Event` by a cloud clock. A waiter also sees a flag that was set and cleared at once."""

    def __init__(self, clock: CloudClock) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._flag = False
        self._times_set = 0

    def is_set(self) -> bool:
        return self._flag

    def set(self) -> None:
        with self._changed:
            self._flag = True
            self._times_set += 1
            self._changed.notify_all()

    def clear(self) -> None:
        with self._changed:
            self._flag = False

    def recheck(self) -> None:
        """Let waiters compare their deadline with the clock again."""
        with self._changed:
            self._changed.notify_all()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until set or until `timeout` cloud seconds have passed; False means the time was up."""
        if timeout is None:
            return self._wait_until(math.inf)
        deadline = self._clock.seconds() + timeout
        self._clock.register(self)
        try:
            return self._wait_until(deadline)
        finally:
            self._clock.unregister(self)

    def _wait_until(self, deadline: float) -> bool:
        with self._changed:
            before = self._times_set
            while not self._flag and self._times_set == before:
                left = deadline - self._clock.seconds()
                if left <= 0:
                    return False
                self._changed.wait(None if math.isinf(left) else _real(left, self._clock.speed))
        return True


def _real(seconds: float, speed: float) -> float:
    return min(seconds / speed, threading.TIMEOUT_MAX)
