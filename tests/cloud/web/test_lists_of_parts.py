"""Lists of what belongs to a cluster, a job or a run: searched, sorted and paged over the API and on their pages alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.core import clock
from localaws.cloud import LocalCloud
from tests.support.http import TINY, Api
from tests.support.visitor import Visitor


@pytest.fixture
def owner(api: Callable[[str], Api]) -> str:
    name = f"parts-{uuid4().hex[:8]}"
    api(name)
    return name


def values(api: Api, path: str, name: str, query: str) -> list[Any]:
    answer = api("GET", f"{path}?{query}")
    assert answer.status == 200, answer.body
    return [item[name] for item in answer.body["items"]]


def paged(api: Api, path: str, name: str, query: str = "limit=2") -> list[Any]:
    """All pages of a list."""
    seen, page = [], api("GET", f"{path}?{query}").body
    while True:
        seen += [item[name] for item in page["items"]]
        if page["next"] is None:
            return seen
        page = api("GET", f"{path}?{query}&cursor={page['next']}").body


def test_shares(api: Callable[[str], Api], owner: str, signed_in: Callable[..., Visitor]) -> None:
    client = api(owner)
    job = client.schedule(f"job-{owner}")["id"]
    groups = [f"group-{number}-{owner}" for number in range(7)]
    for number, group in enumerate(groups):
        level = ("view", "change")[number % 2]
        assert client("POST", f"/jobs/{job}/shares", {"kind": "group", "name": group, "level": level}).status == 200
    path = f"/jobs/{job}/shares"
    assert paged(client, path, "name") == groups[::-1]
    assert values(client, path, "name", "q=group-3") == [groups[3]]
    assert values(client, path, "name", "level=change&sort=name") == groups[1::2]
    assert values(client, path, "name", "kind=person") == []
    page = signed_in(owner).get(f"{path}?q=group-3&sort=name")
    assert "1 share of 7 match" in page.text
    assert groups[3] in page.text
    assert groups[4] not in page.text
    assert "No shares match" in signed_in(owner).get(f"{path}?q=zzz").text


def test_versions_of_a_notebook(api: Callable[[str], Api], owner: str, signed_in: Callable[..., Visitor]) -> None:
    from chalicelib.notebooks.models import NotebookVersion

    client = api(owner)
    job = client.schedule(f"job-{owner}")["id"]
    first = NotebookVersion.get(job, 1)
    for number in range(2, 31):
        NotebookVersion(
            job, number, name=f"{'ab'[number % 2]}-{number}.ipynb", key=first.key, version=first.version, size=number,
            uploaded_by=owner, uploaded_at=first.uploaded_at + timedelta(hours=number),
        ).save()  # fmt: skip
    path = f"/jobs/{job}/notebooks"
    assert paged(client, path, "number", "limit=12") == list(range(30, 0, -1))
    assert values(client, path, "number", "q=b-17") == [17]
    assert values(client, path, "number", "q=a-&sort=-size&limit=2") == [30, 28]
    visitor = signed_in(owner)
    assert "All versions" in visitor.get(f"/jobs/{job}?tab=notebook").text
    page = visitor.get(path)
    assert "30: a-30.ipynb" in page.text
    assert f'href="{path}?cursor=25"' in page.html
    assert "2: a-2.ipynb" in visitor.get(f"{path}?cursor=25").text
    assert "1 version of 30 match" in visitor.get(f"{path}?q=b-17").text


@pytest.mark.parametrize("kind", ["jobs", "clusters"])
def test_what_happened(api: Callable[[str], Api], owner: str, signed_in: Callable[..., Visitor], kind: str) -> None:
    client = api(owner)
    made = client.schedule(f"job-{owner}") if kind == "jobs" else client.launch()
    path, reader = f"/{kind}/{made['id']}/audit", f"reader-{owner}"
    group = f"group-{owner}"
    client("POST", f"/{kind}/{made['id']}/shares", {"kind": "group", "name": group, "level": "view"})
    action = f"{kind[:-1]}.share"
    assert values(client, path, "action", f"q={group}") == [action]
    assert values(client, path, "action", f"action={action}&channel=api") == [action]
    assert values(client, path, "action", f"action={action}&channel=portal") == []
    assert values(client, path, "action", "until=2020-01-01") == []
    assert len(paged(client, path, "at", "limit=1")) >= 2
    page = signed_in(owner).get(f"{path}?q={group}")
    assert "1 record of" in page.text
    assert f"group {group}" in page.text
    shared = api(reader)
    client("POST", f"/{kind}/{made['id']}/shares", {"kind": "person", "name": reader, "level": "view"})
    assert values(shared, path, "action", f"q={group}") == []
    assert group not in signed_in(reader).get(f"{path}?action={action}").text


def test_files_of_a_run(
    cloud: LocalCloud, api: Callable[[str], Api], owner: str, signed_in: Callable[..., Visitor]
) -> None:
    from chalicelib.core.config import settings
    from chalicelib.jobs.models import Job
    from chalicelib.runs import factory
    from chalicelib.runs.models import Trigger

    client = api(owner)
    job = Job.get(client.schedule(f"job-{owner}", result_visibility="public")["id"], consistent_read=True)
    run = factory.of_job(job, f"r-{owner}", Trigger.MANUAL, clock.now(), clock.now())
    run.live, run.status, run.finished_at = None, "SUCCEEDED", clock.now()
    run.save()
    for name in ("files/march-1.csv", "files/march-2.csv", "files/may.csv", "run.log", "notebook.html"):
        cloud.client("s3").put_object(Bucket=settings().results_bucket, Key=run.results_prefix + name, Body=b"x")
    path = f"/runs/{run.id}/results"
    assert paged(client, path, "name") == sorted(
        ["files/march-1.csv", "files/march-2.csv", "files/may.csv", "run.log", "notebook.html"]
    )
    assert paged(client, path, "name", "q=MARCH&limit=1") == ["files/march-1.csv", "files/march-2.csv"]
    assert client("GET", f"{path}?sort=size").status == 422
    stranger = api(f"stranger-{owner}")
    answer = stranger("GET", f"{path}?q=run.log").body
    assert (answer["items"], answer["searched"]["records"]) == ([], 3)
    page = signed_in(owner).get(f"/runs/{run.id}/files?q=may")
    assert "1 file of 5 match" in page.text
    assert "march" not in page.text


def test_outcomes_of_slots(api: Callable[[str], Api], owner: str) -> None:
    from chalicelib.jobs.models import Job
    from chalicelib.runs import factory
    from chalicelib.runs.models import Trigger

    client, now = api(owner), clock.now().replace(microsecond=0)
    job = Job.get(client.schedule(f"job-{owner}")["id"], consistent_read=True)
    slots = [now - timedelta(days=number) for number in range(7, 0, -1)]
    for number, slot in enumerate(slots):
        run = factory.of_job(job, f"r-{owner}-{number}", Trigger.BACKFILL, slot, slot)
        run.slot, run.live, run.status = slot, None, ("FAILED", "SUCCEEDED")[number % 2]
        run.save()
    path, names = f"/jobs/{job.id}/slots", [f"r-{owner}-{number}" for number in range(7)]
    assert paged(client, path, "run") == names
    assert paged(client, path, "run", "status=SUCCEEDED&limit=2") == names[1::2]
    assert paged(client, path, "run", f"q={names[4]}") == [names[4]]
    span = f"from={clock.text(slots[2])}&to={clock.text(slots[4])}"
    assert paged(client, path, "run", f"{span}&limit=1") == names[2:5]
    assert client("GET", f"{path}?from=2026-12-01T00:00:00Z&to=2026-01-01T00:00:00Z").body["items"] == []
    assert client("GET", f"{path}?cursor=nonsense").status == 400


def test_releases(somebody: Api) -> None:
    every = values(somebody, "/releases", "version", "limit=100")
    assert paged(somebody, "/releases", "version", "limit=1") == every
    assert values(somebody, "/releases", "version", "sort=version") == every[::-1]
    assert values(somebody, "/releases", "version", f"q={every[0]}") == every[:1]
    experimental = values(somebody, "/releases", "version", "is_experimental=yes")
    assert sorted(experimental + values(somebody, "/releases", "version", "is_experimental=no")) == sorted(every)
    assert somebody("GET", "/releases?since=2026-01-01").status == 422
    assert somebody("GET", "/releases?is_experimental=perhaps").status == 422


def test_requests_of_more(api: Callable[[str], Api], owner: str, signed_in: Callable[..., Visitor]) -> None:
    client, last_day = api(owner), f"{clock.now() + timedelta(days=3):%F}"
    for number, limit in enumerate(("clusters", "jobs", "runs")):
        body = {"limit": limit, "most": 90_000 + number, "until": last_day, "reason": f"because-{number}"}
        assert client("POST", "/limits/requests", body).status == 201
    assert values(client, "/limits/requests", "limit", "limit=2") == ["runs", "jobs"]
    assert paged(client, "/limits/requests", "limit") == ["runs", "jobs", "clusters"]
    assert values(client, "/limits/requests", "limit", "q=because-1") == ["jobs"]
    assert values(client, "/limits/requests", "limit", "sort=most&status=open") == ["clusters", "jobs", "runs"]
    assert set(values(api("admin"), "/limits/requests", "limit", f"person={owner}")) == {"runs", "jobs", "clusters"}
    assert values(api(f"other-{owner}"), "/limits/requests", "limit", f"person={owner}") == []
    page = signed_in(owner).get("/limits?q=because-1")
    assert "1 request of 3 match" in page.text
    assert "because-2" not in page.text


def test_notebooks_are_restored_from_their_list(
    api: Callable[[str], Api], owner: str, signed_in: Callable[..., Visitor]
) -> None:
    client = api(owner)
    job = client.schedule(f"job-{owner}")["id"]
    client("PATCH", f"/jobs/{job}", {"notebook": {"name": "b.ipynb", "content": TINY}})
    visitor = signed_in(owner)
    page = visitor.get(f"/jobs/{job}/notebooks")
    assert f"/jobs/{job}/notebooks/1/restore" in page.html
