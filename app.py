"""The table of contents: the portal and API, then what EventBridge, Step Functions and operators call.

Bodies are a line or two; the work is in chalicelib. Handlers other than routes stay in this file: declared in a Blueprint
they would bypass it in Lambda (https://github.com/aws/chalice/issues/1566).
"""

from __future__ import annotations

from typing import Any

from chalice.app import Chalice, CloudWatchEvent

from chalicelib.clusters import lifecycle as clusters
from chalicelib.core import clock
from chalicelib.core.observability import observed
from chalicelib.dispatch import service as jobs
from chalicelib.entrypoints import api, events, portal, sweep
from chalicelib.entrypoints.operator import service as operators
from chalicelib.runs import lifecycle as runs
from chalicelib.web.errors import refusals
from chalicelib.web.head import heads

app = Chalice(app_name="atmo")
app.api.binary_types.append("multipart/form-data")
app.register_middleware(observed, event_type="all")
app.register_middleware(heads, event_type="http")
app.register_middleware(refusals, event_type="http")
for blueprint in [*portal.BLUEPRINTS, *api.BLUEPRINTS]:
    app.register_blueprint(blueprint)


@app.schedule("rate(1 minute)", name="dispatch")
def dispatch_due_slots(event: CloudWatchEvent) -> None:
    """Give every due slot of every job its one run."""
    jobs.dispatch(clock.now())


@app.schedule("rate(5 minutes)", name="sweep")
def sweep_up(event: CloudWatchEvent) -> None:
    """Repair what events missed, end orphans, warn owners, send waiting mails."""
    sweep.sweep(clock.now())


@app.on_cw_event({"source": ["aws.emr"], "detail-type": list(events.FOLLOWED)}, name="on_emr_event")
def on_emr_event(event: CloudWatchEvent) -> None:
    """Follow what EMR says of a cluster or a step."""
    events.follow(event.to_dict(), clock.now())


@app.lambda_function(name="cluster_task")
def cluster_task(event: dict[str, Any], context: object) -> dict[str, Any]:
    """One task of statemachines/cluster.asl.json."""
    return clusters.task(event)


@app.lambda_function(name="run_task")
def run_task(event: dict[str, Any], context: object) -> dict[str, Any]:
    """One task of statemachines/job_run.asl.json."""
    return runs.task(event)


@app.lambda_function(name="operator")
def operator(event: dict[str, Any], context: object) -> dict[str, Any]:
    """One command of an operator."""
    return operators.operate(event, clock.now())
