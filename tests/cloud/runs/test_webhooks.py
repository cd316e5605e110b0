"""Webhooks through the front door: received by a real server, signed, tried again, given up."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

from localaws.cloud import LocalCloud
from tests.cloud.runs.test_alerts import OVER, alerting, failed
from tests.support.http import Api, reaches, until
from tests.support.sweeps import sweep
from tests.support.visitor import Visitor
from tests.support.webhook_receiver import receiver, verified

SECRET = "https://hooks.example.com/services/s3cret"


def deliveries(api: Api, job: Any) -> list[Any]:
    items: list[Any] = api("GET", f"/jobs/{job['id']}/deliveries").body["items"]
    return items


def has_outcome(api: Api, job: Any, outcome: str) -> bool:
    return bool(deliveries(api, job)[0]["outcome"] == outcome)


def test_a_webhook_is_told_what_mails_tell_and_can_verify_it(cloud: LocalCloud, somebody: Api) -> None:
    with receiver() as hook:
        job = alerting(somebody, webhook_url=hook.url, retries=1, retry_delay=1)
        secret = job["webhook_secret"]
        second, first = failed(cloud, somebody, job)
        until(lambda: hook.received)
        assert hook.events == ["run.failed"]
        headers, raw = hook.received[0]
        assert verified(secret, headers, raw)
        assert not verified(secret + "x", headers, raw)
        assert not verified(secret, headers, raw + b" ")
        body = hook.body(0)
        assert (body["run"]["id"], body["run"]["attempt"], body["run"]["attempts"]) == (second["id"], 2, 2)
        assert (body["run"]["first_run"], body["status"]) == (first["id"], "FAILED")
        assert (headers["Atmo-Delivery"], headers["Atmo-Event"]) == (body["id"], "run.failed")
        assert body["links"]["run"] == f"{cloud.portal_url}/runs/{second['id']}"
        run = somebody("POST", f"/jobs/{job['id']}/run", {}).body
        assert reaches(somebody, f"/runs/{run['id']}", *OVER)["status"] == "SUCCEEDED"
        until(lambda: hook.events == ["run.failed", "job.recovered"])
        assert [delivery["outcome"] for delivery in until(lambda: received(somebody, job, 2))] == ["200 OK", "200 OK"]
    assert "webhook_secret" not in somebody("GET", f"/jobs/{job['id']}").body


def received(api: Api, job: Any, count: int) -> list[Any]:
    sent = deliveries(api, job)
    return sent if [one["received_at"] for one in sent].count(None) == len(sent) - count else []


def test_a_webhook_that_fails_or_redirects_is_tried_again_until_it_answers(cloud: LocalCloud, somebody: Api) -> None:
    with receiver(500, 302) as hook:
        job = alerting(somebody, webhook_url=hook.url)
        failed(cloud, somebody, job)
        until(lambda: deliveries(somebody, job) and deliveries(somebody, job)[0]["outcome"])
        assert deliveries(somebody, job)[0]["outcome"] == "500 Internal Server Error"
        renewed = somebody("POST", f"/jobs/{job['id']}/webhook-secret").body["webhook_secret"]
        for minutes, outcome in ((5, "302 Found"), (10, "200 OK")):
            sweep(cloud)  # too early: nothing is sent
            cloud.clock.advance(minutes=minutes)
            sweep(cloud)
            until(partial(has_outcome, somebody, job, outcome))
        cloud.clock.advance(minutes=60)
        sweep(cloud)
        assert hook.events == ["run.failed"] * 3
        assert len({headers["Atmo-Delivery"] for headers, _ in hook.received}) == 1
        assert [verified(renewed, *sent) for sent in hook.received] == [False, True, True]


def test_a_webhook_that_never_answers_is_given_up(cloud: LocalCloud, somebody: Api) -> None:
    job = alerting(somebody, webhook_url="http://localhost:9/atmo")
    failed(cloud, somebody, job)
    until(lambda: deliveries(somebody, job) and deliveries(somebody, job)[0]["outcome"])
    for _ in range(8):
        cloud.clock.advance(hours=6)
        sweep(cloud)
    (given_up,) = deliveries(somebody, job)
    assert (given_up["attempts"], given_up["outcome"], given_up["received_at"]) == (8, "no connection", None)
    assert given_up["given_up_at"]


def test_what_is_no_web_address_is_refused(somebody: Api) -> None:
    job = alerting(somebody)
    refused = somebody("PATCH", f"/jobs/{job['id']}", {"webhook_url": "ftp://localhost/"})
    assert refused.status == 422
    assert refused.body["errors"][0]["field"] == "webhook_url"
    assert somebody("POST", f"/jobs/{job['id']}/webhook-secret").status == 409
    changed = somebody("PATCH", f"/jobs/{job['id']}", {"webhook_url": "https://hooks.example.com/x"}).body
    assert changed["webhook_url"] == "https://hooks.example.com/x"
    assert somebody("PATCH", f"/jobs/{job['id']}", {"webhook_url": None}).body["webhook_url"] is None


def test_where_it_leads_is_shown_to_its_owner_and_to_nobody_it_is_shared_with(
    api: Callable[[str], Api], signed_in: Callable[..., Visitor]
) -> None:
    owner, name = api("wilma"), "walter"
    reader, page = api(name), signed_in(name)
    job = owner.schedule(f"job-{uuid4().hex[:8]}", webhook_url=SECRET)
    path = f"/jobs/{job['id']}"
    for level in ("view", "change", "delete"):
        assert owner("POST", f"{path}/shares", {"kind": "person", "name": name, "level": level}).status in (200, 201)
        (listed,) = reader("GET", "/jobs?scope=shared").body["items"]
        assert (reader("GET", path).body["webhook_url"], listed["webhook_url"]) == (None, None)
        pages = [f"{path}/export?notebook=no", f"/jobs/new?clone={job['id']}", path]
        texts = [str(reader("GET", pages[0]).body), *(page.get(path).html for path in pages)]
        assert [SECRET in text for text in texts] == [False] * 4, level
    assert owner("GET", path).body["webhook_url"] == SECRET
