"""The sources of a story. Each returns its moments, and raises Unavailable when AWS does not answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from chalicelib.aws import emr_timelines, executions, log_lines
from chalicelib.aws.log_lines import Line
from chalicelib.clusters.machine import MACHINE as CLUSTER_MACHINE
from chalicelib.clusters.models import Cluster
from chalicelib.core.config import settings
from chalicelib.jobflows.machine import Machine
from chalicelib.mail.models import Mail
from chalicelib.mail.webhooks.models import Delivery
from chalicelib.runs.machine import MACHINE as RUN_MACHINE
from chalicelib.story.moments import Moment, Source
from chalicelib.story.subjects import Subject

MAX_MAILS = 100
AFTERWARDS = timedelta(minutes=15)
"""For how long after its end there may be log lines about a record: mails, the sweep."""
FUNCTIONS = (
    "api-handler",
    "dispatch",
    "sweep",
    "on-emr-event",
    "cluster-task",
    "run-task",
    "run-credentials",
    "operator",
)
"""The functions that log, by the ends of their names."""
_NOISE = frozenset(
    {"timestamp", "level", "location", "message", "service", "request_id", "xray_trace_id", "sampling_rate"}
)


def of_trail(subject: Subject) -> Iterator[Moment]:
    """What people and the system did, by the audit trail."""
    for entry in subject.entries:
        who = f"{entry.actor} by {entry.channel}"
        yield Moment(entry.at, Source.AUDIT, entry.object_id or "", entry.summary, f"{who}: {entry.action}")


def of_executions(subject: Subject) -> Iterator[Moment]:
    """What the state machines did."""
    for record in subject.records:
        machine: Machine[Any] = CLUSTER_MACHINE if isinstance(record, Cluster) else RUN_MACHINE
        for event in executions.history(machine.arn(settings()), record.id):
            yield Moment(event.at, Source.EXECUTION, event.execution, event.what, event.detail)


def of_emr(subject: Subject) -> Iterator[Moment]:
    """EMR's own timeline of the jobflows and their steps."""
    for record in subject.records:
        if record.jobflow_id:
            for event in emr_timelines.of_jobflow(record.jobflow_id):
                yield Moment(event.at, Source.EMR, record.jobflow_id, event.what, event.detail)


def of_mails(subject: Subject) -> Iterator[Moment]:
    """What was told to people."""
    for correlation in sorted(subject.correlations):
        for mail in Mail.by_correlation.query(correlation, limit=MAX_MAILS):
            yield Moment(mail.created_at, Source.MAIL, mail.id, f"Posted: {mail.subject}")
            if mail.sent_at:
                yield Moment(mail.sent_at, Source.MAIL, mail.id, f"SES took it: {mail.subject}")


def of_webhooks(subject: Subject) -> Iterator[Moment]:
    """What was told to programs."""
    for job in subject.jobs:
        since = Delivery.created_at >= subject.since
        query = Delivery.by_job.query(job.id, since, Delivery.correlation.is_in(*sorted(subject.correlations)))
        for delivery in query if subject.correlations else ():
            yield from _of_delivery(delivery)


def _of_delivery(delivery: Delivery) -> Iterator[Moment]:
    ends = {"Posted": delivery.created_at, "Received": delivery.received_at, "Given up": delivery.given_up_at}
    for what, at in ends.items():
        if at:
            yield Moment(at, Source.WEBHOOK, delivery.id, f"{what}: {delivery.event}", delivery.outcome)


def of_logs(subject: Subject, now: datetime) -> Iterator[Moment]:
    """The lines of all functions' logs that name a record or a correlation id."""
    ends = [getattr(record, "finished_at", None) for record in subject.records]
    until = max(end for end in ends if end) + AFTERWARDS if ends and all(ends) else now
    for function in FUNCTIONS:
        group = f"/aws/lambda/{settings().name_prefix}{function}"
        for line in log_lines.find(group, subject.terms, subject.since - AFTERWARDS, until):
            yield _of_line(line, function)


def _of_line(line: Line, function: str) -> Moment:
    try:
        said: Any = json.loads(line.text)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        return Moment(line.at, Source.LOG, function, line.text.strip()[:200])
    rest = {name: value for name, value in said.items() if name not in _NOISE and value is not None}
    what = f"{said.get('level', '')} {said.get('message', '')}".strip()
    return Moment(line.at, Source.LOG, function, what, json.dumps(rest, ensure_ascii=False) if rest else "")
