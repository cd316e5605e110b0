"""What is measured of runs. Each function is called once per occasion, where the change of state was won."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from aws_lambda_powertools.metrics import MetricUnit

from chalicelib.core.observability import measure
from chalicelib.jobs.models import Job
from chalicelib.runs.models import Run
from chalicelib.schedules.slots import SlotDecision


def count_slots(job: Job, decisions: Sequence[SlotDecision]) -> None:
    """Slots of a job were decided: how many were run, queued or skipped."""
    for action, number in Counter(decision.action for decision in decisions).items():
        measure("SlotServed", number, about=job.id, action=action)


def count_late_slot(job: Job, slot: datetime, now: datetime) -> None:
    """A slot of the job was missed, the first one of an incident: count it, and how late it was noticed."""
    measure("SlotLate", about=job.id)
    measure("SlotLateness", (now - slot).total_seconds(), MetricUnit.Seconds, about=job.id)


def count_outcome(run: Run) -> None:
    """The run's outcome is on record: count it by its status, and how long it took from its launch."""
    measure("RunEnded", about=run.id, emr_release=run.emr_release, status=run.status)
    if run.started_at and run.finished_at:
        took = (run.finished_at - run.started_at).total_seconds()
        measure("RunTime", max(0, took), MetricUnit.Seconds, about=run.id, emr_release=run.emr_release)


def count_usage(run: Run) -> None:
    """Its cluster has ended too: what it used."""
    if run.instance_hours is not None:
        measure("NormalizedInstanceHours", run.instance_hours, about=run.id, emr_release=run.emr_release)
