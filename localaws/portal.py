"""The portal over HTTP: Chalice's own local server around the app, in threads of this process."""

from __future__ import annotations

import functools
import gzip
import logging
import threading
from typing import Any

from chalice.app import Chalice
from chalice.config import Config
from chalice.local import ChaliceRequestHandler, ForbiddenError, LocalChalice, LocalGatewayException, ThreadedHTTPServer

from localaws import gateway_responses
from localaws.gateway import Gateway

log = logging.getLogger("localaws.portal")


class _Handler(ChaliceRequestHandler):
    # Head and body are two writes; without this the second waits for the browser's delayed acknowledgement.
    disable_nagle_algorithm = True

    def __init__(self, *args: Any, compressed_from: int | None, **more: Any) -> None:
        self._compressed_from = compressed_from
        super().__init__(*args, **more)

    def __getattr__(self, name: str) -> Any:
        """Unknown methods go to Chalice, which answers 405; Python's server would answer 501."""
        if name.startswith("do_"):
            return self.do_GET
        raise AttributeError(name)

    def log_message(self, format: str, *args: Any) -> None:
        from chalicelib.core import redaction

        log.info("%s", redaction.text(format % args))

    def _send_error_response(self, error: LocalGatewayException) -> None:
        """Chalice answers 403 for unknown addresses, as API Gateway does by default; the template makes it 404."""
        if isinstance(error, ForbiddenError):
            accept = self.headers.get("Accept", "")
            self._send_http_response(*gateway_responses.of_kind(gateway_responses.NOT_FOUND, accept))
        else:
            super()._send_error_response(error)

    def _send_http_response(self, code: int, headers: Any, body: str | bytes | None) -> None:
        """Compressed for whom that suits, as API Gateway does for answers of the configured size."""
        whole = body.encode() if isinstance(body, str) else body
        least = self._compressed_from
        if whole and least is not None and len(whole) >= least and "gzip" in self.headers.get("Accept-Encoding", ""):
            whole = gzip.compress(whole, 6)
            headers = {**headers, "Content-Encoding": "gzip"}
        super()._send_http_response(code, headers, whole)

    def handle(self) -> None:
        """A browser that closes its connection in the middle of an answer is not an error."""
        self.local_gateway: Any = Gateway(self.local_gateway)
        try:
            super().handle()
        except ConnectionError:
            log.debug("a connection was closed early")


class _Server(ThreadedHTTPServer):
    request_queue_size = 128
    """Connections that wait to be accepted. Python's default of 5 resets those of twenty people who come at once."""


class Portal:
    """Serves on 127.0.0.1. `port` 0 takes a free one; `port` is then the one taken.

    Raises:
        OSError: the port is in use.
    """

    def __init__(self, port: int, config: Config) -> None:
        app = config.chalice_app
        app.__class__ = _threaded(app.__class__)
        handler = functools.partial(
            _Handler, app_object=app, config=config, compressed_from=config.minimum_compression_size
        )
        self._server = _Server(("127.0.0.1", port), handler)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True, name="portal")

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.server_close()


def _threaded(kind: type[Chalice]) -> type[Chalice]:
    """The app's class with the request kept per thread, as Chalice's `create_local_server` makes it."""
    return kind if issubclass(kind, LocalChalice) else type("LocalApp", (LocalChalice, kind), {})
