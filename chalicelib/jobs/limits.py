"""How far a job's settings may go. Timeouts are in hours, delays in minutes."""

from __future__ import annotations

MIN_TIMEOUT, MAX_TIMEOUT, DEFAULT_TIMEOUT = 1, 24, 24
MAX_RETRIES, MAX_RETRY_DELAY, MAX_PAUSE_AFTER = 3, 240, 20
