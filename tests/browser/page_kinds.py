"""One page of every kind, each with something on it: what is looked at in every theme and at every width."""

from __future__ import annotations

import json
from typing import Any

from localaws.cloud import LocalCloud
from tests.support import people
from tests.support.http import RELEASE, TINY, Api, reaches

WRONG: dict[str, Any] = json.loads(json.dumps(TINY))
WRONG["cells"][0]["source"] = "answer = {}\n" + f"answer['{'a-long-name-' * 12}']"


def an_admin(cloud: LocalCloud) -> tuple[str, Api]:
    """Somebody new who may see every page, and the API as they use it."""
    username = people.fresh("everyone")
    people.join(username, "admins")
    return username, Api(cloud.portal_url, people.api_token(username))


def page_kinds(username: str, api: Api) -> list[str]:
    """The paths of the pages, of things that this person has by now: clusters, a job and its runs, a key, a file for others."""
    cluster = api.launch(identifier="a-" + "very-long-" * 9 + "name")
    failing = api.schedule(
        "fails-" + cluster["id"].removeprefix("c-"), notebook={"name": "wrong.ipynb", "content": WRONG}
    )
    job = api.schedule("job-" + cluster["id"].removeprefix("c-"), schedule="0 6 * * 1-5")
    failed = api("POST", f"/jobs/{failing['id']}/run").body["id"]
    run = api("POST", f"/jobs/{job['id']}/run").body["id"]
    reaches(api, f"/clusters/{cluster['id']}", "WAITING")
    ended = api.launch()
    api("POST", f"/clusters/{ended['id']}/terminate")
    reaches(api, f"/clusters/{ended['id']}", "TERMINATED")
    key = api("GET", "/keys").body["items"][0]["id"]
    reaches(api, f"/runs/{failed}", "FAILED", seconds=90)
    reaches(api, f"/runs/{run}", "SUCCEEDED", seconds=90)
    again = api("POST", f"/jobs/{job['id']}/run").body["id"]
    reaches(api, f"/runs/{again}", "SUCCEEDED", seconds=90)
    return [
        "/", "/?scope=all", "/account", "/news", "/api-reference", "/costs", "/limits", "/tokens",
        "/keys", "/keys/new", f"/keys/{key}", f"/keys/{key}/delete",
        "/clusters", "/clusters/new",
        *_below(f"/clusters/{cluster['id']}", "", "extend", "terminate", "audit", "shares", "transfer"),
        f"/clusters/{ended['id']}", "/clusters/c-none",
        "/jobs", "/jobs?q=job&sort=identifier", "/jobs/new", "/jobs/import", f"/jobs/{failing['id']}",
        *_below(f"/jobs/{job['id']}", *(f"?tab={tab}" for tab in ("results", "notebook", "logs", "runs", "audit"))),
        f"/jobs/{job['id']}?tab=runs&compare=yes",
        *_below(f"/jobs/{job['id']}", "edit", "delete", "backfill", "notebooks", "deliveries", "audit", "shares", "transfer"),
        "/runs", f"/runs/{failed}", f"/runs/{run}", f"/runs/{run}/log", f"/runs/{run}/files", f"/runs/{run}/compare/{again}",
        "/admin", "/admin/announcement", "/admin/audit", "/admin/budgets", "/admin/limits", "/admin/reconciliation",
        "/admin/releases/new", f"/admin/releases/{RELEASE}", "/admin/settings", "/admin/stop", "/admin/users",
        f"/admin/users/{username}",
    ]  # fmt: skip


def _below(place: str, *names: str) -> list[str]:
    return [place + ("" if not name or name.startswith("?") else "/") + name for name in names]
