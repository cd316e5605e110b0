"""Hostile texts wherever a page shows what somebody chose, in a real browser: no script of theirs runs, nothing is even tried."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page

from localaws.cloud import LocalCloud
from tests.support import people
from tests.support.hostile_texts import MARKUP
from tests.support.http import TINY, Api, fresh_key, reaches

WATCH = """
window.broken = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.broken.push(event.violatedDirective + " " + event.blockedURI);
});
"""
STATE = """[window.owned, document.title === "owned", window.broken,
document.querySelectorAll("[onerror], [onload], [onfocus], [hx-get='/logout']").length]"""
EVERYTHING = "\n\n".join(MARKUP.values())


@pytest.fixture
def admin(cloud: LocalCloud) -> Iterator[Api]:
    """An admin, whose announcement and settings are taken back afterwards."""
    from chalicelib.releases.models import Release

    name = people.fresh("hostile")
    people.join(name, "admins", MARKUP["script"])
    api = Api(cloud.portal_url, people.api_token(name))
    yield api
    api("PUT", "/announcement", {"title": "over", "is_shown": False})
    api("PUT", "/settings", {})
    Release("7.1.9").delete()


@pytest.fixture
def page(chromium: Browser, cloud: LocalCloud, admin: Api) -> Iterator[Page]:
    context = chromium.new_context(base_url=cloud.portal_url)
    context.add_init_script(WATCH)
    name, value = people.session_cookie(admin("GET", "/me").body["username"])
    context.add_cookies([{"name": name, "value": value, "url": cloud.portal_url}])
    yield context.new_page()
    context.close()


def notebook() -> dict[str, Any]:
    cells: list[dict[str, Any]] = [
        {"cell_type": kind, "id": f"{kind}{number}", "metadata": {}, "source": text}
        | ({"execution_count": None, "outputs": []} if kind == "code" else {})
        for number, text in enumerate(MARKUP.values())
        for kind in ("markdown", "code", "raw")
    ]
    return TINY | {"cells": cells}


def planted_things(api: Api) -> list[str]:
    """Makes things full of hostile texts; returns the pages that show them."""
    for text in MARKUP.values():
        if len(text) <= 100:
            assert api("POST", "/keys", {"title": text, "key": fresh_key()}).status == 201
            assert api("POST", "/tokens", {"name": text, "days": 7}).status == 201
    api("PUT", "/announcement", {"title": MARKUP["script"], "body": EVERYTHING, "is_markdown": True, "is_shown": True})
    api("PUT", "/settings", {"freeze_reason": MARKUP["end of an attribute"]})
    api("POST", "/releases", {"version": "7.1.9", "help_text": EVERYTHING[:300], "is_active": False})
    key, cluster = api("GET", "/keys").body["items"][0]["id"], api.launch(identifier="shown")
    reaches(api, f"/clusters/{cluster['id']}", "WAITING")
    job = api.schedule(
        f"hostile-{uuid4().hex[:8]}", description=EVERYTHING, parameters={"x": EVERYTHING[:900]},
        notebook={"name": f"{MARKUP['end of an attribute'].replace('/', '')}.ipynb", "content": notebook()},
    )  # fmt: skip
    name = job["notebook"]["name"]
    assert api("PATCH", f"/jobs/{job['id']}", {"notebook": {"name": name, "content": TINY}}).status == 200
    for thing, one in (("clusters", cluster), ("jobs", job)):
        api(
            "POST",
            f"/{thing}/{one['id']}/shares",
            {"kind": "group", "name": MARKUP["end of an attribute"], "level": "view"},
        )
    run = api("POST", f"/jobs/{job['id']}/run", {"parameters": {"y": EVERYTHING[:900]}}).body
    _tell_tales(cluster["id"], run, job["id"])
    me, at, of = api("GET", "/me").body["username"], f"/clusters/{cluster['id']}", f"/jobs/{job['id']}"
    return [
        "/", "/?scope=all", "/keys", f"/keys/{key}", f"/keys/{key}/delete", "/tokens", "/account", "/news", "/clusters/new",
        at, f"{at}/extend", f"{at}/shares", f"{at}/terminate", "/jobs/new", of, f"{of}/edit", f"{of}/shares", f"{of}/delete",
        f"{of}/notebooks/1/compare/2", f"/jobs/new?clone={job['id']}", f"/runs/{run['id']}", "/admin", "/admin/announcement",
        "/admin/settings", "/admin/audit", "/admin/releases/7.1.9", "/admin/users", f"/admin/users/{me}",
    ]  # fmt: skip


def _tell_tales(cluster_id: str, run: dict[str, Any], job_id: str) -> None:
    """What AWS and the notebook have the last word on: reasons, the diagnosis, names of files, the log."""
    from chalicelib.aws.clients import client
    from chalicelib.clusters.models import Cluster
    from chalicelib.core.config import settings
    from chalicelib.jobs.models import Job
    from chalicelib.runs.models import Run

    evidence = [{"source": text, "line": text} for text in MARKUP.values()]
    diagnosis = {"kind": "x", "side": "yours", "side_label": EVERYTHING, "summary": EVERYTHING, "paragraph": EVERYTHING}
    record = Run.get(run["id"])
    record.update(
        [Run.status_reason.set(EVERYTHING), Run.diagnosis.set(diagnosis | {"next_step": "x", "evidence": evidence})]
    )
    Cluster(cluster_id).update([Cluster.status_reason.set(EVERYTHING), Cluster.master_address.set(MARKUP["script"])])
    Job(job_id).update(
        [Job.pause_reason.set(EVERYTHING), Job.last_run_summary.set(EVERYTHING), Job.paused_by.set(MARKUP["a link"])]
    )
    for name in ("run.log", "notebook.html", *(f"{text}.txt".replace("/", "") for text in MARKUP.values())):
        client("s3").put_object(
            Bucket=settings().results_bucket, Key=record.results_prefix + name, Body=EVERYTHING.encode()
        )


def test_no_script_of_somebodys_runs_on_any_page(page: Page, admin: Api) -> None:
    pages: dict[str, Any] = {}
    for path in planted_things(admin):
        answer = page.goto(path)
        assert answer, path
        state = page.evaluate(STATE)
        if answer.status != 200 or state != [None, False, [], 0]:
            pages[path] = [answer.status, *state]
    assert pages == {}


def test_what_is_too_large_is_not_sent_and_not_lost(page: Page) -> None:
    page.goto("/admin/settings")
    tags = page.locator("#field-cost_tags")
    tags.evaluate("(field) => { field.value = 'ü'.repeat(3_000_000) }")
    button = page.get_by_role("button", name="Save settings")
    button.click()
    note = page.get_by_role("alert")
    note.wait_for()
    assert "This was not sent: it has" in note.inner_text()
    assert "Nothing you typed is lost" in note.inner_text()
    assert tags.evaluate("(field) => field.value.length") == 3_000_000
    assert button.is_enabled()


def test_what_is_too_long_for_its_field_is_not_sent_and_not_lost(page: Page) -> None:
    page.goto("/keys/new")
    page.get_by_label("Title").fill("laptop")
    key = page.get_by_label("Public key", exact=True)
    key.evaluate("(field) => { field.value = 'ü'.repeat(3_000_000) }")
    page.get_by_role("button", name="Add key").click()
    assert key.evaluate("(field) => field.validationMessage") == key.get_attribute("title")
    assert page.get_by_label("Title").input_value() == "laptop"
    key.fill(fresh_key())
    page.get_by_role("button", name="Add key").click()
    page.wait_for_url("**/keys/k-*")


def test_a_file_that_is_too_large_is_not_sent(page: Page) -> None:
    page.goto("/jobs/import")
    page.locator("input[type=file]").set_input_files(
        {"name": "jobs.json", "mimeType": "application/json", "buffer": b" " * 5_000_000}
    )
    page.get_by_role("button", name="Import").click()
    assert "it has 5.0 MB, and at most 4.4 MB are accepted" in page.get_by_role("alert").inner_text()
    assert page.url.endswith("/jobs/import")
