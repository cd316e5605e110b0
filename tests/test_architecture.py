"""Which way the arrows point. See docs/architecture.md."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted(path.relative_to(ROOT) for path in (ROOT / "chalicelib").rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """The modules that a file imports, by their full names, wherever in the file."""
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{name.name}" for name in node.names]
            yield from (name if is_module(name) else node.module for name in names)


def is_module(name: str) -> bool:
    place = ROOT / name.replace(".", "/")
    return place.with_suffix(".py").exists() or (place / "__init__.py").exists()


def called(*stems: str) -> list[Path]:
    return [path for path in MODULES if path.stem in stems]


PURE = {
    "chalicelib.clock", "chalicelib.errors", "chalicelib.aws.jobflows", "chalicelib.clusters.models", "chalicelib.jobs.models",
    "chalicelib.clusters.rules", "chalicelib.keys.security_keys",
    "chalicelib.jobs.schedules.schedule", "chalicelib.jobs.schedules.overlap",
    "chalicelib.jobs.runs.history", "chalicelib.jobs.runs.models",
    *(f"chalicelib.diagnosis.{name}" for name in ("words", "facts", "otherwise", "cluster_symptoms", "notebook_symptoms")),
}  # fmt: skip
DIAGNOSIS = [path for path in MODULES if path.parts[1] == "diagnosis"]
LIBRARIES = {"cronsim", "cryptography"}


@pytest.mark.parametrize("path", [*called("rules", "schedule", "slots", "overlap", "attempts"), *DIAGNOSIS], ids=str)
def test_rules_import_nothing_that_does_input_or_output(path: Path) -> None:
    allowed = PURE | LIBRARIES | sys.stdlib_module_names
    assert [name for name in imports(path) if name not in allowed and name.split(".")[0] not in allowed] == []


@pytest.mark.parametrize("path", called("rules", "schedule", "slots", "overlap", "attempts", "forms"), ids=str)
def test_no_rule_calls_the_clock(path: Path) -> None:
    text = (ROOT / path).read_text()
    assert "clock.now" not in text
    assert "datetime.now" not in text


def test_only_aws_makes_clients() -> None:
    makers = ("boto3", "botocore.session")
    users = {path.parts[1] for path in MODULES if any(name.startswith(makers) for name in imports(path))}
    assert users == {"aws"}


@pytest.mark.parametrize("path", [path for path in MODULES if path.parts[1] != "jobs"], ids=str)
def test_nothing_below_jobs_imports_jobs(path: Path) -> None:
    above = {
        "api.py",
        "portal.py",
        "emr_events.py",
        "sweep.py",
        "dashboard",
        "admin",
        "links",
        "ownership",
        "operators",
    }
    views_of_both = path.parts[1] in ("shares", "audit") and path.stem in ("portal", "api")
    if path.parts[1] not in above and not views_of_both:
        assert [name for name in imports(path) if name.startswith("chalicelib.jobs")] == []


BELOW = {"schedules": (), "runs": ("schedules",), "notebooks": (), "comparison": ("runs",), "exchange": ("notebooks",)}
PARTS = [path for path in MODULES if path.parent.name in BELOW and path.stem not in ("portal", "api")]


@pytest.mark.parametrize("path", PARTS, ids=str)
def test_a_part_of_jobs_imports_only_the_parts_below_it(path: Path) -> None:
    part = path.parent.name
    used = [name for name in imports(path) if name.startswith("chalicelib.jobs.") and not name.endswith(".models")]
    beside = {name.split(".")[2] for name in used} & set(BELOW)
    assert beside <= {part, *BELOW[part]}


@pytest.mark.parametrize("path", called("service", "lifecycle", "models", "dispatch", "sweep"), ids=str)
def test_services_know_nothing_of_the_web(path: Path) -> None:
    assert [
        name for name in imports(path) if name.startswith("chalicelib.web") or name.split(".")[0] == "chalice"
    ] == []


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_what_is_deployed_imports_nothing_that_stays_here(path: Path) -> None:
    stays = {"moto", "localaws", "tests", "pytest", "jsonata"}
    found = [
        name
        for name in imports(path)
        if name.split(".")[0] in stays or name.startswith(("chalice.local", "chalice.test"))
    ]
    assert found == []


def test_the_tasks_of_each_machine_are_those_that_its_lambda_knows() -> None:
    import json

    from chalicelib.clusters import lifecycle as clusters
    from chalicelib.jobs.runs import lifecycle as runs

    for machine, tasks in (("cluster", clusters.TASKS), ("job_run", runs.TASKS)):
        states = json.loads((ROOT / f"statemachines/{machine}.asl.json").read_text())["States"].values()
        named = {state["Arguments"]["Payload"]["task"] for state in states if "Payload" in state.get("Arguments", {})}
        assert named == set(tasks)
