"""Everything that a deployment knows, exported and read into an empty one: people notice nothing."""

from __future__ import annotations

from typing import Any

import pytest
import urllib3

from chalicelib.archive import tables
from localaws.cloud import LocalCloud
from tests.cloud.operator.test_commands import ALL_LINES, Operator, payload_of
from tests.packaging.test_tables import models
from tests.support import people
from tests.support.clouds import one_cloud
from tests.support.http import Api, reaches

BUCKET, PLACE = "my-exports", "s3://my-exports/atmo-prod/2026-11-27"
SEEN = ("/jobs", "/runs", "/clusters", "/keys", "/me", "/tokens", "/announcement")
Objects = dict[str, bytes]


def all_of(operator: Operator, command: str) -> dict[str, Any]:
    """The command until it is done, as the page has it."""
    (fields,) = [payload_of(line) for line in ALL_LINES if f'"{command}"' in line]
    assert fields["place"] == PLACE
    answer = operator.result(command, place=PLACE)
    requests = 1
    while answer["next"]:
        answer, requests = operator.result(command, place=PLACE, cursor=answer["next"]), requests + 1
    assert requests > 1
    return dict(answer)


def seen(api: Api, run: str, job: str) -> dict[str, Any]:
    """What a person sees."""
    paths = [*SEEN, f"/runs/{run}", f"/jobs/{job}", f"/jobs/{job}/audit", f"/jobs/{job}/shares"]
    return {path: alike(api("GET", path).body) for path in paths}


def alike(body: Any) -> Any:
    """The same without the notebook's version in S3, which each bucket gives anew."""
    if isinstance(body, dict):
        return {name: alike(value) for name, value in body.items() if not (name == "version" and "number" in body)}
    return [alike(value) for value in body] if isinstance(body, list) else body


def lived_in(cloud: LocalCloud) -> tuple[str, str, str]:
    """A deployment with a bit of everything, at rest: a person's token, a run and a job."""
    people.join("alice")
    token = people.api_token("alice")
    api = Api(cloud.portal_url, token)
    cluster = api.launch()
    job = api.schedule("flights", webhook_url="https://hooks.example.com/a")
    api("POST", f"/jobs/{job['id']}/shares", {"kind": "group", "name": "science", "level": "view"})
    run = api("POST", f"/jobs/{job['id']}/run", {}).body["id"]
    reaches(api, f"/runs/{run}", "SUCCEEDED", seconds=60)
    api("POST", f"/clusters/{cluster['id']}/terminate")
    reaches(api, f"/clusters/{cluster['id']}", "TERMINATED")
    return token, run, job["id"]


def downloaded(cloud: LocalCloud) -> Objects:
    s3 = cloud.client("s3")
    listed = s3.list_objects_v2(Bucket=BUCKET)["Contents"]
    return {one["Key"]: s3.get_object(Bucket=BUCKET, Key=one["Key"])["Body"].read() for one in listed}


def with_bucket(cloud: LocalCloud, objects: Objects) -> Operator:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    for key, body in objects.items():
        s3.put_object(Bucket=BUCKET, Key=key, Body=body)
    return Operator(cloud)


@pytest.fixture
def no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each request does as little as it can."""
    from chalicelib.entrypoints.operator import data

    monkeypatch.setattr(data, "SECONDS", 0.0)
    monkeypatch.setattr("chalicelib.aws.items.PAGE", 3)


def test_everything_comes_back(no_time: None) -> None:
    with one_cloud(ExportBucket=BUCKET) as cloud:
        operator = with_bucket(cloud, {})
        token, run, job = lived_in(cloud)
        assert operator.refused("data.export", place=PLACE)["status"] == 409
        operator.result("freeze", reason="Moving")
        before = seen(Api(cloud.portal_url, token), run, job)
        exported = all_of(operator, "data.export")
        objects = downloaded(cloud)
        twice = [operator.result("data.export", place=PLACE, idempotency_key="K") for _ in range(2)]
        assert twice[0]["next"] == twice[1]["next"], "it is done again"
        assert operator.refused("data.export", place=f"{PLACE}-b", idempotency_key="K")["status"] == 409
    with one_cloud(ExportBucket=BUCKET) as cloud:
        operator = with_bucket(cloud, {})
        operator.result("freeze", reason="Moving")
        assert "no export here" in operator.refused("data.import", place=PLACE)["detail"]
        for key, body in objects.items():
            cloud.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body)
        imported = all_of(operator, "data.import")
        assert imported["items"]["jobs"] == exported["items"]["jobs"] == 1
        assert seen(Api(cloud.portal_url, token), run, job) == before
        again = all_of(operator, "data.import")
        assert set(again["items"]) == {"settings"}
        operator.result("thaw")
        api = Api(cloud.portal_url, token)
        second = api("POST", f"/jobs/{job}/run", {}).body["id"]
        reaches(api, f"/runs/{second}", "SUCCEEDED", seconds=60)
        url = {one["name"]: one["url"] for one in api("GET", f"/runs/{second}/results").body["items"]}
        assert all(urllib3.request("GET", one).status == 200 for one in url.values())


def test_every_table_is_exported_or_left_out_for_a_reason() -> None:
    exported = {tables.name_of(model) for model in tables.FORMATS}
    assert exported & set(tables.LEFT_OUT) == set()
    assert exported | set(tables.LEFT_OUT) == set(models())
    for model in tables.FORMATS:
        assert tables.hash_key(model)
        assert tables.upgraded(model, tables.FORMATS[model] + 1, {}) is None
