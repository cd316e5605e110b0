"""What is used of AWS while something is done on the embedded cloud, in the units that AWS charges."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from functools import cache
from typing import Any

from aws_lambda_powertools.metrics import EphemeralMetrics
from botocore.client import BaseClient

from deployment import published_prices as published
from deployment.sam import sam_template
from localaws.cloud import PROJECT, LocalCloud
from localaws.lambdas import Invocation
from localaws.logs import FunctionLogs
from localaws.router import Router
from localaws.running import PORTAL
from scripts.bench.table_units import Tables

PRICES = {
    "requests": published.PER_API_REQUEST,
    "bytes_out": published.PER_GB_OUT / 10**9,
    "invocations": published.PER_INVOCATION,
    "gb_seconds": published.PER_GB_SECOND,
    "reads": published.PER_READ,
    "writes": published.PER_WRITE,
    "transitions": published.PER_TRANSITION,
    "s3_writes": published.PER_S3_WRITE,
    "s3_reads": published.PER_S3_READ,
    "mails": published.PER_MAIL,
    "log_bytes": published.PER_LOG_GB / 10**9,
    "metric_hours": published.PER_METRIC_HOUR,
    "traces": published.PER_TRACE,
}
LAMBDA_WRITES = 350
"""Bytes that Lambda logs about each invocation: START, END and REPORT."""
ACCESS_LOG = 400
"""Bytes that API Gateway logs about each request, at most."""
Used = dict[str, Decimal]


@cache
def _gigabytes() -> dict[str, Decimal]:
    """The memory of each function, by its name."""
    resources = sam_template(PROJECT)["Resources"].values()
    return {
        function["FunctionName"]["Fn::Sub"].replace("${Stage}", "local"): Decimal(function["MemorySize"]) / 1024
        for function in (one["Properties"] for one in resources if one["Type"] == "AWS::Serverless::Function")
    }


def dollars(used: Mapping[str, Decimal]) -> Decimal:
    """What so much costs, without free tiers."""
    return sum((PRICES[unit] * amount for unit, amount in used.items()), Decimal(0))


class Meter:
    """Counts from `metered` on. Every invocation passes for a trace, and every write for one of each index that has the item."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
        self._metrics: set[str] = set()
        self._used: Used = defaultdict(Decimal)
        self._tables = Tables(cloud, self._used)

    def total(self) -> Used:
        """All that was used; a metric counts for one hour, however often it was sent."""
        return {**self._used, "metric_hours": Decimal(len(self._metrics))}

    def request(self, seconds: float, bytes_out: int) -> None:
        """The portal answered."""
        self._used["requests"] += 1
        self._used["bytes_out"] += bytes_out
        self._used["log_bytes"] += ACCESS_LOG
        self._invoked(PORTAL, seconds)

    def execution(self, arn: str) -> None:
        """What an execution did until now."""
        client = self._cloud.client("stepfunctions")
        pages = client.get_paginator("get_execution_history").paginate(executionArn=arn)
        self._used["transitions"] += sum(
            event["type"].endswith("Entered") for page in pages for event in page["events"]
        )

    @contextmanager
    def metered(self) -> Iterator[Meter]:
        """Count what is done in here, by whatever thread."""
        originals: list[tuple[Any, str, Any]] = []

        def wrap(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
            originals.append((owner, name, getattr(owner, name)))
            setattr(owner, name, make(getattr(owner, name)))

        wrap(self._cloud.functions, "invoke", self._counting_invocations)
        wrap(BaseClient, "_make_api_call", self._counting_calls)
        wrap(Router, "__call__", self._counting_s3)
        wrap(FunctionLogs, "_put", self._counting_logs)
        wrap(EphemeralMetrics, "serialize_metric_set", self._counting_metrics)
        try:
            yield self
        finally:
            for owner, name, original in originals:
                setattr(owner, name, original)

    def _invoked(self, function: str, seconds: float) -> None:
        self._used["invocations"] += 1
        self._used["traces"] += 1
        self._used["gb_seconds"] += Decimal(seconds) * _gigabytes()[function]
        self._used["log_bytes"] += LAMBDA_WRITES

    def _counting_invocations(self, invoke: Callable[[str, Any], Invocation]) -> Any:
        def counted(name: str, event: Any) -> Invocation:
            done = invoke(name, event)
            self._invoked(done.function, done.real_seconds)
            return done

        return counted

    def _counting_logs(self, put: Callable[[Any, str, str], None]) -> Any:
        def counted(logs: Any, group: str, line: str) -> None:
            self._used["log_bytes"] += len(line.encode())
            put(logs, group, line)

        return counted

    def _counting_metrics(self, serialize: Any) -> Any:
        def counted(metrics: Any, *args: Any, **options: Any) -> Any:
            written = serialize(metrics, *args, **options)
            self._used["log_bytes"] += len(str(written))
            for described in written["_aws"]["CloudWatchMetrics"]:
                self._metrics |= {
                    f"{one['Name']} {of}" for one in described["Metrics"] for of in described["Dimensions"]
                }
            return written

        return counted

    def _counting_s3(self, answer: Any) -> Any:
        def counted(router: Any, environ: dict[str, Any], start_response: Any) -> Any:
            credential = environ.get("HTTP_AUTHORIZATION", "") + environ.get("QUERY_STRING", "")
            if "/s3/" in credential or "%2Fs3%2F" in credential:
                writes = environ["REQUEST_METHOD"] in ("PUT", "POST") or "list-type" in environ.get("QUERY_STRING", "")
                self._used["s3_writes" if writes else "s3_reads"] += environ["REQUEST_METHOD"] != "DELETE"
            return answer(router, environ, start_response)

        return counted

    def _counting_calls(self, call: Any) -> Any:
        def counted(client: BaseClient, operation: str, params: dict[str, Any]) -> Any:
            if client.meta.service_model.service_name == "dynamodb":
                return self._tables.count(lambda request: call(client, operation, request), operation, params)
            self._used["mails"] += operation == "SendEmail"
            return call(client, operation, params)

        return counted
