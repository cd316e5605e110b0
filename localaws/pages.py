"""The embedded cloud's own pages, under /_local/ of the AWS endpoint."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from localaws.cloud import LocalCloud


class Pages:
    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud

    def start(self) -> None:
        pass

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return Response("not yet", 404)(environ, start_response)
