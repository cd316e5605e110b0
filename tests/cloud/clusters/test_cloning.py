"""Launching another cluster like one that there is, or was."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.support.http import RELEASE, Api
from tests.support.visitor import Visitor


@pytest.mark.parametrize(
    ("identifier", "of_the_clone"),
    [("report", "report-2"), ("report-2", "report"), ("keen-noether-4821", "keen-noether-4821-2"), ("2", "2-2")],
)
def test_a_clone_is_like_the_cluster_under_a_name_with_a_counter(
    somebody: Api, identifier: str, of_the_clone: str
) -> None:
    cluster = somebody.launch(identifier=identifier, size=3, lifetime=5)
    answer = somebody("POST", f"/clusters/{cluster['id']}/clone")
    assert answer.status == 201, answer.body
    same = ("size", "lifetime", "emr_release", "ssh_key", "owner")
    assert {name: answer.body[name] for name in same} == {name: cluster[name] for name in same}
    assert answer.body["identifier"] == of_the_clone
    assert answer.body["id"] != cluster["id"]


def test_an_ended_cluster_is_cloned_with_changes(somebody: Api) -> None:
    cluster = somebody.launch(size=3)
    somebody("POST", f"/clusters/{cluster['id']}/terminate")
    clone = somebody("POST", f"/clusters/{cluster['id']}/clone", {"size": 2, "identifier": "smaller"}).body
    assert (clone["size"], clone["identifier"], clone["lifetime"]) == (2, "smaller", cluster["lifetime"])
    refused = somebody("POST", f"/clusters/{cluster['id']}/clone", {"size": 31, "colour": "red"})
    assert refused.status == 422
    assert {error["field"] for error in refused.body["errors"]} == {"size", "colour"}


def test_a_shared_cluster_is_cloned_with_ones_own_key_and_as_ones_own(api: Callable[[str], Api], somebody: Api) -> None:
    cluster = somebody.launch()
    other = api("cloner")
    assert other("POST", f"/clusters/{cluster['id']}/clone").status == 404
    somebody("POST", f"/clusters/{cluster['id']}/shares", {"kind": "person", "name": "cloner", "level": "view"})
    refused = other("POST", f"/clusters/{cluster['id']}/clone")
    assert [error["field"] for error in refused.body["errors"]] == ["ssh_key"]
    key = other.add_key()
    clone = other("POST", f"/clusters/{cluster['id']}/clone").body
    assert (clone["owner"], clone["ssh_key"]) == ("cloner", key)


def test_the_page_offers_another_like_this_and_the_form_is_filled(keyed: tuple[Visitor, Api]) -> None:
    visitor, api = keyed
    cluster = api.launch(identifier="like-this", size=4, lifetime=7)
    page = visitor.get(f"/clusters/{cluster['id']}")
    assert f'href="/clusters/new?clone={cluster["id"]}"' in page.html
    form = visitor.get(f"/clusters/new?clone={cluster['id']}").html
    for name, value in (("identifier", "like-this"), ("size", "4"), ("lifetime", "7")):
        assert f'id="field-{name}" name="{name}"' in form
        assert f'value="{value}"' in form
    for value in (RELEASE, cluster["ssh_key"]):
        assert re.search(rf'value="{re.escape(value)}"[^>]* checked', form)
    assert visitor.get("/clusters/new?clone=c-nobodys").status == 404
