"""What code on a cluster reaches of atmo's buckets, tried by notebooks that try it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.core.config import settings
from chalicelib.runs import credentials
from chalicelib.runs.models import Run
from localaws.cloud import LocalCloud
from tests.support.http import Api, reaches, until

OVER = ("SUCCEEDED", "FAILED")
PROBE = """
import json, os
import boto3
from botocore.exceptions import ClientError

def tried(client, operation, **params):
    try:
        getattr(client, operation)(**params)
        return "allowed"
    except ClientError as error:
        return error.response["Error"]["Code"]

s3 = boto3.client("s3")
with open("reached.json", "w") as file:
    json.dump({name: tried(s3, operation, **params) for name, (operation, params) in PROBES.items()}, file)
"""


def notebook(probes: dict[str, Any]) -> dict[str, Any]:
    cell: dict[str, Any] = {
        "cell_type": "code", "execution_count": None, "id": "probe", "metadata": {}, "outputs": [],
        "source": f"PROBES = {probes!r}\n{PROBE}",
    }  # fmt: skip
    return {"cells": [cell], "metadata": {"language_info": {"name": "python"}}, "nbformat": 4, "nbformat_minor": 5}


def run_to_its_end(api: Api, cells: dict[str, Any] | None = None) -> Any:
    content = {"notebook": {"name": "probe.ipynb", "content": cells}} if cells else {}
    job = api.schedule(f"job-{uuid4().hex[:8]}", **content)
    run = api("POST", f"/jobs/{job['id']}/run", {}).body
    return reaches(api, f"/runs/{run['id']}", *OVER, seconds=60)


def reached(cloud: LocalCloud, run: Run) -> dict[str, str]:
    key = f"{run.results_prefix}files/reached.json"
    body = cloud.client("s3").get_object(Bucket=settings().results_bucket, Key=key)["Body"].read()
    return dict(json.loads(body))


def test_a_notebook_reaches_nobody_s_objects_by_the_cluster_s_role(cloud: LocalCloud, api: Any, somebody: Api) -> None:
    theirs = Run.get(run_to_its_end(api("victim"))["id"])
    results, notebooks, logs = settings().results_bucket, settings().notebooks_bucket, settings().logs_bucket
    outcome = {"Bucket": results, "Key": f"{theirs.results_prefix}outcome.json"}
    log = next(iter(cloud.client("s3").list_objects_v2(Bucket=logs)["Contents"]))["Key"]
    probes = {
        "read results": ("get_object", outcome),
        "look at results": ("head_object", outcome),
        "forge an outcome": ("put_object", outcome | {"Body": "{}"}),
        "delete results": ("delete_object", outcome),
        "list results": ("list_objects_v2", {"Bucket": results}),
        "read the notebook": ("get_object", {"Bucket": notebooks, "Key": theirs.notebook_key}),
        "overwrite the notebook": ("put_object", {"Bucket": notebooks, "Key": theirs.notebook_key, "Body": "{}"}),
        "list notebooks": ("list_objects_v2", {"Bucket": notebooks}),
        "read logs": ("get_object", {"Bucket": logs, "Key": log}),
        "delete logs": ("delete_object", {"Bucket": logs, "Key": log}),
        "list logs": ("list_objects_v2", {"Bucket": logs}),
        "list buckets": ("list_buckets", {}),
        "list code": ("list_objects_v2", {"Bucket": "atmo-local-scripts"}),
    }
    run = run_to_its_end(somebody, notebook(probes))
    assert run["status"] == "SUCCEEDED", run["status_reason"]
    refused = {"look at results": "403"}
    assert reached(cloud, Run.get(run["id"])) == {name: refused.get(name, "AccessDenied") for name in probes}
    assert json.loads(cloud.client("s3").get_object(**outcome)["Body"].read())["status"] == "SUCCEEDED"


@pytest.fixture
def running(cloud: LocalCloud, somebody: Api) -> Iterator[Run]:
    """A run that is at work, with its cluster, until the test is over."""
    job = somebody.schedule(f"job-{uuid4().hex[:8]}", notebook={"name": "slow.ipynb", "content": SLOW})
    run = somebody("POST", f"/jobs/{job['id']}/run", {}).body
    reaches(somebody, f"/runs/{run['id']}", "RUNNING", seconds=60)
    yield Run.get(run["id"], consistent_read=True)
    somebody("POST", f"/runs/{run['id']}/cancel")


SLOW = notebook({}) | {
    "cells": [notebook({})["cells"][0] | {"source": "import time\ntime.sleep(600)"}],
}


def ask(cloud: LocalCloud, run: str, token: str) -> Any:
    return cloud.functions.invoke("run_credentials", {"run": run, "token": token}).result


def test_parameters_are_for_the_runner_and_not_for_whoever_may_describe_steps(cloud: LocalCloud, somebody: Api) -> None:
    parameters = {"customer": f"acme-{uuid4().hex}"}
    job = somebody.schedule(
        f"job-{uuid4().hex[:8]}", notebook={"name": "slow.ipynb", "content": SLOW}, parameters=parameters
    )
    run = somebody("POST", f"/jobs/{job['id']}/run", {}).body
    jobflow = reaches(somebody, f"/runs/{run['id']}", "RUNNING", seconds=60)["jobflow_id"]
    assert ask(cloud, run["id"], credentials.token(run["id"]))["parameters"] == parameters
    steps = cloud.client("emr").list_steps(ClusterId=jobflow)["Steps"]
    assert run["id"] in str(steps)
    assert parameters["customer"] not in str(steps)
    assert somebody("POST", f"/runs/{run['id']}/cancel").status == 200


def test_credentials_are_for_the_run_s_token_while_it_has_a_cluster(
    cloud: LocalCloud, somebody: Api, running: Run
) -> None:
    token = credentials.token(running.id)
    issued = ask(cloud, running.id, token)["credentials"]
    assert set(issued) == {"access_key", "secret_key", "token", "expiry_time"}
    for run, presented in (
        (running.id, "wrong"),
        (running.id, ""),
        ("r-none", token),
        ("r-none", credentials.token("r-none")),
    ):
        assert "wrong" in ask(cloud, run, presented)["refused"]
    assert somebody("POST", f"/runs/{running.id}/cancel").status == 200
    reaches(somebody, f"/runs/{running.id}", "CANCELLED", seconds=60)
    until(lambda: Run.get(running.id, consistent_read=True).cluster_ended, 60)
    assert "over" in ask(cloud, running.id, token)["refused"]


def test_a_run_s_credentials_write_its_own_results_and_nothing_else(cloud: LocalCloud, running: Run) -> None:
    import boto3
    from botocore.exceptions import ClientError

    issued = ask(cloud, running.id, credentials.token(running.id))["credentials"]
    s3 = boto3.Session(issued["access_key"], issued["secret_key"], issued["token"]).client("s3")
    results, notebooks = settings().results_bucket, settings().notebooks_bucket
    s3.put_object(Bucket=results, Key=f"{running.results_prefix}files/own", Body=b"")
    own = {"Bucket": notebooks, "Key": running.notebook_key}
    assert s3.get_object(**own, VersionId=running.notebook_version)["Body"].read()
    for operation, params in (
        ("get_object", own),
        ("put_object", own | {"Body": b""}),
        ("get_object", {"Bucket": results, "Key": f"{running.results_prefix}files/own"}),
        ("delete_object", {"Bucket": results, "Key": f"{running.results_prefix}files/own"}),
        ("put_object", {"Bucket": results, "Key": f"runs/{running.job_id}/r-other/outcome.json", "Body": b""}),
        ("put_object", {"Bucket": results, "Key": f"runs/{running.job_id}/{running.id}x/outcome.json", "Body": b""}),
        ("list_objects_v2", {"Bucket": results, "Prefix": running.results_prefix}),
    ):
        with pytest.raises(ClientError) as refused:
            getattr(s3, operation)(**params)
        assert refused.value.response["Error"]["Code"] == "AccessDenied", (operation, params)
