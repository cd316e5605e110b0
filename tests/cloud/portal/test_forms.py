"""Every refusal of a form: its own sentence at its field, status 422, and what was typed still there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.support.http import Api, fresh_key, reaches
from tests.support.visitor import Page, Visitor

Keyed = tuple[Visitor, Api]


def launched(keyed: Keyed, **typed: str) -> Page:
    return keyed[0].submit("/clusters/new", **typed)


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        ("size", "0", "Choose a whole number of workers from 1 to 30."),
        ("size", "31", "Choose a whole number of workers from 1 to 30."),
        ("size", "two", "Choose a whole number of workers from 1 to 30."),
        ("size", "", "This field is required."),
        ("lifetime", "1", "Choose a whole number of hours from 2 to 24."),
        ("lifetime", "25", "Choose a whole number of hours from 2 to 24."),
        ("identifier", "Capitals", "Use 1 to 100 lowercase letters, digits and hyphens, such as daily-active-users."),
        ("ssh_key", "k-of-somebody", "You have no such SSH key. Choose one of your keys, or add one first."),
        ("emr_release", "1.0.0", "EMR release '1.0.0' is not offered. Choose one of: 7.12.0, 7.10.0, 7.5.0."),
    ],
)
def test_a_cluster_that_cannot_be(keyed: Keyed, name: str, typed: str, sentence: str) -> None:
    page = launched(keyed, **{"identifier": "kept-as-typed", name: typed})
    form = page.form("/clusters/new")
    assert (page.status, page.error(name)) == (422, sentence)
    if name not in ("ssh_key", "emr_release"):
        assert form.fields[name] == typed
        assert form.fields["ssh_key"]
    if name != "identifier":
        assert form.fields["identifier"] == "kept-as-typed"
    assert keyed[1]("GET", "/clusters").body["items"] == []


def test_all_that_is_wrong_is_said_at_once(keyed: Keyed) -> None:
    page = launched(keyed, identifier="A", size="0", lifetime="99")
    assert [bool(page.error(name)) for name in ("identifier", "size", "lifetime", "ssh_key")] == [
        True,
        True,
        True,
        False,
    ]


def test_more_than_six_keys_are_a_menu(keyed: Keyed) -> None:
    visitor, api = keyed
    for _ in range(5):
        api.add_key()
    assert visitor.get("/clusters/new").html.count('type="radio" name="ssh_key"') == 6
    seventh = api.add_key()
    page = visitor.get("/clusters/new")
    assert 'type="radio" name="ssh_key"' not in page.html
    assert '<select class="form-select" id="field-ssh_key"' in page.html
    assert page.html.count('<option value="k-') == 7
    launched = visitor.submit("/clusters/new", identifier="by-menu", ssh_key=seventh)
    assert (launched.status, launched.path.startswith("/clusters/c-")) == (200, True)


def test_markup_that_was_typed_stays_text(keyed: Keyed) -> None:
    typed = '"><script>alert(1)</script>'
    page = launched(keyed, identifier=typed)
    assert page.form("/clusters/new").fields["identifier"] == typed
    assert "<script>alert" not in page.html


def test_a_form_sent_twice_launches_once(keyed: Keyed) -> None:
    visitor, api = keyed
    form = visitor.get("/clusters/new").form("/clusters/new")
    first, second = (visitor.post(form.action, form.fields) for _ in range(2))
    assert first.url == second.url
    assert len(api("GET", "/clusters").body["items"]) == 1


def test_a_corrected_form_launches(keyed: Keyed) -> None:
    visitor, api = keyed
    form = launched(keyed, size="31", identifier="second-try").form("/clusters/new")
    page = visitor.post(form.action, form.fields | {"size": "3"})
    assert page.status == 200
    assert [(made["identifier"], made["size"]) for made in api("GET", "/clusters").body["items"]] == [("second-try", 3)]


def test_maintainers_may_go_beyond_the_usual_size(signed_in: Callable[..., Visitor]) -> None:
    visitor = signed_in("mina", "cluster-maintainers")
    visitor.submit("/keys/new", title="laptop", key=fresh_key())
    assert visitor.submit("/clusters/new", size="31").status == 200


@pytest.mark.parametrize(
    ("typed", "sentence"), [("0", "from 1 to 24"), ("25", "from 1 to 24"), ("soon", "from 1 to 24")]
)
def test_an_extension_that_cannot_be(keyed: Keyed, typed: str, sentence: str) -> None:
    visitor, api = keyed
    cluster = api.launch()
    page = visitor.submit(f"/clusters/{cluster['id']}/extend", hours=typed)
    assert (page.status, page.error("hours")) == (422, f"Choose a whole number of hours {sentence}.")
    assert page.form("/extend").fields["hours"] == typed
    assert api("GET", f"/clusters/{cluster['id']}").body["expires_at"] == cluster["expires_at"]


def test_extending_twice_with_one_form_extends_once(keyed: Keyed) -> None:
    visitor, api = keyed
    cluster = api.launch()
    form = visitor.get(f"/clusters/{cluster['id']}/extend").form("/extend")
    for _ in range(2):
        assert visitor.post(form.action, form.fields | {"hours": "3"}).status == 200
    assert api("GET", f"/clusters/{cluster['id']}").body["lifetime_extension_count"] == 1


def test_what_has_ended_cannot_be_extended(keyed: Keyed) -> None:
    visitor, api = keyed
    cluster = api.launch()
    form = visitor.get(f"/clusters/{cluster['id']}/extend").form("/extend")
    visitor.submit(f"/clusters/{cluster['id']}/terminate")
    reaches(api, f"/clusters/{cluster['id']}", "TERMINATED")
    for page in (visitor.post(form.action, form.fields), visitor.get(form.action)):
        assert page.status == 409
        assert f"The cluster {cluster['identifier']} is terminated already" in page.text
    page = visitor.get(f"/clusters/{cluster['id']}")
    assert "This cluster has ended" in page.text
    assert "Terminated by" in page.text


def private_key() -> str:
    return (
        Ed25519PrivateKey.generate()
        .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption())
        .decode()
    )


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Paste a public key, or choose a .pub file."),
        ("hello", "This does not begin like a public key."),
        ("ssh-dss AAAAB3NzaC1kc3MAAACBAA==", "DSA keys are no longer secure"),
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI", "The key is damaged"),
        ("ssh-ed25519 AAAA\nssh-ed25519 BBBB", "Paste one key, on one line."),
    ],
)
def test_a_key_that_cannot_be(visitor: Visitor, typed: str, sentence: str) -> None:
    page = visitor.submit("/keys/new", title="my laptop", key=typed)
    assert page.status == 422
    assert page.error("key").startswith(sentence)
    assert page.form("/keys/new").fields["title"] == "my laptop"
    assert page.form("/keys/new").fields["key"] == typed


def test_a_private_key_is_refused_and_not_sent_back(visitor: Visitor) -> None:
    secret = private_key()
    page = visitor.submit("/keys/new", title="my laptop", key=secret)
    assert page.status == 422
    assert page.error("key").startswith("This is a private key. Never give it to anybody")
    assert page.form("/keys/new").fields["title"] == "my laptop"
    assert secret.splitlines()[1] not in page.html


def test_a_file_of_over_100_kb(visitor: Visitor) -> None:
    page = visitor.submit("/keys/new", {"file": ("id.pub", b"ssh-rsa " + b"A" * 100_001)}, title="big")
    assert (page.status, page.form("/keys/new").fields["title"]) == (422, "big")
    assert page.error("key").startswith("This is over 100 kB")


def test_a_file_that_is_no_text(visitor: Visitor) -> None:
    page = visitor.submit("/keys/new", {"file": ("id.pub", bytes(range(256)))}, title="odd")
    assert (page.status, bool(page.error("key"))) == (422, True)


def test_the_same_key_twice(visitor: Visitor) -> None:
    key = fresh_key()
    assert visitor.submit("/keys/new", title="laptop", key=key).status == 200
    page = visitor.submit("/keys/new", title="again", key=key)
    assert page.status == 422
    assert page.error("key").startswith("You have already added this key (fingerprint SHA256:")
    assert page.form("/keys/new").fields == page.form("/keys/new").fields | {"title": "again", "key": key}


def test_a_key_from_a_file_takes_its_comment_as_title(visitor: Visitor) -> None:
    page = visitor.submit("/keys/new", {"file": ("id.pub", f"{fresh_key()} ada@laptop\n".encode())})
    assert page.status == 200
    assert "ada@laptop" in visitor.get("/keys").text


def test_a_key_without_any_title(visitor: Visitor) -> None:
    page = visitor.submit("/keys/new", key=fresh_key())
    assert (page.status, page.error("title")[:27]) == (422, "Give the key a title of 1 t")


def test_raw_and_delete(visitor: Visitor) -> None:
    key = fresh_key()
    place = visitor.submit("/keys/new", title="laptop", key=key).url
    raw = visitor.get(f"{place}/raw")
    assert (raw.html, raw.headers["content-type"]) == (f"{key}\n", "text/plain; charset=utf-8")
    assert "Delete it?" in visitor.get(f"{place}/delete").text
    visitor.submit(place.removeprefix(visitor.url) + "/delete")
    assert visitor.get(place).status == 404


def test_without_a_key_launching_begins_with_adding_one(visitor: Visitor) -> None:
    page = visitor.get("/clusters/new")
    assert page.url.endswith("/keys/new?next=%2Fclusters%2Fnew")
    assert "You connect to a cluster with an SSH key" in page.text
    form = page.form("/keys/new")
    after = visitor.post(form.action, form.fields | {"title": "laptop", "key": fresh_key()}, {"file": ("", b"")})
    assert after.url.endswith("/clusters/new")


def test_the_way_back_leads_nowhere_else(visitor: Visitor) -> None:
    form = visitor.get("/keys/new?next=https://example.com/").form("/keys/new")
    after = visitor.post(form.action, form.fields | {"title": "laptop", "key": fresh_key()}, {"file": ("", b"")})
    assert after.url == f"{visitor.url}/"


def test_a_token_needs_a_name_and_is_shown_once(visitor: Visitor) -> None:
    refused = visitor.submit("/tokens", name=" ")
    assert (refused.status, refused.error("name")) == (422, "This field is required.")
    issued = visitor.submit("/tokens", name="nightly")
    token = next(word for word in issued.text.split() if word.startswith("atmo_") and len(word) > 40)
    me = Api(visitor.url, token)("GET", "/me")
    assert me.status == 200
    later = visitor.get("/tokens")
    assert token not in later.html
    visitor.post(later.form("/revoke").action, later.form("/revoke").fields)
    assert Api(visitor.url, token)("GET", "/me").status == 401


def test_a_token_form_sent_twice_makes_one_token(visitor: Visitor) -> None:
    form = visitor.get("/tokens").form("/tokens")
    first, second = (visitor.post(form.action, form.fields | {"name": "nightly"}) for _ in range(2))
    assert "shown" in second.text
    assert len([form for form in visitor.get("/tokens").forms if form.action.endswith("/revoke")]) == 1
    assert first.status == second.status == 200


def test_what_is_too_large_is_refused_in_words(visitor: Visitor) -> None:
    """Without JavaScript; with it, nothing is sent (test_hostile_browser.py)."""
    form = visitor.get("/keys/new").form("/keys/new")
    page = visitor.post(form.action, form.fields | {"title": "laptop", "key": "x" * 6_500_000})
    assert (page.status, page.headers["content-type"]) == (413, "text/html; charset=utf-8")
    assert "Go back: your browser still has what you typed. Choose a smaller file" in page.text
