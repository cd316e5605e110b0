"""A key's file that is dropped onto the form's field."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from chalicelib.core.limits import LIMITS
from tests.support.http import Api, fresh_key

DROP = """([name, text]) => {
  const carried = new DataTransfer();
  carried.items.add(new File([text], name));
  const drop = new DragEvent("drop", {dataTransfer: carried, bubbles: true, cancelable: true});
  document.querySelector("#field-key").dispatchEvent(drop);
}"""
PRIVATE = "-----BEGIN OPENSSH PRIVATE KEY-----\nbm90IG9uZQ==\n-----END OPENSSH PRIVATE KEY-----\n"


@pytest.fixture
def form(window: Callable[..., Page], somebody: Api) -> Page:
    page = window(somebody("GET", "/me").body["username"])
    page.goto("/keys/new")
    return page


def test_a_public_key_is_taken(form: Page) -> None:
    key = fresh_key()
    form.evaluate(DROP, ["id_ed25519.pub", key + " dropped"])
    expect(form.get_by_label("Public key", exact=True)).to_have_value(key + " dropped")
    form.get_by_role("button", name="Add key").click()
    expect(form.get_by_text("dropped").first).to_be_visible()


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("id_ed25519", PRIVATE, "id_ed25519 is a private key, which must not leave your computer."),
        ("putty.ppk", "Private-Lines: 3\nQUFB\n", "putty.ppk is a private key"),
        ("film.mp4", "x" * (LIMITS.public_key + 1), "film.mp4 is no public key"),
    ],
)
def test_anything_else_is_refused_and_stays_where_it_is(form: Page, name: str, text: str, sentence: str) -> None:
    form.evaluate(DROP, [name, text])
    expect(form.get_by_role("alert")).to_contain_text(sentence)
    expect(form.get_by_label("Public key", exact=True)).to_have_value("")
