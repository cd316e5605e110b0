"""Admins' lists: what sweeps found, the audit trail and people are searched as other lists are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.support.http import Api
from tests.support.visitor import Visitor


@pytest.fixture
def admin(api: Callable[[str], Api]) -> Api:
    return api("admin")


def test_what_sweeps_found(admin: Api, signed_in: Callable[..., Visitor]) -> None:
    from chalicelib.core import clock
    from chalicelib.jobflows.reconciliation.models import FINDINGS, Reconciliation

    name, now = f"lost-{uuid4().hex[:8]}", clock.now()
    finding: dict[str, Any] = {"record": "c-1", "jobflow": f"j-{name.upper()}", "done": "Ended it.", "cluster": name}
    other = finding | {"kind": "stalled", "cluster": "another", "jobflow": ""}
    Reconciliation(FINDINGS, now, findings=[finding | {"kind": "orphan"}, other], last_at=now).save()
    for query in (f"q={name}", f"q=j-{name}", f"q=ended+{name}&kind=orphan"):
        (item,) = admin("GET", f"/reconciliations?{query}").body["items"]
        assert [one["cluster"] for one in item["findings"]] == [name]
    for query in (f"q={name}&kind=stalled", f"q={name}&until={now - timedelta(days=1):%F}"):
        assert admin("GET", f"/reconciliations?{query}").body["items"] == []
    assert admin("GET", "/reconciliations?kind=strange").status == 422
    page = signed_in("admin", "admins").get(f"/admin/reconciliation?q={name}")
    assert name in page.text
    assert "another" not in page.text


def test_the_trail(
    admin: Api, somebody: Api, signed_in: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.core import pagination

    me = somebody("GET", "/me").body["username"]
    names = [f"trail-{uuid4().hex[:8]}" for _ in range(5)]
    for name in names:
        somebody.schedule(name)
    (entry,) = admin("GET", f"/audit?q={names[2]}&kind=job&channel=api&action=job.create").body["items"]
    assert (entry["name"], entry["actor"]) == (names[2], me)
    for query in (f"q={names[2]}&channel=portal", f"q={names[2]}&until=2020-01-01", f"q={names[2]}&since=2100-01-01"):
        assert admin("GET", f"/audit?{query}").body["items"] == []
    assert names[2] in signed_in("admin", "admins").get(f"/admin/audit?q={names[2]}").text
    monkeypatch.setattr(pagination, "LOOKED_AT", 2)
    monkeypatch.setattr(pagination, "SEARCH_PAGE", 2)
    path, seen = f"/audit?person={me}&q=trail-", []
    page = admin("GET", path).body
    while True:
        assert page["searched"]["records"] <= 2
        seen += [entry["name"] for entry in page["items"]]
        if page["next"] is None:
            break
        page = admin("GET", f"{path}&cursor={page['next']}").body
    assert seen == names[::-1]


def test_people(admin: Api, api: Callable[[str], Api]) -> None:
    name = f"zz-{uuid4().hex[:8]}"
    for suffix in ("a", "b", "c"):
        api(f"{name}-{suffix}")
    admin("POST", f"/users/{name}-b/disable", {"reason": "test"})
    for query, expected in (
        ("", "abc"),
        ("&sort=-username", "cba"),
        ("&state=disabled", "b"),
        ("&state=enabled", "ac"),
    ):
        items = admin("GET", f"/users?q={name}{query}").body["items"]
        assert [item["username"][-1] for item in items] == list(expected)
    first = admin("GET", f"/users?q={name}&limit=2").body
    rest = admin("GET", f"/users?q={name}&limit=2&cursor={first['next']}").body
    assert [item["username"][-1] for item in [*first["items"], *rest["items"]]] == ["a", "b", "c"]
    assert rest["next"] is None
