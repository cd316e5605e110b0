"""The RunJobFlow request of a run: a cluster that ends with its one step, whether or not anything of ours is up."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from chalicelib.core import clock
from chalicelib.core.config import Settings
from chalicelib.jobflows.request import correlated, jobflow_request
from chalicelib.jobs.models import Visibility
from chalicelib.runs import context
from chalicelib.runs.credentials import function_arn
from chalicelib.runs.models import Run
from chalicelib.site_settings.settings import SiteSettings

STEP = "notebook"
PYTHON, RUNNER = "/opt/atmo/bin/python", "/opt/atmo/run_notebook.py"
"""Where emr/bootstrap.sh puts the runner on the master node."""


def run_request(
    run: Run,
    now: datetime,
    settings: Settings,
    token: str,
    site: SiteSettings | None = None,
    last_success: datetime | None = None,
) -> dict[str, Any]:
    """What EMR is asked for when a run is launched now. `token` is what its runner gets the run's credentials for
    (chalicelib/runs/credentials.py). `site` is what admins have decided, unless given; `last_success` is the job's last slot
    before this one that succeeded, which the notebook is told."""
    request = jobflow_request(
        settings,
        site=site,
        name=run.name,
        release=run.emr_release,
        size=int(run.size),
        log_folder="jobs",
        tags={"Owner": run.owner_email, "Type": "job", "Record": run.id, **correlated(run)},
        bootstrap_args=[],
    )
    request["Instances"]["KeepJobFlowAliveWhenNoSteps"] = False
    request["Steps"] = [
        {
            "Name": STEP,
            "ActionOnFailure": "TERMINATE_CLUSTER",
            "HadoopJarStep": {"Jar": "command-runner.jar", "Args": _command(run, now, settings, token, last_success)},
        }
    ]
    return request


def _command(run: Run, now: datetime, settings: Settings, token: str, last_success: datetime | None) -> list[str]:
    timeout = timedelta(hours=int(run.timeout))
    command = [
        PYTHON, RUNNER,
        "--notebook", f"s3://{settings.notebooks_bucket}/{run.notebook_key}",
        "--results", f"s3://{settings.results_bucket}/{run.results_prefix}",
        "--timeout-seconds", str(int(timeout.total_seconds())),
        # The cluster is ended when the run has had its time, counted from its launch; the runner must be done before.
        "--deadline", clock.text(now + timeout),
        "--context", json.dumps(context.of(run, last_success)),
        "--credentials", function_arn(settings), run.id, token,
    ]  # fmt: skip
    if run.result_visibility == Visibility.PUBLIC:
        command.append("--report")
    return command + (["--version-id", run.notebook_version] if run.notebook_version else [])
