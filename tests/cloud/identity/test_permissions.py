"""Every route of portal and API, asked for by every kind of person: what happens is what docs/permissions.md says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from itertools import count, pairwise
from typing import Any
from uuid import uuid4

import pytest
import urllib3

from chalicelib.identity import permissions
from chalicelib.identity.permissions import ACTIONS, SHARE_ROLES, Role
from docs import permissions as documented
from localaws.cloud import LocalCloud
from tests.support import people
from tests.support.http import HTTP_TIMEOUT, fresh_key

PAGE = documented.PAGE.read_text()
ROUTES = sorted(set(documented.routes()))
PEOPLE = (
    "nobody", "stranger", "viewer", "changer", "deleter", "receiver", "in a group that may view",
    "cluster maintainer", "job maintainer", "admin", "owner", "owner whose token may only read",
)  # fmt: skip
READER = PEOPLE[-1]
GROUPS = {
    "cluster maintainer": ("cluster-maintainers",), "job maintainer": ("job-maintainers",), "admin": ("admins",),
    "in a group that may view": ("science",),
}  # fmt: skip
REFUSALS = (
    "There is no such cluster", "There is no such job", "There is no such run", "There is no such SSH key",
    "There is nothing at this address", "who has not given you permission for this",
    "This API token may only read", "Sign in to see this run",
)  # fmt: skip
_numbers = count(1)


@cache
def rows() -> dict[str, set[Role]]:
    """The page's table of actions: who may, by action."""
    commands = {}
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if re.fullmatch(r"`[a-z]+\.[a-z-]+`", cells[0]) and len(cells) == len(Role) + 2:
            marked = zip(Role, cells[1:-1], strict=True)
            commands[cells[0].strip("`")] = {word for word, mark in marked if mark == documented.YES}
    return commands


def test_the_page_is_up_to_date() -> None:
    assert documented.written(PAGE) == PAGE, "Run `make docs`."
    assert set(rows()) == set(ACTIONS)


def test_every_action_is_of_some_route_or_command() -> None:
    """`cluster.all`, `job.all` and `cost.all` are asked for within a list."""
    from chalicelib.entrypoints.operator.registry import all_commands

    commands = {action for command in all_commands().values() for action in command.actions}
    checked = {action for _, _, action in ROUTES} | {"cluster.all", "job.all", "cost.all"} | commands
    assert checked == set(ACTIONS)


def test_who_may_do_more_may_do_less() -> None:
    # Answering an offer is for whom it was made, and nobody else.
    objects = {
        name: who
        for name, who in rows().items()
        if ACTIONS[name].on in ("cluster", "job", "run") and not name.endswith(".accept")
    }
    everybody = [set(SHARE_ROLES[level]) for level in ("view", "change", "delete")] + [{"owner"}, {"admin"}]
    may = [{name for name, who in objects.items() if who & words} for words in everybody]
    assert all(less < more or less == more == set(objects) for less, more in pairwise(may)), may


@dataclass
class World:
    """One owner's things, and everybody who might want something of them. `made` are fresh ones for each case."""

    cloud: LocalCloud
    owner: str = field(default_factory=lambda: f"owner-{uuid4().hex[:6]}")
    cookies: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def join(self, kind: str) -> None:
        name = self.name(kind)
        people.join(name, *GROUPS.get(kind, ()))
        self.cookies[kind] = people.session_cookie(name)[1]
        self.tokens[kind] = people.api_token(name, "read" if kind == READER else "write")

    def name(self, kind: str) -> str:
        return self.owner if kind in ("owner", READER) else f"{kind.replace(' ', '-')}-of-{self.owner}"

    def fresh(self) -> dict[str, str]:
        """A cluster, a job, a run and a key of the owner's, shared as the people's names say; ids by placeholder."""
        from chalicelib.core import clock

        now, number = clock.now(), next(_numbers)
        ids = {kind: f"{kind[0]}-walk{number}{uuid4().hex[:8]}" for kind in ("cluster", "job", "run", "key")}
        _records(ids, self.owner, self.name("receiver"), now)
        for thing in ("cluster", "job"):
            for level, kind in (("view", "viewer"), ("change", "changer"), ("delete", "deleter")):
                _share(ids[thing], f"person:{self.name(kind)}", level, now)
            _share(ids[thing], "group:science", "view", now)
        return {f"{kind}_id": one for kind, one in ids.items()} | {
            "token_id": "t-0", "version": "7.10.0", "text": "no-link", "session_id": "s-0", "kind": "person",
            "name": "nobody-at-all", "number": "1", "other": "1", "other_id": ids["run"], "username": "nobody-at-all",
            "group": "science", "request_id": "l-0",
        }  # fmt: skip


def _share(object_id: str, grantee: str, level: str, now: Any) -> None:
    from chalicelib.identity.share_models import Share

    Share(object_id, grantee, level=level, shared_by="owner", created_at=now).save()


def _records(ids: dict[str, str], owner: str, receiver: str, now: Any) -> None:
    """Records as they are when all is over: nothing happens to them by itself."""
    from chalicelib.clusters.models import Cluster
    from chalicelib.core import reserved_names
    from chalicelib.jobs.models import Job
    from chalicelib.keys.models import SSHKey
    from chalicelib.runs.models import Run

    owned: dict[str, Any] = {"owner": owner, "created_at": now}
    mail: dict[str, Any] = {"owner_email": f"{owner}@example.org"}
    notebook: dict[str, Any] = {"notebook_name": "a.ipynb", "notebook_key": "walk/a.ipynb"}
    settled: dict[str, Any] = {
        "size": 1,
        "emr_release": "7.10.0",
        "notebook_version": "none",
        "result_visibility": "private",
    }
    Cluster(
        ids["cluster"], identifier=ids["cluster"], name="walk", owner_state=f"{owner}#terminated", lifetime=2, ssh_key="k-1",
        public_key="", status="TERMINATED", expires_at=now + timedelta(hours=2), size=1,
        emr_release="7.10.0", transfer_to=receiver, **owned, **mail,
    ).save()  # fmt: skip
    Job(
        ids["job"], identifier=ids["job"], description="a walk", schedule="daily", timezone="UTC",
        start_date=now, job_timeout=1, modified_at=now, is_enabled=False, transfer_to=receiver,
        **owned, **mail, **notebook, **settled,
    ).save()  # fmt: skip
    reserved_names.Name("job", ids["job"], holder=ids["job"]).save()
    Run(
        ids["run"], job_id=ids["job"], job_identifier=ids["job"], trigger="manual", timeout=1, name="walk", status="FAILED",
        scheduled_at=now, **owned, **mail, **notebook, **settled,
    ).save()  # fmt: skip
    SSHKey(ids["key"], title="walk", key=fresh_key(), kind="ssh-ed25519", fingerprint=ids["key"], **owned).save()


@pytest.fixture(scope="module")
def world(cloud: LocalCloud) -> World:
    made = World(cloud)
    for kind in PEOPLE[1:]:
        made.join(kind)
    return made


def words(kind: str, on: str) -> set[str]:
    """Who a kind of person is to one of the owner's things, by the words at the top of the page."""
    if kind == "nobody":
        return {"anybody"}
    shared = {"in a group that may view": "view", "viewer": "view", "changer": "change", "deleter": "delete"}.get(
        kind, ""
    )
    maintains = {"cluster maintainer": ("cluster",), "job maintainer": ("job", "run")}.get(kind, ())
    return {
        "anybody", "person", *SHARE_ROLES.get(shared, ()), *(["owner"] if kind in ("owner", READER) else []),
        *(["receiver"] if kind == "receiver" and on in ("cluster", "job") else []),
        *(["admin"] if kind == "admin" else []), *(["maintainer"] if on in maintains else []),
    }  # fmt: skip


def outcome(answer: urllib3.BaseHTTPResponse) -> str:
    """ "in", "sign in", "missing" or "forbidden"."""
    text = answer.data.decode(errors="replace").replace("&#39;", "'")
    place = answer.headers.get("Location", "")
    if answer.status == 401 or (answer.status == 303 and "/login" in place and "authorize" not in place):
        return "sign in"
    if answer.status in (403, 404) and any(refusal in text for refusal in REFUSALS):
        return "missing" if answer.status == 404 else "forbidden"
    assert answer.status < 500, text[:500]
    return "in"


def expected(kind: str, action: str) -> str:
    """What the page says happens."""
    table, on = rows(), ACTIONS[action].on
    if kind == READER and ACTIONS[action].writes:
        return "forbidden"
    who = words(kind, on or permissions.kind_of(action))
    if who & table[action]:
        return "in"
    if kind == "nobody":
        return "sign in"
    return "forbidden" if on and who & table[f"{on}.view"] else "missing"


def ask(world: World, kind: str, path: str, method: str, ids: dict[str, str]) -> urllib3.BaseHTTPResponse:
    """Ask as this person; posts come from the person's own page."""
    from chalicelib.web import auth, csrf

    place = re.sub(r"{(\w+)}", lambda match: ids[match[1]], path)
    headers: dict[str, str] = {"Content-Type": "application/json"}
    body = b"{}" if method in ("POST", "PUT", "PATCH") else None
    if kind != "nobody" and path.startswith("/api/"):
        headers["Authorization"] = f"Bearer {world.tokens[kind]}"
    elif kind != "nobody":
        headers["Cookie"] = f"{auth.cookie_name()}={world.cookies[kind]}"
        if method == "POST":
            body = f"csrf_token={csrf.token(world.cookies[kind])}".encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
    return urllib3.request(
        method,
        world.cloud.portal_url + place,
        body=body,
        headers=headers,
        redirect=False,
        retries=False,
        timeout=HTTP_TIMEOUT,
    )


@pytest.mark.parametrize(("path", "method", "action"), ROUTES, ids=lambda part: part)
def test_the_walk(world: World, path: str, method: str, action: str) -> None:
    if action == "site.sign-out":
        return _signing_out(world, path, method)
    ends_it = method != "GET" and action.endswith((".delete", ".terminate", ".accept"))
    ids = world.fresh()
    people = PEOPLE if path.startswith("/api/") else PEOPLE[:-1]
    outcomes = {kind: outcome(ask(world, kind, path, method, world.fresh() if ends_it else ids)) for kind in people}
    assert outcomes == {kind: expected(kind, action) for kind in people}
    return None


def _signing_out(world: World, path: str, method: str) -> None:
    """Everybody ends their own session only: whoever has none is sent to sign in."""
    world.join("leaving")
    assert outcome(ask(world, "nobody", path, method, {"session_id": "s-0"})) == "sign in"
    assert outcome(ask(world, "leaving", path, method, {"session_id": "s-0"})) == "in"
    if path != "/account/sessions/{session_id}/end":
        assert outcome(ask(world, "leaving", "/keys", "GET", {})) == "sign in"


def test_everybodys_lists_are_for_those_who_look_after_them(world: World) -> None:
    for thing in ("cluster", "job"):
        for kind in PEOPLE[1:]:
            headers = {"Authorization": f"Bearer {world.tokens[kind]}"}
            url = f"{world.cloud.portal_url}/api/v1/{thing}s?scope=all"
            status = urllib3.request("GET", url, headers=headers, timeout=HTTP_TIMEOUT).status
            assert status == (200 if words(kind, thing) & rows()[f"{thing}.all"] else 403), (thing, kind)


def test_what_is_public_is_for_anybody(world: World) -> None:
    from chalicelib.jobs.models import Job
    from chalicelib.runs.models import Run

    ids = world.fresh()
    Run.get(ids["run_id"]).update([Run.result_visibility.set("public")])
    Job.get(ids["job_id"]).update([Job.result_visibility.set("public")])
    for path in (f"/runs/{ids['run_id']}", f"/api/v1/runs/{ids['run_id']}", f"/api/v1/runs/{ids['run_id']}/results"):
        assert urllib3.request("GET", world.cloud.portal_url + path, redirect=False, timeout=HTTP_TIMEOUT).status == 200


def test_what_is_shared_is_found_in_the_lists(world: World, signed_in: Callable[..., Any]) -> None:
    ids = world.fresh()
    for kind, seen in (("viewer", True), ("in a group that may view", True), ("stranger", False)):
        headers = {"Authorization": f"Bearer {world.tokens[kind]}"}
        for thing in ("cluster", "job"):
            url = f"{world.cloud.portal_url}/api/v1/{thing}s?scope=shared&limit=100"
            listed = urllib3.request("GET", url, headers=headers, timeout=HTTP_TIMEOUT).json()
            assert (ids[f"{thing}_id"] in [item["id"] for item in listed["items"]]) is seen
        page = urllib3.request(
            "GET",
            f"{world.cloud.portal_url}/?scope=shared",
            headers={"Cookie": _cookie(world, kind)},
            timeout=HTTP_TIMEOUT,
        )
        assert (ids["job_id"] in page.data.decode()) is seen


def _cookie(world: World, kind: str) -> str:
    from chalicelib.web import auth

    return f"{auth.cookie_name()}={world.cookies[kind]}"


def levels() -> Iterator[tuple[str, frozenset[Role]]]:
    yield from ((level, frozenset(who)) for level, who in SHARE_ROLES.items())


@pytest.mark.parametrize("kind", ["cluster", "job", "run"])
def test_pages_offer_exactly_what_the_table_allows(kind: str) -> None:
    offered = {name for name, rule in ACTIONS.items() if rule.on == kind}
    for level, who in levels():
        allowed = {name for name in offered if permissions.allows(name, who | {Role.ANYBODY})}
        assert allowed == {name for name, may in rows().items() if ACTIONS[name].on == kind and may & who}, level


def test_sharing_stops(world: World) -> None:
    from chalicelib.identity import shares, users

    ids, person = world.fresh(), users.person(world.name("viewer"))
    assert person
    assert shares.level(person, ids["job_id"]) == "view"
    shares.stop(ids["job_id"], f"person:{person.username}")
    assert shares.level(person, ids["job_id"]) == ""
    assert outcome_of(world, "viewer", f"/api/v1/jobs/{ids['job_id']}") == "missing"


def outcome_of(world: World, kind: str, path: str) -> str:
    headers = {"Authorization": f"Bearer {world.tokens[kind]}"}
    return outcome(urllib3.request("GET", world.cloud.portal_url + path, headers=headers, timeout=HTTP_TIMEOUT))
