"""What the tool that plants faults is told of: modules, their tests, and the faults that change nothing, are all still there."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.mutation.modules import TESTS
from tests.support.mutants import mutants

ROOT = Path(__file__).parents[2]
JUDGED: dict[str, dict[str, str]] = tomllib.loads((ROOT / "tests/mutation/survivors.toml").read_text())


@pytest.mark.parametrize("module", TESTS)
def test_modules_and_their_tests_are_where_the_tool_looks_for_them(module: str) -> None:
    assert (ROOT / "chalicelib" / f"{module}.py").is_file()
    assert all((ROOT / test).is_file() for test in TESTS[module])


def test_only_modules_that_are_tried_have_judged_survivors() -> None:
    assert JUDGED.keys() <= TESTS.keys()


@pytest.mark.parametrize("module", JUDGED)
def test_what_was_judged_can_still_be_planted(module: str) -> None:
    planted = {mutant.change for mutant in mutants((ROOT / "chalicelib" / f"{module}.py").read_text())}
    assert JUDGED[module].keys() - planted == set()


def test_every_module_of_rules_is_tried() -> None:
    rules = ("*rules.py", "slots.py", "schedule.py", "concurrency.py", "permissions.py", "hours.py", "outcomes.py")
    modules = {path.relative_to(ROOT / "chalicelib") for name in rules for path in (ROOT / "chalicelib").rglob(name)}
    assert {str(path.with_suffix("")) for path in modules} <= TESTS.keys()
