"""Private results are for their owner and maintainers; public ones for whoever knows the run's address, as far as they go."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
import urllib3

from chalicelib.jobs.models import Visibility
from localaws.cloud import LocalCloud
from tests.cloud.operator.test_commands import Operator
from tests.support.http import HTTP_TIMEOUT, TINY, Api, reaches
from tests.support.visitor import Visitor


@pytest.fixture(scope="module")
def owner(cloud: LocalCloud) -> Api:
    from chalicelib.core import clock
    from chalicelib.identity import tokens, users
    from chalicelib.identity.person import Person

    now, secret = clock.now(), tokens.new_secret()
    users.remember(Person("vera", "vera@example.org"), now)
    tokens.issue("vera", "test", now + timedelta(days=365), now, "write", secret)
    return Api(cloud.portal_url, secret)


SOURCE, PARAMETER, SHOWN = "the_secret_source", "the-secret-parameter", "what the cell showed"
NOTEBOOK = TINY | {
    "cells": [
        {"cell_type": "code", "id": "p", "metadata": {"tags": ["parameters"]}, "execution_count": None, "outputs": [],
         "source": "password = ''"},
        {"cell_type": "code", "id": "a", "metadata": {}, "execution_count": None, "outputs": [],
         "source": f"{SOURCE} = 'what the cell' + ' showed'\nprint({SOURCE})\nopen('table.csv', 'w').write('1')"},
    ]
}  # fmt: skip
VISIBILITIES = [str(visibility) for visibility in Visibility]


@pytest.fixture(scope="module")
def runs(owner: Api) -> dict[str, Any]:
    """A finished run by its job's visibility."""
    runs = {}
    for visibility in VISIBILITIES:
        job = owner.schedule(
            f"job-{uuid4().hex[:8]}", result_visibility=visibility, parameters={"password": PARAMETER},
            notebook={"name": "n.ipynb", "content": NOTEBOOK},
        )  # fmt: skip
        run = owner("POST", f"/jobs/{job['id']}/run", {}).body
        runs[visibility] = reaches(owner, f"/runs/{run['id']}", "SUCCEEDED", "FAILED")
        assert runs[visibility]["status"] == "SUCCEEDED", runs[visibility]["status_reason"]
    return runs


def visit(cloud: LocalCloud, path: str) -> urllib3.BaseHTTPResponse:
    return urllib3.request("GET", cloud.portal_url + path, redirect=False, retries=False, timeout=HTTP_TIMEOUT)


def pages(run: Any, cloud: LocalCloud) -> dict[str, urllib3.BaseHTTPResponse]:
    """Everything that anybody can ask about a run, without signing in, by its address."""
    files = ("notebook.ipynb", "notebook.html", "run.log", "outcome.json", "report.html", "files/table.csv")
    addresses = [
        f"{prefix}/runs/{run['id']}{rest}"
        for prefix, rests in (("", ("", "/notebook", "/log", "/source")), ("/api/v1", ("", "/results")))
        for rest in (*rests, *(f"/files/{quote(name, safe='')}" for name in files))
    ]
    return {address: visit(cloud, address) for address in addresses}


def is_answered(answer: urllib3.BaseHTTPResponse) -> bool:
    """Whether it shows something or leads to a file, rather than to the sign-in."""
    return answer.status < 400 and not answer.headers.get("location", "").startswith("/login")


def content(answer: urllib3.BaseHTTPResponse) -> str:
    """What an answer says, and what it leads to in S3."""
    if answer.status in (302, 303):
        return urllib3.request("GET", answer.headers["location"], timeout=HTTP_TIMEOUT).data.decode()
    return answer.data.decode()


def test_what_anybody_reads(cloud: LocalCloud, runs: dict[str, Any]) -> None:
    """At every address: nothing of a private run, no source, parameter or log of one with public results."""
    for visibility, run in runs.items():
        answers = pages(run, cloud)
        open_addresses = {address for address, answer in answers.items() if is_answered(answer)}
        contents = "".join(content(answers[address]) for address in open_addresses)
        ends = {address.partition(run["id"])[2] for address in open_addresses}
        if visibility == Visibility.PRIVATE:
            assert open_addresses == set()
        elif visibility == Visibility.PUBLIC:
            assert ends == {"", "/notebook", "/results", "/files/report.html", "/files/files%2Ftable.csv"}
            assert not any(word in contents for word in (SOURCE, PARAMETER, "run.log", str(run["jobflow_id"])))
            assert SHOWN in contents
        else:
            assert {"/log", "/source", "/files/notebook.ipynb", "/files/run.log"} <= ends
            assert all(word in contents for word in (SOURCE, PARAMETER, SHOWN))


@pytest.mark.parametrize("path", ["/runs/{}", "/runs/{}/notebook"])
def test_a_private_run_asks_to_sign_in_like_one_that_does_not_exist(
    cloud: LocalCloud, runs: dict[str, Any], path: str
) -> None:
    for run_id in (runs["private"]["id"], "r-nothing"):
        answer = visit(cloud, path.format(run_id))
        assert answer.status == 303
        assert answer.headers["location"].startswith("/login?next=")


def test_a_strangers_page_offers_nothing(cloud: LocalCloud, runs: dict[str, Any]) -> None:
    page = visit(cloud, f"/runs/{runs['public']['id']}").data
    assert not any(word in page for word in (b"/cancel", b"console.aws", b"/withdraw", b"/source", b'/log"'))


def test_over_the_api(runs: dict[str, Any], api: Callable[[str], Api]) -> None:
    stranger, public, private = api(f"stranger-{uuid4().hex[:6]}"), runs["public"]["id"], runs["private"]["id"]
    record = stranger("GET", f"/runs/{public}").body
    assert (record["parameters"], record["jobflow_id"], record["status"]) == ({}, None, "SUCCEEDED")
    names = {item["name"] for item in stranger("GET", f"/runs/{public}/results").body["items"]}
    assert names == {"report.html", "files/table.csv"}
    assert stranger("POST", f"/runs/{public}/cancel").status == 404
    assert stranger("GET", f"/runs/{private}").status == 404
    assert stranger("GET", f"/runs/{private}/results").status == 404


def published(owner: Api) -> tuple[str, str]:
    """A job with public results, and a run of it that is over."""
    job = owner.schedule(f"job-{uuid4().hex[:8]}", result_visibility="public")["id"]
    run = owner("POST", f"/jobs/{job}/run", {}).body["id"]
    reaches(owner, f"/runs/{run}", "SUCCEEDED")
    return job, run


@pytest.mark.parametrize(
    "how", ["the job is made private", "the job is deleted", "the run is made private", "operator"]
)
def test_publishing_is_undone(cloud: LocalCloud, owner: Api, how: str) -> None:
    job, run = published(owner)
    assert visit(cloud, f"/runs/{run}").status == 200
    if how == "the job is made private":
        owner("PATCH", f"/jobs/{job}", {"result_visibility": "private"})
    elif how == "the job is deleted":
        owner("DELETE", f"/jobs/{job}")
    elif how == "the run is made private":
        assert owner("POST", f"/runs/{run}/withdraw").status == 200
        assert owner("POST", f"/runs/{run}/withdraw").status == 200
    else:
        Operator(cloud).result("jobs.withdraw", job=job)
    assert not any(is_answered(answer) for answer in pages({"id": run}, cloud).values())
    assert owner("GET", f"/runs/{run}").status == 200


def test_only_owners_publish(owner: Api, api: Callable[[str], Api], signed_in: Callable[..., Visitor]) -> None:
    """With whom a job is shared for changing may change the rest, and sees neither the webhook's address nor its secret."""
    bob = f"bob-{uuid4().hex[:8]}"
    changer = api(bob)
    address = "https://hooks.example.org/secret-path"
    job = owner.schedule(f"job-{uuid4().hex[:8]}", webhook_url=address)["id"]
    owner("POST", f"/jobs/{job}/shares", {"kind": "person", "name": bob, "level": "delete"})
    for changes in (
        {"result_visibility": "public"},
        {"webhook_url": "https://evil.example.org/"},
        {"webhook_url": None},
    ):
        assert changer("PATCH", f"/jobs/{job}", changes).status == 403
    assert changer("POST", f"/jobs/{job}/webhook-secret").status == 403
    assert "secret-path" not in str(changer("GET", f"/jobs/{job}").body)
    visitor = signed_in(bob)
    form = visitor.get(f"/jobs/{job}/edit")
    assert "secret-path" not in form.html
    assert "result_visibility" not in form.html
    visitor.send(form, "/edit", description="Bob was here.")
    after = owner("GET", f"/jobs/{job}").body
    assert (after["description"], after["webhook_url"], after["result_visibility"]) == (
        "Bob was here.",
        address,
        "private",
    )
    assert changer("POST", f"/jobs/{job}/run").status == 202
