"""Why a run did not succeed, through the front door: a person learns the same from the API, the page and the mail."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from markupsafe import escape

from chalicelib.core.config import settings
from chalicelib.runs import results
from chalicelib.runs.models import Run
from localaws.cloud import LocalCloud
from tests.cloud.runs.test_runs import OVER, start
from tests.support.http import TINY, Api, reaches, until


def ended(api: Api, source: str, **changes: Any) -> tuple[str, Any]:
    """The path and the record of a run of this one cell, once it is over."""
    notebook = TINY | {"cells": [TINY["cells"][0] | {"source": source}]}
    notebook_file = {"name": "cell.ipynb", "content": notebook}
    path = start(api, api.schedule(f"why-{uuid4().hex[:8]}", notebook=notebook_file, **changes))
    return path, reaches(api, path, *OVER)


@pytest.mark.parametrize(
    ("source", "kind", "side", "words"),
    [
        ("import no_such_module_of_ours", "missing_module", "notebook", "no_such_module_of_ours, which is not installed"),
        ("open('/nowhere/input.csv')", "missing_input", "data", "reads /nowhere/input.csv, but nothing is there"),
        ("import os; os._exit(1)", "kernel_died", "notebook", "was running when Python stopped"),
    ],
)  # fmt: skip
def test_a_notebook_that_fails(cloud: LocalCloud, somebody: Api, source: str, kind: str, side: str, words: str) -> None:
    _, run = ended(somebody, source)
    diagnosis = run["diagnosis"]
    assert (run["status"], diagnosis["kind"], diagnosis["side"]) == ("FAILED", kind, side)
    assert words in diagnosis["paragraph"]
    assert diagnosis["evidence"]
    mail = until(lambda: next((sent for sent in cloud.mails.sent if run["id"] in (sent.text or "")), None))
    assert mail
    for part in (
        diagnosis["side_label"],
        diagnosis["paragraph"],
        diagnosis["next_step"],
        diagnosis["evidence"][0]["line"],
    ):
        assert part in (mail.text or "")
        assert str(escape(part)) in (mail.html or "")


@pytest.mark.parametrize(
    ("trouble", "kind", "side"),
    [
        ("quota", "quota_exceeded", "cluster"),
        ("bootstrap", "bootstrap_failure", "cluster"),
        ("instance-type", "validation_error", "cluster"),
    ],
)
def test_a_cluster_that_never_ran_the_notebook(
    cloud: LocalCloud, somebody: Api, trouble: str, kind: str, side: str
) -> None:
    job = somebody.schedule(f"why-{uuid4().hex[:8]}")
    cloud.emr.faults.append(trouble)
    run = reaches(somebody, start(somebody, job), *OVER)
    assert (run["status"], run["diagnosis"]["kind"], run["diagnosis"]["side"]) == ("FAILED", kind, side)
    assert "The notebook was not run." in run["diagnosis"]["paragraph"]
    assert run["diagnosis"]["evidence"][0]["source"] == "emr"


def test_spot_taken_in_the_middle_leaves_what_was_done(cloud: LocalCloud, somebody: Api) -> None:
    cells = [TINY["cells"][0] | {"source": source} for source in ("print('done')", "import time\ntime.sleep(600)")]
    notebook_file = {"name": "cell.ipynb", "content": TINY | {"cells": cells}}
    path = start(somebody, somebody.schedule(f"why-{uuid4().hex[:8]}", notebook=notebook_file))
    cluster = cloud.emr.clusters[reaches(somebody, path, "RUNNING")["jobflow_id"]]
    log = cluster.node.logs(cluster.steps[0].id) / "stdout"
    until(lambda: log.exists() and "cell 1: " in log.read_text())
    cluster.inject("spot")
    run = reaches(somebody, path, *OVER)
    assert (run["status"], run["diagnosis"]["kind"]) == ("FAILED", "spot_reclaimed")
    assert run["status_reason"].startswith("Its cluster ended before the notebook was finished: All slaves")
    names = {file["name"] for file in somebody("GET", f"{path}/results").body["items"]}
    assert {"notebook.ipynb", "run.log"} <= names


def test_of_a_long_log_only_the_end_is_read(cloud: LocalCloud) -> None:
    run = Run("r-long", job_id="j-long")
    key = f"{run.results_prefix}run.log"
    cloud.client("s3").put_object(Bucket=settings().results_bucket, Key=key, Body=b"x" * 2_000_000 + b"the end")
    tail = results.log_tail(run)
    assert tail is not None
    assert len(tail) == results.LOG_TAIL
    assert tail.endswith("the end")
