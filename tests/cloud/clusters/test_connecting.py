"""How people connect: the block of the page and the API's `connect` for each kind of site, and EMR's links to its own pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.request import urlopen

import pytest

from chalicelib.core import config
from localaws.cloud import LocalCloud
from localaws.emr.errors import EmrError
from localaws.emr.protocol import Params
from tests.support import people
from tests.support.faults import emr_answers, throttled
from tests.support.http import Api, reaches, until
from tests.support.settings import site_settings
from tests.support.visitor import Visitor

SITES: dict[str, dict[str, Any]] = {
    "session manager": {},
    "ssh": {"ssh_from": "10.0.0.0/8", "session_manager": False},
    "both": {"ssh_from": "10.0.0.0/8"},
    "private": {"emr_service_group": "sg-0cc"},
}


@contextmanager
def deployed(monkeypatch: pytest.MonkeyPatch, **changed: Any) -> Iterator[None]:
    """As if the deployment had other parameters."""
    made = replace(config.settings(), **changed)
    with monkeypatch.context() as patch:
        for module in ("chalicelib.clusters.schemas", "chalicelib.entrypoints.portal.clusters"):
            patch.setattr(f"{module}.settings", lambda: made)
        yield


def newcomer(cloud: LocalCloud) -> tuple[Visitor, Api]:
    name = people.fresh("ada")
    return people.signed_in(cloud, name), Api(cloud.portal_url, people.api_token(name))


@pytest.fixture(scope="module")
def ready(cloud: LocalCloud) -> tuple[Visitor, Api, dict[str, Any]]:
    """An owner's browser and API, and their cluster that is ready."""
    visitor, api = newcomer(cloud)
    record = reaches(api, f"/clusters/{api.launch()['id']}", "WAITING")
    return visitor, api, record


def test_the_record_says_how_to_connect(ready: tuple[Visitor, Api, dict[str, Any]], cloud: LocalCloud) -> None:
    _, api, record = ready
    connect = api("GET", f"/clusters/{record['id']}").body["connect"]
    machines = cloud.client("emr").list_instances(ClusterId=record["jobflow_id"], InstanceGroupTypes=["MASTER"])
    assert connect["session_manager"]["instance"] == machines["Instances"][0]["Ec2InstanceId"]
    assert connect["session_manager"]["jupyter"].endswith(
        f"portNumber=8888,localPortNumber={connect['ports']['jupyter']}"
    )
    assert connect["ssh"]["route"] == "session-manager"
    assert connect["apps"] == ["spark-history", "yarn"]
    assert connect["private"] is False


@pytest.mark.parametrize("kind", SITES)
def test_the_page_shows_what_works_on_this_site(
    kind: str, ready: tuple[Visitor, Api, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor, api, record = ready
    at = f"/clusters/{record['id']}"
    with deployed(monkeypatch, **SITES[kind]):
        page, connect = visitor.get(at), api("GET", at).body["connect"]
    session, ssh = connect["session_manager"], connect["ssh"]
    assert (session is None) == (kind == "ssh")
    assert ("AWS-StartPortForwardingSession" in page.text) == (session is not None)
    assert ("private subnet" in page.text) == (kind == "private") == connect["private"]
    assert ssh["route"] == ("direct" if "ssh_from" in SITES[kind] else "session-manager")
    for command in [*ssh["config"].splitlines(), ssh["shell"]]:
        assert command.strip() in page.text


def test_a_bastion_is_a_site_setting(ready: tuple[Visitor, Api, dict[str, Any]]) -> None:
    visitor, api, record = ready
    with site_settings(bastion="ada@jump.example.com"):
        assert api("GET", f"/clusters/{record['id']}").body["connect"]["ssh"]["route"] == "bastion"
        assert "ProxyJump ada@jump.example.com" in visitor.get(f"/clusters/{record['id']}").text


@pytest.mark.parametrize(
    ("app", "title"), [("spark-history", "Spark History Server"), ("yarn", "YARN ResourceManager")]
)
def test_a_click_opens_spark_s_and_yarn_s_pages(
    app: str, title: str, ready: tuple[Visitor, Api, dict[str, Any]]
) -> None:
    visitor, api, record = ready
    at = f"/clusters/{record['id']}/apps/{app}"
    links = [visitor.get(at, follow=False).headers["location"], api("GET", at).headers["location"]]
    assert len(set(links)) == 2, "each click has a link of its own"
    for link in links:
        with urlopen(link) as shown:
            assert f"{title} of {record['jobflow_id']}" in shown.read().decode()
    shown_entries = visitor.get(f"/clusters/{record['id']}").text
    assert shown_entries.count("Opened Spark." if app == "spark-history" else "Opened YARN.") == 2
    assert "authToken" not in shown_entries


def refusing(code: str, message: str) -> Callable[..., Params]:
    """For `emr_answers`: EMR makes no links."""

    def instead(operation: str, params: Params, really: Callable[[], Params]) -> Params:
        if "PresignedURL" in operation:
            raise EmrError(code, message)
        return really()

    return instead


def unready(operation: str, params: Params, really: Callable[[], Params]) -> Params:
    """For `emr_answers`: EMR still prepares the page."""
    return {"PresignedURLReady": False} if "PresignedURL" in operation else really()


@pytest.mark.parametrize(
    ("instead", "status", "words"),
    [
        (
            refusing("InvalidRequestException", "The UI is not available."),
            409,
            "EMR does not open this page: The UI is not",
        ),
        (refusing("ThrottlingException", "Rate exceeded"), 503, "AWS could not open this page just now."),
        (unready, 503, "EMR is preparing this page, which takes a minute the first time."),
    ],
)
def test_what_emr_refuses_is_said(
    instead: Callable[..., Params],
    status: int,
    words: str,
    cloud: LocalCloud,
    ready: tuple[Visitor, Api, dict[str, Any]],
) -> None:
    visitor, api, record = ready
    at = f"/clusters/{record['id']}/apps/yarn"
    with emr_answers(cloud, instead):
        refused, page = api("GET", at), visitor.get(at)
    assert refused.status == page.status == status
    assert words in refused.body["detail"]
    assert words in page.text


def test_a_page_that_there_is_not(ready: tuple[Visitor, Api, dict[str, Any]]) -> None:
    _, api, record = ready
    refused = api("GET", f"/clusters/{record['id']}/apps/hue")
    assert (refused.status, refused.body["detail"]) == (
        404,
        "There is no page of this name. Choose one of: spark-history, yarn.",
    )


def test_the_sweep_names_a_master_that_emr_was_too_busy_to_name(cloud: LocalCloud) -> None:
    def busy(operation: str, params: Params, really: Callable[[], Params]) -> Params:
        if operation == "ListInstances":
            raise throttled()
        return really()

    _, api = newcomer(cloud)
    at = f"/clusters/{api.launch()['id']}"
    with emr_answers(cloud, busy):
        record = reaches(api, at, "WAITING")
        assert record["connect"]["session_manager"] is None
    cloud.events.tick("sweep")
    assert until(lambda: api("GET", at).body["connect"]["session_manager"])["instance"].startswith("i-")


def test_after_its_end_emr_s_own_copies_are_shown(cloud: LocalCloud) -> None:
    visitor, api = newcomer(cloud)
    record = reaches(api, f"/clusters/{api.launch()['id']}", "WAITING")
    api("POST", f"/clusters/{record['id']}/terminate")
    ended = reaches(api, f"/clusters/{record['id']}", "TERMINATED")
    assert ended["connect"] is None
    at = f"/clusters/{record['id']}/apps/spark-history"
    with urlopen(visitor.get(at, follow=False).headers["location"]) as shown:
        assert "Spark History Server, kept by EMR" in shown.read().decode()
    cloud.clock.advance(days=31)
    refused = Api(cloud.portal_url, again(record["owner"]))("GET", at)
    assert (refused.status, refused.body["detail"]) == (409, "EMR keeps these pages for 30 days after a cluster's end.")


def again(username: str) -> str:
    """A token of somebody who has signed in once more: earlier ones end with their owner's absence."""
    people.join(username)
    return people.api_token(username)
