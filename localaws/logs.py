"""CloudWatch Logs: what the functions log is in their log groups, as Lambda puts it there, beside this process's own output.

What differs from AWS: each group has one stream, and keeps its latest lines only.
"""

from __future__ import annotations

import logging
from typing import Any

from moto.logs.models import logs_backends

from localaws import running
from localaws.clock import CloudClock

PRODUCT, STREAM = "atmo", "local"
"""The name of the product's logger, and of the one stream of each group."""
MAX_LINES = 20_000


class FunctionLogs(logging.Handler):
    """Puts what functions log into moto's log groups, with the times of the cloud's clock."""

    def __init__(self, account: str, region: str, clock: CloudClock) -> None:
        super().__init__()
        self._backend: Any = logs_backends[account][region]
        self._clock = clock

    def emit(self, record: logging.LogRecord) -> None:
        """Written as the product's own handler writes it. A line that cannot be kept must not disturb who logs it."""
        if not (function := running.current()):
            return
        try:
            written = logging.getLogger(PRODUCT).handlers[0].format(record)
            self._put(f"/aws/lambda/{function}", written)
        except Exception:
            self.handleError(record)

    def _put(self, group: str, line: str) -> None:
        if group not in self._backend.groups:
            self._backend.create_log_group(group, {})
        streams = self._backend.groups[group].streams
        if STREAM not in streams:
            self._backend.create_log_stream(group, STREAM)
        # Past the API, which refuses what the cloud's clock says when it is hours ahead of this machine's.
        streams[STREAM].put_log_events([{"timestamp": int(self._clock.now().timestamp() * 1000), "message": line}])
        del streams[STREAM].events[:-MAX_LINES]
