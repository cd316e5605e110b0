"""Compares what the functions called in a whole run of the suite with what their roles allow: `pytest --used-grants`.

Each worker notes the calls of the functions that run in it, those of their threads and the presigned addresses that they make
included, and hands the notes to xdist's controller, which compares them when all workers are done. A run of some tests only would
use little: ask for it with the whole suite.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.grants import BY_THE_OTHER_SIDE, Grant, granted, needs, of_s3
from tests.support.real_account import only_there

if TYPE_CHECKING:
    from tests.support.wiretap import Call, Really

NOTES = "used_grants"
ROOT = Path(__file__).resolve().parents[2]
BUCKETS = {"NOTEBOOKS_BUCKET": "NotebooksBucket", "RESULTS_BUCKET": "ResultsBucket", "LOGS_BUCKET": "LogsBucket"}
"""The template's names of buckets by the variables that have their real ones."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--used-grants", action="store_true", help="fail when a role allows what no test makes it use")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--used-grants"):
        config.pluginmanager.register(Notes(config), "used-grants-notes")


class Notes:
    """What is known of the calls: in a worker its own, in the controller everybody's."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._is_worker = hasattr(config, "workerinput")
        self._runs_tests = self._is_worker or not config.getoption("numprocesses", None)
        self._used: set[Grant] = set()
        self._wrong: list[str] = []
        self._exit = ExitStack()

    def pytest_sessionstart(self) -> None:
        if self._runs_tests:
            self._exit.enter_context(noting(self._used))

    def pytest_testnodedown(self, node: Any) -> None:
        self._used |= {Grant(*one) for one in getattr(node, "workeroutput", {}).get(NOTES, [])}

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        self._exit.close()
        if self._is_worker:
            output: dict[str, Any] = self._config.workeroutput  # type: ignore[attr-defined]
            output[NOTES] = [list(grant) for grant in sorted(self._used)]
            return
        self._wrong = list(differences(self._used))
        if self._wrong and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self._wrong:
            terminalreporter.section("roles and calls")
            for line in self._wrong:
                terminalreporter.write_line(line)


@contextmanager
def noting(used: set[Grant]) -> Iterator[None]:
    """Note what functions need meanwhile."""
    from botocore.signers import RequestSigner, S3PostPresigner

    from tests.support.wiretap import tapped

    taps = _Taps(used, RequestSigner.generate_presigned_url, S3PostPresigner.generate_presigned_post)
    with tapped(taps.call), pytest.MonkeyPatch.context() as patch:
        patch.setattr(RequestSigner, "generate_presigned_url", lambda *args, **options: taps.address(*args, **options))
        patch.setattr(S3PostPresigner, "generate_presigned_post", lambda *args, **options: taps.form(*args, **options))
        yield


class _Taps:
    """What is called in the place of botocore's own methods."""

    def __init__(self, used: set[Grant], address: Any, form: Any) -> None:
        self._used, self._address, self._form = used, address, form

    def call(self, call: Call, really: Really) -> Any:
        if who := _function():
            self._used.update(needs(who, call.service, call.operation, call.params, _buckets()))
        return really()

    def address(self, signer: Any, request_dict: Any, operation_name: str, *args: Any, **options: Any) -> Any:
        params = request_dict.get("context", {}).get("s3_redirect", {}).get("params")
        if params and (who := _function()):
            self._used.add(of_s3(who, operation_name, params, _buckets()))
        return self._address(signer, request_dict, operation_name, *args, **options)

    def form(self, presigner: Any, request_dict: Any, *args: Any, **options: Any) -> Any:
        if who := _function():
            bucket = next(one["bucket"] for one in options["conditions"] if isinstance(one, dict) and "bucket" in one)
            self._used.add(of_s3(who, "PutObject", {"Bucket": bucket}, _buckets()))
        return self._form(presigner, request_dict, *args, **options)


def _function() -> str:
    from localaws import running

    return running.current().removeprefix("atmo-local-")


def _buckets() -> dict[str, str]:
    return {os.environ.get(variable, ""): logical for variable, logical in BUCKETS.items()}


def differences(used: set[Grant]) -> Iterator[str]:
    """What is allowed and not used, and what is used and not allowed, in sentences."""
    may = set(granted(packaged_template()))
    for grant in sorted(one for one in used - may if one.action not in BY_THE_OTHER_SIDE):
        yield f"{grant.function} did {grant.action} on {grant.resource or 'something'}, which its role does not allow."
    for grant in sorted(may - used):
        if not only_there(grant):
            yield f"{grant.function} may {grant.action} on {grant.resource or 'something'}, and no test made it do so."


def packaged_template() -> Any:
    """The template as `make package` makes it."""
    import yaml

    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "scripts.package", folder]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        return yaml.safe_load((Path(folder) / "sam.yaml").read_text())
