"""How the API represents a run, its results and its webhook's deliveries."""

from __future__ import annotations

from typing import Any

from chalicelib.budgets.rules import unreserved_by
from chalicelib.core import clock
from chalicelib.core.schemas import AMOUNT, NUMBER, OBJECT, TEXT, TIME, WHOLE, Record, many, maybe, one_of
from chalicelib.costs import receipts
from chalicelib.costs.schemas import COST, amount_text, cost_record
from chalicelib.jobflows.schemas import DIAGNOSIS
from chalicelib.mail.webhooks.models import Delivery
from chalicelib.runs import reported, results
from chalicelib.runs.models import Run, RunStatus, Trigger
from chalicelib.runs.right_size import Advice

RUN_NOTEBOOK = Record("RunNotebook", name=TEXT, number=WHOLE)
LEFT_OUT = Record("FileLeftOut", name=TEXT, reason=TEXT)
SPARK_USE = Record("SparkUse", **dict.fromkeys(reported.OF_SPARK, NUMBER))
RUN = Record(
    "Run", Run, "id", "job_identifier", "owner", "status", "status_reason", "attempt", "attempts", "first_run", "retry",
    "repair_of", "after", "after_run", "after_slot", "on_arrival", "objects", "keys", "backfill", "not_before", "trigger",
    "jobflow_id", "emr_release", "size", "timeout", "parameters", "failed_cell", "diagnosis", "files_left_out", "spark_use",
    "commit", "cancelled_by", "instance_hours", "created_at", "scheduled_at", "slot", "previous_slot", "promised_at", "started_at",
    "waits_for", "ready_at", "finished_at",
    status=one_of(RunStatus), trigger=one_of(Trigger), parameters=OBJECT, diagnosis=maybe(DIAGNOSIS), instance_hours=maybe(NUMBER),
    keys=maybe(many(TEXT)),
    files_left_out=maybe(many(LEFT_OUT)), job=TEXT, notebook=RUN_NOTEBOOK, results_kept_until=maybe(TIME), cost=COST,
    unreserved=maybe(TEXT), spark_use=maybe(SPARK_USE),
)  # fmt: skip
DELIVERY = Record(
    "Delivery", Delivery, "id", "event", "outcome", "attempts", "created_at", "received_at", "given_up_at", "due_at"
)
ADVICE = Record(
    "Advice", Advice, "size", "workers", "runs", "busy_percent", "memory_percent", usual_seconds=WHOLE, longer_seconds=WHOLE,
    saves=maybe(AMOUNT),
)  # fmt: skip
JOB_ADVICE = Record("JobAdvice", advice=maybe(ADVICE))
RESULT = Record("Result", results.Result, "name", "size", url=TEXT, link=TEXT)


def run_record(run: Run) -> dict[str, Any]:
    """A run as the API gives it; `job` is the job's id."""
    notebook = {"name": run.notebook_name, "number": int(run.notebook_number)}
    kept_until = results.kept_until(run)
    return RUN.of(
        run,
        cost=cost_record(receipts.cost_of(run, clock.now())),
        unreserved=unreserved_by(run.reservation) or None,
        job=run.job_id,
        notebook=RUN_NOTEBOOK.of(**notebook),
        results_kept_until=kept_until and clock.text(kept_until),
    )


def advice_record(advice: Advice | None) -> dict[str, Any]:
    """Advice on a job's workers as the API gives it, or that there is none."""
    return JOB_ADVICE.of(
        advice=advice
        and ADVICE.of(
            advice,
            usual_seconds=int(advice.usual.total_seconds()),
            longer_seconds=int(advice.longer.total_seconds()),
            saves=amount_text(advice.saves),
        )
    )
