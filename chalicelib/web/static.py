"""Static files under names that carry their content's hash, so that browsers keep them for ever."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path
from urllib.parse import quote

from chalice.app import Response

from chalicelib.core.errors import NotFound
from chalicelib.web import responses

_ROOT = Path(__file__).resolve().parent.parent.parent
_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
A_DAY = {"Cache-Control": "public, max-age=86400"}


@cache
def folder() -> Path:
    """In Lambda `static/` at the top of the zip, through the link in vendor/; in a checkout where the build puts it."""
    deployed = _ROOT / "static"
    return deployed if deployed.is_dir() else _ROOT / "assets" / "built"


def _manifest() -> dict[str, str]:
    """Plain name -> hashed name."""
    return _built("manifest.json")


def icons() -> dict[str, str]:
    """Icon's name -> its drawing as SVG. Pages contain those they show: asking for a file of all would cost another request."""
    return _built("icons.json")


def _built(name: str) -> dict[str, str]:
    """What is in a file of the build; read again after `make assets`, so that a portal which is running shows what was built."""
    return _read(name, (folder() / name).stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _read(name: str, written: int) -> dict[str, str]:
    content: dict[str, str] = json.loads((folder() / name).read_text())
    return content


def url_maker(base: str) -> Callable[[str], str]:
    """A function from a file's plain name to its address."""
    manifest = _manifest()
    return lambda name: f"{base}/static/{manifest[name]}"


def serve(name: str) -> Response:
    """The file with this hashed name.

    Raises:
        NotFound: there is none.
    """
    if name not in _manifest().values() or not (folder() / name).is_file():
        raise NotFound("There is no such file.")
    return responses.text((folder() / name).read_text(), _TYPES[name.rpartition(".")[2]], FOREVER)


def favicon_url() -> str:
    """The favicon itself as an address, so that no page asks for it."""
    return _data_url(_manifest()["favicon.svg"])


@lru_cache(maxsize=1)
def _data_url(name: str) -> str:
    """A drawing of this hashed name, which never changes: every page has it."""
    return "data:image/svg+xml," + quote((folder() / name).read_text(), safe=" =:/'()")


def favicon() -> Response:
    """The favicon for what is not a page of ours, such as the API's answers in a browser: its address cannot change with it."""
    return responses.text((folder() / _manifest()["favicon.svg"]).read_text(), _TYPES["svg"], A_DAY)
