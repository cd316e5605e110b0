"""Every minute: give every due slot of every job its one run."""

from __future__ import annotations

from typing import Any

from chalicelib.core import clock
from chalicelib.core.observability import observed_handler
from chalicelib.dispatch import service as dispatch


@observed_handler
def handler(event: Any, context: object) -> None:
    """EventBridge's rule calls this; the event says nothing that is needed."""
    dispatch.dispatch(clock.now())
