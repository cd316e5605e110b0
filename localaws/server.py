"""The embedded AWS endpoint: moto's server, with what moto lacks and our own pages in front of it."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterable
from typing import Any

from moto import backends
from moto.moto_server import werkzeug_app
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server

from localaws import presigned_posts
from localaws.patching import replace
from localaws.prices import TARGET, name_the_target

log = logging.getLogger("localaws.server")

_POLL = 0.05
"""Real seconds within which a server notices that it should end."""

WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


# moto checks a condition and writes in two steps; AWS does both at once.
_ATOMIC = ("DynamoDB_", "AWSStepFunctions.StartExecution")


def _remember_services() -> None:
    """moto reads its own folder at every request to find out which services it has."""
    services = frozenset(backends.list_of_moto_modules())
    replace(backends, "list_of_moto_modules", lambda _: lambda: services)


class _QuietHandler(MotoRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        log.debug(message, *args)


class AwsServer:
    """Serves on 127.0.0.1 in its own threads. `port` 0 takes a free one; `port` is then the one taken.

    Raises:
        OSError: the port is in use.
    """

    def __init__(self, port: int, emr: WsgiApp, prices: WsgiApp, pages: WsgiApp) -> None:
        one_at_a_time = threading.Lock()
        _remember_services()
        werkzeug_app.DISABLE_GLOBAL_CORS = True  # the buckets' own rules count
        moto: WsgiApp = DomainDispatcherApplication(create_backend_app)

        def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            if environ.get("PATH_INFO", "").startswith("/_local"):
                return pages(environ, start_response)
            if environ.get("HTTP_X_AMZ_TARGET", "").startswith("ElasticMapReduce."):
                return emr(environ, start_response)
            name_the_target(environ)
            if environ.get("HTTP_X_AMZ_TARGET", "").startswith(TARGET):
                return prices(environ, start_response)
            if presigned_posts.is_post(environ):
                return presigned_posts.post(environ, start_response, moto)
            if environ.get("HTTP_X_AMZ_TARGET", "").startswith(_ATOMIC):
                with one_at_a_time:
                    return moto(environ, start_response)
            return moto(environ, start_response)

        self.app = app
        # Bound here because werkzeug would end the process if the port is in use.
        self._socket = socket.create_server(("127.0.0.1", port))
        self.port: int = self._socket.getsockname()[1]
        self._server: BaseWSGIServer = make_server(
            "127.0.0.1", self.port, app, threaded=True, request_handler=_QuietHandler, fd=self._socket.fileno()
        )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_POLL,), daemon=True, name="aws")

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join(timeout=5)
        self._server.server_close()
        self._socket.close()
