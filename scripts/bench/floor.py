"""The least that a function of this kind costs: a bare Chalice application that asks DynamoDB by boto3.

The dashboard asks what ours asks, session, person, clusters and jobs, and loops over the answers with plain Jinja.
"""

import hashlib
import os
from functools import cache
from typing import Any

import boto3
from chalice.app import Chalice, Response

app = Chalice(app_name="floor")

PAGE = """<!doctype html><title>Dashboard</title><p>{{ user.username.S }}</p>
<table>{% for cluster in clusters %}<tr><td><a href="/clusters/{{ cluster.id.S }}">{{ cluster.identifier.S }}</a></td>
<td>{{ cluster.status.S }}</td><td>{{ cluster.size.N }}</td><td>{{ cluster.emr_release.S }}</td>
<td>{{ cluster.created_at.S }}</td><td>{{ cluster.expires_at.S }}</td></tr>{% endfor %}</table>
<table>{% for job in jobs %}<tr><td><a href="/jobs/{{ job.id.S }}">{{ job.identifier.S }}</a></td>
<td><a href="/runs/{{ job.last_run.S }}">{{ job.last_run_status.S }}</a> {{ job.last_run_at.S }}</td>
<td>{{ job.next_run_at.S }}</td><td>{{ job.schedule.S }}</td><td>{{ job.size.N }}</td></tr>{% endfor %}</table>"""


@cache
def client() -> Any:
    return boto3.client("dynamodb")


@app.route("/")
def index() -> dict[str, int]:
    """One call, as small as calls are."""
    client().list_tables(Limit=1)
    return {"status": 200}


@cache
def page() -> Any:
    from jinja2 import Environment

    return Environment(autoescape=True).from_string(PAGE)


def find(table: str, key: str, value: str) -> Any:
    """A record by its key."""
    name = os.environ["TABLE_PREFIX"] + table
    return client().get_item(TableName=name, Key={key: {"S": value}}, ConsistentRead=True)["Item"]


def newest(table: str, index: str, key: str, value: str) -> Any:
    """The newest twenty records of an index."""
    return client().query(
        TableName=os.environ["TABLE_PREFIX"] + table, IndexName=index, KeyConditionExpression="#key = :value",
        ExpressionAttributeNames={"#key": key}, ExpressionAttributeValues={":value": {"S": value}},
        ScanIndexForward=False, Limit=20,
    )["Items"]  # fmt: skip


@app.route("/dashboard")
def dashboard() -> Response:
    """Clusters and jobs of whoever has signed in."""
    headers = app.current_request.headers if app.current_request else {}
    secret = headers["cookie"].partition("=")[2]
    session = find("sessions", "digest", hashlib.sha256(secret.encode()).hexdigest())
    user = find("users", "username", session["username"]["S"])
    clusters = newest("clusters", "by_owner_state", "owner_state", user["username"]["S"] + "#active")
    jobs = newest("jobs", "by_owner", "owner", user["username"]["S"])
    return Response(page().render(user=user, clusters=clusters, jobs=jobs), headers={"Content-Type": "text/html"})
