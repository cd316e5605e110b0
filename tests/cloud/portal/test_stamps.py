"""An open page asks again and again: that nothing has changed is found without rendering, and whatever has changed is found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core import rendering
from localaws.cloud import LocalCloud
from tests.support.http import Api, reaches
from tests.support.people import api_token, fresh, signed_in
from tests.support.visitor import Visitor
from tests.support.wiretap import Call, Really, tapped

READS = ("GetItem", "BatchGetItem", "Query")
PAGES = (
    "/",
    "/clusters/{cluster}",
    "/jobs/{job}",
    "/jobs/{job}?tab=runs",
    "/jobs/{job}?tab=logs",
    "/runs/{run}",
    "/runs",
)
UNSEEN = frozenset({"sessions", "settings"})
"""Tables of which no page shows a record as it is at this moment: what is kept for a minute, and who is signed in."""


@pytest.fixture(scope="module")
def owner(cloud: LocalCloud) -> Visitor:
    return signed_in(cloud, fresh("stamped"))


@pytest.fixture(scope="module")
def ids(cloud: LocalCloud, owner: Visitor) -> dict[str, str]:
    api = Api(cloud.portal_url, api_token(owner.name))
    job = api.schedule(fresh("stamped"))["id"]
    run = api("POST", f"/jobs/{job}/run").body["id"]
    cluster = api.launch()["id"]
    reaches(api, f"/clusters/{cluster}", "WAITING")
    reaches(api, f"/runs/{run}", "SUCCEEDED", seconds=90)
    return {"cluster": cluster, "job": job, "run": run}


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The templates that were filled in."""
    templates: list[str] = []
    really = rendering.render

    def render(template: str, **context: Any) -> str:
        templates.append(template)
        return really(template, **context)

    monkeypatch.setattr(rendering, "render", render)
    return templates


def ask(owner: Visitor, path: str, stamp: str = "") -> Any:
    return owner.get(path, HX_Request="true", If_None_Match=stamp or "none")


def settled(owner: Visitor, path: str) -> str:
    """The stamp of a page, of which a repetition is the same: no minute passes just now."""
    for _ in range(5):
        stamp = ask(owner, path).headers["ETag"]
        if ask(owner, path, stamp).headers["ETag"] == stamp:
            return str(stamp)
    raise AssertionError(f"{path} has another stamp each time")


@pytest.mark.parametrize("path", PAGES)
def test_that_nothing_has_changed_is_found_without_rendering(
    owner: Visitor, ids: dict[str, str], rendered: list[str], path: str
) -> None:
    page = path.format(**ids)
    services: list[str] = []

    def note(call: Call, really: Really) -> Any:
        services.append(call.service)
        return really()

    def unchanged() -> bool:
        """Not so when a minute has passed meanwhile, or another test's rule has been."""
        stamp = settled(owner, page)
        rendered.clear()
        services.clear()
        with tapped(note):
            again = ask(owner, page, stamp)
        return (again.status, again.html) == (304, "")

    assert any(unchanged() for _ in range(3))
    assert rendered == []
    assert "s3" not in services


@pytest.mark.parametrize("path", ["/", "/clusters/{cluster}", "/jobs/{job}?tab=runs", "/runs/{run}"])
def test_whatever_a_page_shows_changes_its_stamp(
    owner: Visitor, ids: dict[str, str], path: str, changed: Callable[[str], list[str]]
) -> None:
    assert changed(path.format(**ids)) == []


@pytest.fixture
def changed(owner: Visitor) -> Callable[[str], list[str]]:
    """Changes every text and number of every record that a page reads, one after the other, and gives the attributes whose
    change the page shows to those who open it, but not to those who have it open."""

    def missed(page: str) -> list[str]:
        values = every_value(owner, page)
        assert len(values) > 10
        return [
            f"{table}.{attribute}"
            for table, key, attribute, value in values
            if table not in UNSEEN and is_missed(owner, page, table, key, attribute, value)
        ]

    return missed


def every_value(owner: Visitor, page: str) -> list[tuple[str, Any, str, Any]]:
    """Table, key, attribute and value of all that a page reads."""
    from chalicelib.core.config import settings

    read: dict[tuple[str, str, str], tuple[str, Any, str, Any]] = {}

    def note(call: Call, really: Really) -> Any:
        answer = really()
        if call.operation in READS:
            table = call.params.get("TableName", "")
            items = [*answer.get("Items", []), *([answer["Item"]] if "Item" in answer else [])]
            tagged = [(table, item) for item in items]
            tagged += [(name, item) for name, some in answer.get("Responses", {}).items() for item in some]
            for name, item in tagged:
                for attribute, value in item.items():
                    read[name, str(item.get("id") or item), attribute] = (name, item, attribute, value)
        return answer

    with tapped(note):
        ask(owner, page)
    prefix = settings().table_prefix
    return [
        (name.removeprefix(prefix), item, attribute, value)
        for name, item, attribute, value in read.values()
        if attribute not in ("id", "owner") and ("S" in value or "N" in value) and "id" in item
    ]


def is_missed(owner: Visitor, page: str, table: str, item: Any, attribute: str, value: Any) -> bool:
    """Whether another value of the attribute is on the page, and not told to those who have it open."""
    from chalicelib.core.config import settings
    from chalicelib.core.dynamodb import connection

    client: Any = connection().client
    name, key = settings().table_prefix + table, {"id": item["id"]}

    def put(new: Any) -> None:
        client.update_item(
            TableName=name, Key=key, UpdateExpression="SET #a = :v", ExpressionAttributeNames={"#a": attribute},
            ExpressionAttributeValues={":v": new},
        )  # fmt: skip

    stamp, before = settled(owner, page), ask(owner, page)
    put(other(value))
    try:
        fresh_one, open_one = ask(owner, page), ask(owner, page, stamp)
    finally:
        put(value)
    if fresh_one.status != 200:
        return False
    return bool(said(fresh_one) != said(before) and open_one.status == 304)


def said(page: Any) -> str:
    from chalicelib.web import stamps

    return stamps.of_body(page.html)


def other(value: Any) -> Any:
    """Another value of the same kind."""
    if "N" in value:
        return {"N": str(int(float(value["N"])) + 1)}
    text = value["S"]
    moment = text[:4].isdigit() and text[10:11] == "T"
    return {"S": f"{int(text[:4]) + 1}{text[4:]}" if moment else f"{text}x"}
