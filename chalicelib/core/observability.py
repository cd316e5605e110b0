"""The logger, the metrics, and what happens around every Lambda invocation. Keys are appended, never put into messages."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from typing import Any, TypeVar

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from chalicelib.core import correlation, deadline, redaction
from chalicelib.core.config import MissingSetting, settings

ResultT = TypeVar("ResultT")


def _written(record: dict[str, Any]) -> str:
    """A line of the log: JSON, without what is secret."""
    if current := correlation.current():
        record = record | {"correlation": current}
    return json.dumps(redaction.value(record), default=lambda value: redaction.text(str(value)), ensure_ascii=False)


logger = Logger(service="atmo", use_rfc3339=True, utc=True, json_serializer=_written)
metrics = Metrics(namespace="atmo", service="atmo")


def measure(name: str, value: float = 1, unit: MetricUnit = MetricUnit.Count, about: str = "", **details: str) -> None:
    """Write one metric at once, in CloudWatch's embedded format.

    `about` names the record. It and the details stay in the log line, where Logs Insights counts by them: as dimensions each
    of their values would be a metric of its own, at 0.30 $ a month (https://aws.amazon.com/cloudwatch/pricing/).

    Call it where a change of state was won, that is after a conditional write: then a repeated task counts nothing twice.
    """
    written = EphemeralMetrics(namespace="atmo", service="atmo")
    written.set_default_dimensions(service="atmo", stage=settings().stage)
    written.add_metric(name, unit, value)
    for key, detail in {**details, "record": about, "correlation": correlation.current()}.items():
        if detail:
            written.add_metadata(key, detail)
    written.flush_metrics()


def report_failure(event: str, about: str = "", **extra: Any) -> None:
    """Log what went wrong and is not passed on, with the exception that is being handled, and count it: the metric `Failure` has
    an alarm. For what nobody expects; what AWS or others do now and then is a warning.
    """
    with suppress(MissingSetting):  # a failure to read the settings is one, too
        extra |= {"release": settings().commit}
    logger.error(event, extra=extra, exc_info=sys.exc_info()[0] is not None)
    with suppress(MissingSetting):
        measure("Failure", about=about or event)


def observed(event: Any, get_response: Callable[[Any], Any]) -> Any:
    """Chalice middleware: a request is observed as an invocation."""
    with _invocation(getattr(event, "lambda_context", None)):
        return get_response(event)


def observed_handler(handler: Callable[[Any, Any], ResultT]) -> Callable[[Any, Any], ResultT]:
    """A function that Lambda calls without Chalice: each call is observed as an invocation."""

    @wraps(handler)
    def observe(event: Any, context: Any) -> ResultT:
        with _invocation(context):
            return handler(event, context)

    return observe


@contextmanager
def _invocation(context: Any) -> Iterator[None]:
    """Every log line of an invocation bears its request id, and its metrics are written at the end."""
    _collect_garbage()
    logger.clear_state()
    request_id = getattr(context, "aws_request_id", None)
    logger.append_keys(request_id=request_id)
    try:
        with deadline.within(context), correlation.within(request_id):
            yield
    finally:
        if metrics.metric_set:
            metrics.flush_metrics()


def _collect_garbage() -> None:
    """From the first invocation on; what was imported before it is never looked at (chalicelib/entrypoints/__init__.py)."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
