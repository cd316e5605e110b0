"""Names what the functions' roles allow and no test made them use, in a whole run of the suite: `pytest --used-grants`.

What they do not allow the embedded cloud refuses at once. Each worker notes what the functions that run in it do, and hands that
to xdist's controller, which compares when all workers are done. A run of some tests only would use little: ask for it with the
whole suite.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.real_account import only_there

if TYPE_CHECKING:
    from localaws.authorization import Grant

NOTES = "used_grants"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--used-grants", action="store_true", help="fail when a role allows what no test makes it use")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--used-grants"):
        config.pluginmanager.register(Notes(config), "used-grants-notes")


class Notes:
    """What is known of the roles: in a worker its own, in the controller everybody's."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._granted: set[Grant] = set()
        self._used: set[Grant] = set()
        self._unused: list[str] = []

    def pytest_testnodedown(self, node: Any) -> None:
        self._note(getattr(node, "workeroutput", {}).get(NOTES, ([], [])))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if hasattr(self._config, "workerinput"):
            output: dict[str, Any] = self._config.workeroutput  # type: ignore[attr-defined]
            output[NOTES] = _known()
            return
        self._note(_known())
        self._unused = list(sentences(self._granted - self._used))
        if self._unused and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _note(self, known: tuple[list[Any], list[Any]]) -> None:
        granted, unused = ({tuple(one) for one in each} for each in known)
        self._granted |= granted
        self._used |= granted - unused

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self._unused:
            terminalreporter.section("grants that no test used")
            for line in self._unused:
                terminalreporter.write_line(line)


def _known() -> tuple[list[Any], list[Any]]:
    """(granted, unused) of this process's clouds."""
    if (authorization := sys.modules.get("localaws.authorization")) is None:
        return [], []
    ledger = authorization.LEDGER
    return [list(one) for one in ledger.granted], [list(one) for one in ledger.unused()]


def sentences(unused: set[Grant]) -> Iterator[str]:
    """Those that are for nothing in an account of AWS, too."""
    for function, action, resource in sorted(unused):
        if not only_there(action, resource):
            yield f"{function} may {action} on {resource}, and no test made it do so."
