"""Every page that one can get to by links, and what those pages fetch by themselves."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from urllib.parse import urldefrag, urljoin, urlsplit

from tests.support.visitor import Page, Visitor

MAX_PAGES = 150
LEFT_OUT = re.compile(r"/(login|api/|static/)|/files/|/download$|/export$|/notebooks/\d+$|/source$|/raw$")
"""What leads away, or is no page."""


OBJECT = re.compile(r"/(?:jobs|clusters|runs)/([cjr]-[^/]+)")


def pages(visitor: Visitor, begin: Sequence[str], objects: Collection[str]) -> Iterator[Page]:
    """The pages, each once; of those that differ by their query alone each of its sets of names once. Of jobs, clusters and runs
    only those of these `objects`, by their ids: other tests leave some that have no pages."""
    waiting, known = list(begin), set[str]()
    for path in waiting:
        parts = urlsplit(path)
        kind = parts.path + "?" + "&".join(sorted(re.findall(r"(?:^|&)(\w+)=", parts.query)))
        if kind in known or len(known) >= MAX_PAGES:
            continue
        known.add(kind)
        page = visitor.get(path)
        yield page
        waiting += [link for link in _links(visitor, page) if link not in waiting and _is_of(link, objects)]


def _is_of(path: str, objects: Collection[str]) -> bool:
    named = OBJECT.match(path)
    return named is None or named[1] in objects


def fetched(page: Page) -> list[str]:
    """What the page's script fetches anew while it is open."""
    return [address for address in page.addresses("hx-get") if address]


def _links(visitor: Visitor, page: Page) -> list[str]:
    addresses = [urldefrag(urljoin(page.url, address))[0] for address in page.addresses() if address]
    ours = [address.removeprefix(visitor.url) for address in addresses if address.startswith(visitor.url)]
    return [path for path in ours if not LEFT_OUT.search(path.partition("?")[0])]
