"""The layers of tests: what can be run alone, and needs no cloud, loads none."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
LAYERS = {"browser", "cli", "cloud", "emr", "localaws", "packaging", "simulated", "support", "unit"}
COLLECT = """
import json, sys, pytest
status = pytest.main(["--collect-only", "-qq", "-p", "no:cacheprovider", "tests/unit"])
print(json.dumps([status, sorted({name.partition(".")[0] for name in sys.modules})]))
"""


def test_unit_tests_load_neither_a_cloud_nor_a_browser() -> None:
    command = [sys.executable, "-c", COLLECT]
    done = subprocess.run(command, cwd=TESTS.parent, capture_output=True, text=True, check=True)
    status, modules = json.loads(done.stdout.splitlines()[-1])
    assert status == pytest.ExitCode.OK, done.stdout
    assert {"chalicelib", "tests"} <= set(modules)
    assert {"localaws", "moto", "playwright", "pyspark"} & set(modules) == set()


def test_every_test_lies_in_a_layer() -> None:
    lying = {path.relative_to(TESTS).parts[0] for path in TESTS.rglob("test_*.py")}
    assert lying <= LAYERS - {"support"}
