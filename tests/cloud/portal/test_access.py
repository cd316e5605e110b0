"""Who gets in, and where posts may come from."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.http import Api, fresh_key
from tests.support.visitor import Visitor

Keyed = tuple[Visitor, Api]


@pytest.mark.parametrize("username", ["alice", "bob", "maintainer", "admin"])
def test_signing_in_through_the_provider(stranger: Visitor, username: str) -> None:
    page = stranger.sign_in(username)
    assert (page.status, page.url) == (200, f"{stranger.url}/")
    assert username in page.text
    out = stranger.post("/logout", page.form("/logout").fields)
    assert (out.status, out.url) == (200, f"{stranger.url}/")
    assert "Spark when you need it" in out.text
    assert "Who are you?" in stranger.get("/keys").text


def test_signing_in_leads_to_the_page_that_was_asked_for(stranger: Visitor) -> None:
    choice = stranger.get("/keys/new?next=/clusters/new").form("/authorize")
    page = stranger.post(choice.action, choice.fields | {"person": "bob"})
    assert page.url == f"{stranger.url}/keys/new?next=/clusters/new"


@pytest.mark.parametrize("path", ["/clusters/new", "/clusters/c-1", "/keys", "/keys/new", "/tokens", "/admin"])
def test_pages_are_for_people_who_have_signed_in(stranger: Visitor, path: str) -> None:
    assert "Who are you?" in stranger.get(path).text


@pytest.mark.parametrize("change", [{"csrf_token": ""}, {"csrf_token": "0" * 64}])
def test_a_post_without_the_token_of_the_form(visitor: Visitor, change: dict[str, str]) -> None:
    form = visitor.get("/tokens").form("/tokens")
    page = visitor.post(form.action, form.fields | {"name": "stolen"} | change)
    assert (page.status, "not sent from this portal" in page.text) == (403, True)
    assert "stolen" not in visitor.get("/tokens").text


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://example.com"}]
)
def test_a_post_from_another_site(visitor: Visitor, headers: dict[str, str]) -> None:
    form = visitor.get("/tokens").form("/tokens")
    assert visitor.post(form.action, form.fields | {"name": "stolen"}, **headers).status == 403


def test_a_token_of_another_session(visitor: Visitor, signed_in: Callable[..., Visitor]) -> None:
    theirs = signed_in().get("/tokens").form("/tokens")
    assert visitor.post(theirs.action, theirs.fields | {"name": "stolen"}).status == 403


def test_strangers_find_nothing(keyed: Keyed, signed_in: Callable[..., Visitor]) -> None:
    _, api = keyed
    cluster, key = api.launch(), api("GET", "/keys").body["items"][0]
    other = signed_in()
    token = {"csrf_token": other.get("/tokens").form("/tokens").fields["csrf_token"]}
    for path in ("", "/extend", "/terminate"):
        assert other.get(f"/clusters/{cluster['id']}{path}").status == 404
    for path in ("", "/raw", "/delete"):
        assert other.get(f"/keys/{key['id']}{path}").status == 404
    for path, typed in (
        (f"/clusters/{cluster['id']}/extend", {"hours": "2"}),
        (f"/clusters/{cluster['id']}/terminate", {}),
        (f"/keys/{key['id']}/delete", {}),
    ):
        assert other.post(path, token | typed).status == 404
    assert api("GET", f"/clusters/{cluster['id']}").body["lifetime_extension_count"] == 0
    missing = other.get("/clusters/c-missing")
    assert missing.text == other.get(f"/clusters/{cluster['id']}").text.replace(cluster["id"], "c-missing")


def test_maintainers_see_and_end_clusters_of_others(keyed: Keyed, signed_in: Callable[..., Visitor]) -> None:
    cluster = keyed[1].launch()
    maintainer = signed_in("mina-of-clusters", "cluster-maintainers")
    assert cluster["identifier"] in maintainer.get(f"/clusters/{cluster['id']}").text
    ended = maintainer.submit(f"/clusters/{cluster['id']}/terminate")
    assert "Terminated by mina-of-clusters." in ended.text


def test_administration_is_for_admins(keyed: Keyed, signed_in: Callable[..., Visitor]) -> None:
    cluster = keyed[1].launch()
    assert keyed[0].get("/admin").status == 404
    assert "Admin" not in keyed[0].get("/").text
    page = signed_in("ada-of-all", "admins").get("/admin")
    assert page.status == 200
    assert cluster["identifier"] in page.text
    assert "7.12.0 Yes Experimental" in page.text


def test_a_key_of_somebody_else_cannot_be_chosen(keyed: Keyed, signed_in: Callable[..., Visitor]) -> None:
    theirs = signed_in()
    theirs.submit("/keys/new", title="laptop", key=fresh_key())
    foreign = theirs.get("/clusters/new").form("/clusters/new").fields["ssh_key"]
    page = keyed[0].submit("/clusters/new", ssh_key=foreign)
    assert (page.status, page.error("ssh_key")[:27]) == (422, "You have no such SSH key. C")
