"""A server that webhooks are sent to, on this machine."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiver:
    """What was received, and the statuses still to be answered; 200 when there are none left."""

    url: str
    answers: list[int] = field(default_factory=list)
    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def events(self) -> list[str]:
        return [json.loads(body)["event"] for _, body in self.received]

    def body(self, number: int) -> Any:
        return json.loads(self.received[number][1])


def verified(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """As docs/webhooks.md has it."""
    at, signed = (part.partition("=")[2] for part in headers["Atmo-Signature"].split(","))
    digest = hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(digest, signed)


@contextmanager
def receiver(*answers: int) -> Iterator[Receiver]:
    """A webhook that answers with these statuses first, and a redirect to nowhere with each 3xx."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.received.append((dict(self.headers), body))
            self.send_response(hook.answers.pop(0) if hook.answers else 200)
            self.send_header("Location", f"{hook.url}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hook = Receiver(f"http://localhost:{server.server_port}/atmo?team=1", list(answers))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hook
    finally:
        server.shutdown()
        server.server_close()
