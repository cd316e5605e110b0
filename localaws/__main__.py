"""python -m localaws: the embedded cloud and the portal in the foreground, which is what `make up` runs.

PORT (8000), AWS_PORT (4566) and SPEED (1) come from the environment. Ctrl-C or SIGTERM ends everything.
"""

from __future__ import annotations

import errno
import logging
import os
import signal
import socket
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

LOCAL = Path(".local")
_FASTEST = 600
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class CannotStart(Exception):
    """One sentence for the person who typed `make up`."""


@dataclass(frozen=True)
class Options:
    """What the environment asks for."""

    port: int
    aws_port: int
    speed: float


def read_options() -> Options:
    """Raises CannotStart, naming the variable that makes no sense."""
    options = Options(_port("PORT", 8000), _port("AWS_PORT", 4566), _speed())
    if options.port == options.aws_port:
        raise CannotStart(f"PORT and AWS_PORT are both {options.port}; the portal and AWS need a port each.")
    for name, port in (("PORT", options.port), ("AWS_PORT", options.aws_port)):
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError as error:
            why = "is in use" if error.errno == errno.EADDRINUSE else "cannot be used"
            raise CannotStart(f"Port {port} {why}; choose another one with {name}=.") from error
    return options


def _port(name: str, default: int) -> int:
    text = os.environ.get(name) or str(default)
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise CannotStart(f"{name} must be a port number from 1 to 65535, not {text!r}.")
    return int(text)


def _speed() -> float:
    text = os.environ.get("SPEED") or "1"
    try:
        speed = float(text)
    except ValueError:
        speed = 0
    if not 0 < speed <= _FASTEST:
        raise CannotStart(f"SPEED must be a number above 0 and up to {_FASTEST}, not {text!r}.")
    return speed


def main() -> int:
    """The exit code: 0 after Ctrl-C or SIGTERM, 1 with a sentence when there is nothing to start."""
    terminal = sys.stdout
    for number in _ENDING:
        signal.signal(number, signal.default_int_handler)
    try:
        options = read_options()
        print("Starting the embedded cloud ...", flush=True)
        _log_to(LOCAL / str(options.port))
        run(options, terminal)
    except KeyboardInterrupt:
        print("\nEverything has ended.", file=terminal, flush=True)
        return 0
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def run(options: Options, terminal: TextIO) -> None:
    """Start, say so, and stay until interrupted."""
    from localaws.api_tokens import seed
    from localaws.cloud import LocalCloud

    cloud = LocalCloud(
        aws_port=options.aws_port,
        portal_port=options.port,
        speed=options.speed,
        phase_seconds=2.0,
        throttling=True,
        agents=True,
        folder=LOCAL.resolve() / str(options.port),
    )
    with cloud:
        try:
            seed(LOCAL / "tokens.json", cloud.clock.now())
            cloud.events.tick("sweep")  # which knows what things cost from then on
            print(welcome(cloud.portal_url, cloud.endpoint_url, options), file=terminal, flush=True)
            threading.Event().wait()
        finally:
            # Once is enough: what was started is being ended.
            for number in _ENDING:
                signal.signal(number, signal.SIG_IGN)


def welcome(portal_url: str, endpoint_url: str, options: Options) -> str:
    """What a person reads once everything answers."""
    aws = "AWS_ACCESS_KEY_ID=atmo AWS_SECRET_ACCESS_KEY=atmo aws --region us-east-1"
    speed = f"  Clock       {options.speed:g} times as fast as real time\n" if options.speed != 1 else ""
    return (
        f"Portal ready at {portal_url}\n"
        f"  Sign in     there, and choose alice, bob, maintainer or admin; nobody has a password\n"
        f"  API tokens  {LOCAL}/tokens.json, one for each of them: Authorization: Bearer <token>\n"
        f"  AWS         {endpoint_url}, for example\n"
        f"              {aws} --endpoint-url {endpoint_url} emr list-clusters\n"
        f"  Mails       {endpoint_url}/_local/mails (also files in {LOCAL}/{options.port}/mails)\n"
        f"  Inside      {endpoint_url}/_local/ shows clusters, executions and the clock\n"
        f"{speed}"
        f"  Log         {LOCAL}/{options.port}/atmo.log\n"
        "Ctrl-C ends everything."
    )


def _log_to(folder: Path) -> None:
    """From here on everything that logs or prints does so into the folder's atmo.log."""
    folder.mkdir(parents=True, exist_ok=True)
    sys.stdout = (folder / "atmo.log").open("w", buffering=1)
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.captureWarnings(True)
    for chatty in ("botocore", "urllib3"):
        logging.getLogger(chatty).setLevel(logging.ERROR)


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    # Executions that still run live in daemon threads, which must not be heard while Python takes itself apart.
    os._exit(code)
