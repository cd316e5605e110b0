"""The embedded AWS endpoint's HTTP server."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterable
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import BaseWSGIServer, make_server

log = logging.getLogger("localaws.server")

_POLL = 0.05
"""Real seconds within which a server notices that it should end."""

WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


class _QuietHandler(MotoRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        log.debug(message, *args)


_reserved: dict[int, socket.socket] = {}
"""Ports of servers that were closed: the next one of this process may need the same, and another process must not take it."""


class AwsServer:
    """Serves on 127.0.0.1 in its own threads. `port` 0 takes a free one; `port` is then the one taken.

    Raises:
        OSError: the port is in use.
    """

    def __init__(self, port: int) -> None:
        if reserved := _reserved.pop(port, None):
            reserved.close()
        # Bound here because werkzeug would end the process if the port is in use.
        self._socket = socket.create_server(("127.0.0.1", port))
        self.port: int = self._socket.getsockname()[1]
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None

    def start(self, app: WsgiApp) -> None:
        """Answer requests by `app` from now on."""
        self._server = make_server(
            "127.0.0.1", self.port, app, threaded=True, request_handler=_QuietHandler, fd=self._socket.fileno()
        )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_POLL,), daemon=True, name="aws")
        self._thread.start()

    def close(self) -> None:
        if self._server and self._thread:
            self._server.shutdown()
            self._thread.join(timeout=5)
            self._server.server_close()
        self._socket.close()
        _reserved[self.port] = _bound(self.port)


def _bound(port: int) -> socket.socket:
    """A socket that has the port and answers nobody."""
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", port))
    return holder
