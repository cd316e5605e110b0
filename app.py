"""The table of contents: what API Gateway, EventBridge, Step Functions and operators call, and when.

Chalice makes the template's functions, routes and rules from these declarations. On Lambda each function loads its own module
of chalicelib/entrypoints, which the template names as its `Handler` (.chalice/resources.yaml), and not this file, which loads
all of them.
"""

from __future__ import annotations

from typing import Any

from chalice.app import CloudWatchEvent

from chalicelib.entrypoints import cluster_task as cluster_tasks
from chalicelib.entrypoints import dispatch, events, sweep
from chalicelib.entrypoints import run_credentials as credentials_of_runs
from chalicelib.entrypoints import run_task as run_tasks
from chalicelib.entrypoints.http import app
from chalicelib.entrypoints.operator import service as operators

app.load_all()


@app.schedule("rate(1 minute)", name="dispatch")
def dispatch_due_slots(event: CloudWatchEvent) -> None:
    """Give every due slot of every job its one run."""
    dispatch.handler(event.to_dict(), event.context)


@app.schedule("rate(5 minutes)", name="sweep")
def sweep_up(event: CloudWatchEvent) -> None:
    """Repair what events missed, end orphans, warn owners, send waiting mails."""
    sweep.handler(event.to_dict(), event.context)


@app.on_cw_event({"source": ["aws.emr"], "detail-type": list(events.FOLLOWED)}, name="on_emr_event")
def on_emr_event(event: CloudWatchEvent) -> None:
    """Follow what EMR says of a cluster or a step."""
    events.handler(event.to_dict(), event.context)


@app.lambda_function(name="cluster_task")
def cluster_task(event: dict[str, Any], context: object) -> dict[str, Any]:
    """One task of statemachines/cluster.asl.json."""
    return cluster_tasks.handler(event, context)


@app.lambda_function(name="run_task")
def run_task(event: dict[str, Any], context: object) -> dict[str, Any]:
    """One task of statemachines/job_run.asl.json."""
    return run_tasks.handler(event, context)


@app.lambda_function(name="run_credentials")
def run_credentials(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Credentials for a run's own objects in S3, for the runner on its cluster."""
    return credentials_of_runs.handler(event, context)


@app.lambda_function(name="operator")
def operator(event: dict[str, Any], context: object) -> dict[str, Any]:
    """One command of an operator."""
    return operators.handler(event, context)
