"""The logger, the metrics, and what happens around every Lambda invocation. Keys are appended, never put into messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger, Metrics

logger = Logger(service="atmo", use_rfc3339=True, utc=True)
metrics = Metrics(namespace="atmo", service="atmo")


def observed(event: Any, get_response: Callable[[Any], Any]) -> Any:
    """Chalice middleware: every log line of an invocation bears its request id, and its metrics are written at the end."""
    context = getattr(event, "context", None) or getattr(event, "lambda_context", None)
    logger.clear_state()
    logger.append_keys(request_id=getattr(context, "aws_request_id", None))
    try:
        return get_response(event)
    finally:
        if metrics.metric_set:
            metrics.flush_metrics()
