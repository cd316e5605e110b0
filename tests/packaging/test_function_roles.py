"""The page that lists what functions may do is the template's."""

from __future__ import annotations

from docs.function_roles import page
from tests.packaging.conftest import ROOT


def test_the_page_is_up_to_date() -> None:
    assert (ROOT / "docs" / "function-roles.md").read_text() == page(), "Run `make docs`."
