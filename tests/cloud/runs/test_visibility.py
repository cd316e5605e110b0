"""Private results are for their owner and maintainers; public ones for whoever knows the run's address."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
import urllib3

from localaws.cloud import LocalCloud
from tests.support.http import PATIENCE, Api, reaches


@pytest.fixture(scope="module")
def owner(cloud: LocalCloud) -> Api:
    from chalicelib.core import clock
    from chalicelib.identity import tokens, users
    from chalicelib.identity.person import Person

    now, secret = clock.now(), tokens.new_secret()
    users.remember(Person("vera", "vera@example.org"), now)
    tokens.issue("vera", "test", now + timedelta(days=365), now, "write", secret)
    return Api(cloud.portal_url, secret)


@pytest.fixture(scope="module")
def runs(owner: Api) -> dict[str, str]:
    """The id of a finished run by its job's visibility."""
    found = {}
    for visibility in ("private", "public"):
        job = owner.schedule(f"job-{uuid4().hex[:8]}", result_visibility=visibility)
        run = owner("POST", f"/jobs/{job['id']}/run", {}).body
        found[visibility] = reaches(owner, f"/runs/{run['id']}", "SUCCEEDED")["id"]
    return found


def visit(cloud: LocalCloud, path: str) -> urllib3.BaseHTTPResponse:
    return urllib3.request("GET", cloud.portal_url + path, redirect=False, retries=False, timeout=PATIENCE)


def test_a_public_run_is_read_without_signing_in(cloud: LocalCloud, runs: dict[str, str]) -> None:
    page = visit(cloud, f"/runs/{runs['public']}")
    assert page.status == 200
    assert b"notebook.html" in page.data
    assert b"/cancel" not in page.data
    assert b"console.aws" not in page.data
    assert b"hello" in visit(cloud, f"/runs/{runs['public']}/notebook").data


@pytest.mark.parametrize("path", ["/runs/{}", "/runs/{}/notebook"])
def test_a_private_run_asks_to_sign_in_like_one_that_does_not_exist(
    cloud: LocalCloud, runs: dict[str, str], path: str
) -> None:
    for run_id in (runs["private"], "r-nothing"):
        answer = visit(cloud, path.format(run_id))
        assert answer.status == 303
        assert answer.headers["location"].startswith("/login?next=")


def test_over_the_api(runs: dict[str, str], api: Callable[[str], Api]) -> None:
    stranger = api(f"stranger-{uuid4().hex[:6]}")
    assert stranger("GET", f"/runs/{runs['public']}").status == 200
    assert stranger("GET", f"/runs/{runs['public']}/results").body["items"]
    assert stranger("POST", f"/runs/{runs['public']}/cancel").status == 404
    assert stranger("GET", f"/runs/{runs['private']}").status == 404
    assert stranger("GET", f"/runs/{runs['private']}/results").status == 404
