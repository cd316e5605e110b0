"""Every function with an event that it has something to do for, so that its first answer is a real one."""

from __future__ import annotations

import json
from base64 import b64encode
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from localaws.api_tokens import seed
from localaws.cloud import LocalCloud

ROWS = 40
"""Of the dashboard: a page of clusters and one of jobs."""
NOTEBOOK = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}


@dataclass(frozen=True)
class Cold:
    """One cold start to measure: the function by its logical id in the template, and the event it is sent."""

    label: str
    function: str
    event: dict[str, Any]


def request(path: str, **headers: str) -> dict[str, Any]:
    """What API Gateway sends for a GET."""
    return {
        "requestContext": {
            "httpMethod": "GET",
            "resourcePath": path,
            "path": path,
            "identity": {"sourceIp": "127.0.0.1"},
        },
        "headers": {"host": "localhost", **headers},
        "multiValueHeaders": {},
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
    }


def scheduled() -> dict[str, Any]:
    """What EventBridge sends each minute."""
    return event("Scheduled Event", "aws.events", {})


def event(kind: str, source: str, detail: dict[str, Any]) -> dict[str, Any]:
    """An event of EventBridge."""
    head = {"version": "0", "id": "e-1", "account": "123456789012", "region": "us-east-1", "resources": []}
    return {**head, "detail-type": kind, "source": source, "time": f"{datetime.now(UTC):%FT%TZ}", "detail": detail}


class Person:
    """Somebody who has a cluster that starts and a run that is queued, made through the API."""

    def __init__(self, cloud: LocalCloud, name: str) -> None:
        self._cloud, self._name = cloud, name
        self.token = seed(cloud.folder / "tokens.json", cloud.clock.now())[name]

    def post(self, path: str, **body: Any) -> Any:
        """What the API answers.

        Raises:
            SystemExit: it refused.
        """
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        with closing(HTTPConnection(urlsplit(self._cloud.portal_url).netloc, timeout=30)) as connection:
            connection.request("POST", f"/api/v1{path}", json.dumps(body), headers)
            answer = connection.getresponse()
            record = json.loads(answer.read())
        if answer.status >= 300:
            raise SystemExit(f"POST {path}: {record}")
        return record

    def key(self) -> str:
        """The id of the person's SSH key."""
        key = "ssh-ed25519 " + b64encode(b"\0\0\0\x0bssh-ed25519\0\0\0 " + bytes(range(32))).decode()
        return str(self.post("/keys", title="bench", key=key)["id"])

    def cluster(self) -> str:
        """The id of a cluster of one node."""
        made = self.post("/clusters", size=1, lifetime=8, ssh_key=self.key(), emr_release="7.10.0")
        return str(made["id"])

    def run(self) -> str:
        """The id of a run of a job that has no slot for a year."""
        return str(self.post(f"/jobs/{self.job()}/run")["id"])

    def job(self) -> str:
        """The id of a job that has no slot for a year."""
        job = self.post(
            "/jobs", identifier="bench", description="Measured.", notebook={"name": "n.ipynb", "content": NOTEBOOK},
            result_visibility="private", size=1, schedule="0 0 1 1 *", timezone="UTC", job_timeout=2,
            start_date=f"{datetime.now(UTC):%FT%TZ}", emr_release="7.10.0",
        )  # fmt: skip
        return str(job["id"])

    def cookie(self) -> str:
        """The cookie of a browser that has signed in."""
        from chalicelib.identity import sessions
        from chalicelib.web import auth

        return f"{auth.cookie_name()}={sessions.begin(self._name, self._cloud.clock.now())}"


def cold_starts(cloud: LocalCloud) -> list[Cold]:
    """All eight functions; the portal's by its dashboard, by a list of the API and by the page for everybody."""
    person = Person(cloud, "alice")
    cookie, cluster, run = person.cookie(), person.cluster(), person.run()
    change = {"clusterId": "j-0000000000000", "name": "elsewhere", "state": "RUNNING", "severity": "INFO"}
    return [
        Cold("portal, dashboard", "APIHandler", request("/", cookie=cookie)),
        Cold("portal, welcome", "APIHandler", request("/")),
        Cold("portal, API", "APIHandler", request("/api/v1/jobs", authorization=f"Bearer {person.token}")),
        Cold("dispatch", "Dispatch", scheduled()),
        Cold("sweep", "Sweep", scheduled()),
        Cold("on_emr_event", "OnEmrEvent", event("EMR Cluster State Change", "aws.emr", change)),
        Cold("cluster_task", "ClusterTask", {"task": "decide", "cluster_id": cluster}),
        Cold("run_task", "RunTask", {"task": "decide", "run_id": run}),
        Cold("run_credentials", "RunCredentials", {"run": run, "token": "wrong"}),
        Cold("operator", "Operator", {"command": "releases.list", "operator": "bench"}),
    ]


def dashboards(cloud: LocalCloud) -> list[Cold]:
    """A full page of clusters and jobs, by bare Chalice and by the portal."""
    person = Person(cloud, "bob")
    cookie = person.cookie()
    _fill("bob", cloud.clock.now())
    return [
        Cold("bare Chalice", "Floor", request("/dashboard", cookie=cookie)),
        Cold("portal", "APIHandler", request("/", cookie=cookie)),
    ]


def _fill(owner: str, now: datetime) -> None:
    from chalicelib.clusters.models import Cluster
    from chalicelib.jobs.models import Job

    for number in range(ROWS // 2):
        made = now - timedelta(minutes=number)
        common: dict[str, Any] = {
            "identifier": f"daily-active-users-{number}", "owner": owner, "owner_email": f"{owner}@example.org",
            "size": 2, "emr_release": "7.10.0", "created_at": made,
        }  # fmt: skip
        Cluster(
            f"c-{number:016}", name="bench", owner_state=f"{owner}#active", lifetime=8, ssh_key="k-1", public_key="",
            status="WAITING", expires_at=now + timedelta(days=1), started_at=made, ready_at=made, **common,
        ).save()  # fmt: skip
        Job(
            f"j-{number:016}", description="Counts them.", notebook_name="n.ipynb", notebook_key="n.ipynb", notebook_version="1",
            result_visibility="private", schedule="daily", timezone="UTC", start_date=made, job_timeout=24, modified_at=made,
            next_run_at=now + timedelta(days=1), last_run=f"r-{number}", last_run_at=made, last_run_status="SUCCEEDED", **common,
        ).save()  # fmt: skip
