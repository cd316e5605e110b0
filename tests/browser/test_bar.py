"""The bar at the top of every page is one line at every width, whoever is signed in."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from tests.support import people

WIDTHS = (400, 1000, *range(1240, 1400, 20), 1600, 1920)
LINE = 72
"""Pixels that one line of it takes at most."""
ENDS = """
const box = (each) => each.getBoundingClientRect();
const items = [...document.querySelectorAll("header.bar nav li")];
[Math.max(...items.map((each) => box(each).right)), box(document.querySelector(".who")).left]
"""
"""Where the menu ends, and where what is beside it begins; both are 0 where the menu is folded."""


def test_an_administrators_bar_is_one_line_at_every_width(window: Callable[..., Page]) -> None:
    username = people.fresh("a-rather-long-name")
    people.join(username, "admins")
    page = window(username)
    page.goto("/")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 700})
        height = page.evaluate("document.querySelector('header.bar').offsetHeight")
        assert height <= LINE, width
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width
        right, left = page.evaluate(ENDS)
        assert right <= left, width
