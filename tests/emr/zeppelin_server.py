"""An HTTP server that answers as Zeppelin's documentation says, with a script instead of interpreters.

https://zeppelin.apache.org/docs/0.11.1/usage/rest_api/notebook.html
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Interpret = Callable[[str], dict[str, Any] | None]
"""From a paragraph's text to what changes of it once it has run; None while it never ends."""


@dataclass
class Server:
    """`imported` is the note as it was received; `ran` are the paragraphs run, each with its forms' values."""

    interpret: Interpret
    url: str = ""
    unready: int = 0
    unwell: int = 0
    refuse_import: bool = False
    imported: dict[str, Any] | None = None
    paragraphs: dict[str, dict[str, Any]] = field(default_factory=dict)
    ran: list[tuple[str, Any]] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)

    def answer(self, method: str, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        match (method, path.removeprefix("/api").strip("/").split("/")):
            case ("GET", ["version"]):
                self.unready -= 1
                return (503, {}) if self.unready >= 0 else ok({"version": "0.10.1"})
            case ("POST", ["notebook", "import"]):
                return self._import(body)
            case ("GET", ["notebook", "2N"]):
                return ok({"id": "2N", "paragraphs": list(self.paragraphs.values())})
            case ("GET", ["notebook", "2N", "paragraph", name]):
                self.unwell -= 1
                return (500, {}) if self.unwell >= 0 else ok(self._described(name))
            case ("POST", ["notebook", "job", "2N", name]):
                self.ran.append((self.paragraphs[name]["text"], body["params"]))
                self.paragraphs[name] |= {"status": "PENDING", "looked": 0}
                return 200, {"status": "OK"}
            case ("DELETE", ["notebook", "job", "2N", name]):
                self.stopped.append(self.paragraphs[name]["text"])
                return 200, {"status": "OK"}
        return 404, {"status": "NOT_FOUND", "message": f"no {method} {path}"}

    def _import(self, body: Any) -> tuple[int, dict[str, Any]]:
        if self.refuse_import:
            return 500, {"status": "INTERNAL_SERVER_ERROR", "message": "Fail to import note"}
        self.imported = body
        for entry in body["paragraphs"]:
            self.paragraphs[entry["id"]] = entry | {"status": "READY"}
        return 201, {"status": "CREATED", "message": "", "body": "2N"}

    def _described(self, name: str) -> dict[str, Any]:
        """First pending, then running, then over."""
        entry = self.paragraphs[name]
        entry["looked"] += 1
        if entry["looked"] > 2 and (ended := self.interpret(entry["text"])):
            return entry | {"dateStarted": "2026-11-22 06:00:00.000", "dateFinished": "2026-11-22 06:00:01.000"} | ended
        return entry | {"status": "RUNNING" if entry["looked"] > 1 else "PENDING"}


def ok(body: Any) -> tuple[int, dict[str, Any]]:
    return 200, {"status": "OK", "message": "", "body": body}


def finished(kind: str, data: str) -> dict[str, Any]:
    return {"status": "FINISHED", "results": {"code": "SUCCESS", "msg": [{"type": kind, "data": data}]}}


def failed(data: str) -> dict[str, Any]:
    return {"status": "ERROR", "results": {"code": "ERROR", "msg": [{"type": "TEXT", "data": data}]}}


@contextmanager
def running(interpret: Interpret) -> Iterator[Server]:
    """Such a server, on a free port."""
    server = Server(interpret)

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            status, document = server.answer(self.command, self.path, body)
            content = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_DELETE = handle_any  # noqa: N815

        def log_message(self, *arguments: Any) -> None:
            return

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{http.server_port}"
    threading.Thread(target=http.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
