"""What a browser fetches for the first page that somebody opens, compressed as API Gateway does."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Request

from tests.support.http import Api

BYTES = 60_000
REQUESTS = 3
"""The page, its stylesheet and its script."""


@pytest.mark.parametrize("path", ["/", "/clusters/new", "/jobs/new", "/keys", "/api-reference"])
def test_a_first_page_is_light(window: Callable[..., Page], somebody: Api, path: str) -> None:
    somebody.launch()
    page = window(somebody("GET", "/me").body["username"])
    requests: list[Request] = []
    page.on("requestfinished", lambda request: requests.append(request))
    page.goto(path, wait_until="load")
    sizes = {request.url.rpartition("/")[2]: request.sizes()["responseBodySize"] for request in list(requests)}
    assert len(sizes) <= REQUESTS, sizes
    assert sum(sizes.values()) <= BYTES, sizes
    assert page.evaluate(
        "performance.getEntriesByType('resource').every((each) => each.encodedBodySize < each.decodedBodySize)"
    )
