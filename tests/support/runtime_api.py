"""The Runtime API that Lambda serves to a function's process, and that process: AWS's own runtime client on the unpacked zip.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import queue
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

VERSION = "/2018-06-01/runtime"
CLIENT = ("awslambdaric", "simplejson", "snapshot-restore-py")
"""What AWS's base images have in /var/runtime."""
TIMEOUT_SECONDS = 60
ACCOUNT_ARN = "arn:aws:lambda:us-east-1:123456789012:function:"


@dataclass(frozen=True)
class Answer:
    """What the function sent back, and whether it was an error: `kind` is response, error or init/error."""

    kind: str
    body: Any


def install_client(folder: Path) -> Path:
    """A folder with the runtime client and nothing else of the development environment."""
    for name in CLIENT:
        for file in importlib.metadata.files(name) or []:
            target = folder / file
            if ".." not in file.parts:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(str(file.locate()), target)
    return folder


class Runtime:
    """One function's process, which takes one event after the other."""

    def __init__(self, task: Path, client: Path, handler: str, name: str, environment: Mapping[str, str]) -> None:
        self._events: queue.Queue[Any] = queue.Queue()
        self._answers: queue.Queue[Answer] = queue.Queue()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self._name = name
        address = f"127.0.0.1:{self._server.server_address[1]}"
        own = {
            "AWS_LAMBDA_RUNTIME_API": address, "_HANDLER": handler, "LAMBDA_TASK_ROOT": str(task), "PYTHONPATH": str(client),
            "AWS_LAMBDA_FUNCTION_NAME": name, "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand", "PYTHONDONTWRITEBYTECODE": "1", "PATH": os.environ["PATH"],
        }  # fmt: skip
        # Without -S the development environment's packages would be found too.
        command = [sys.executable, "-S", "-m", "awslambdaric", handler]
        pipes: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        self._process = subprocess.Popen(command, cwd=task, env={**environment, **own}, **pipes)

    def __enter__(self) -> Runtime:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._server.shutdown()
        self._server.server_close()

    def invoke(self, event: Any) -> Answer:
        """What the function makes of the event."""
        self._events.put(event)
        for _ in range(TIMEOUT_SECONDS):
            try:
                return self._answers.get(timeout=1)
            except queue.Empty:
                if self._process.poll() is not None:
                    break
        self._process.kill()
        raise AssertionError(f"{self._name} did not answer:\n{self._process.communicate()[0][-3000:]}")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        runtime = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                """Nothing: the function's own log is what tells."""

            def do_GET(self) -> None:
                assert self.path == f"{VERSION}/invocation/next"
                event = json.dumps(runtime._events.get()).encode()
                self._reply(200, event, runtime._headers())

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                kind = "init/error" if "/init/" in self.path else self.path.rpartition("/")[2]
                self._reply(202, b'{"status": "OK"}', {})
                runtime._answers.put(Answer(kind, json.loads(body or b"null")))

            def _reply(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
                self.send_response(status)
                for name, value in {
                    **headers,
                    "Content-Length": str(len(body)),
                    "Content-Type": "application/json",
                }.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

        return Handler

    def _headers(self) -> dict[str, str]:
        return {
            "Lambda-Runtime-Aws-Request-Id": "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + TIMEOUT_SECONDS) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": ACCOUNT_ARN + self._name,
            "Lambda-Runtime-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1",
        }
