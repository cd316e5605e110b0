"""Which way the imports point: three layers, and no cycle below the entry points. See docs/architecture.md."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(path.relative_to(ROOT) for path in (ROOT / "chalicelib").rglob("*.py"))
ENTRYPOINTS = "chalicelib.entrypoints"
FOUNDATION = ("audit", "aws", "core", "identity", "mail", "web")
"""The packages that know no domain. All others below the entry points are domains."""


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


def module_name(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def package_of(module: str) -> str:
    """The folder that a module lies in, such as chalicelib.mail.webhooks."""
    place = ROOT / module.replace(".", "/")
    return module if (place / "__init__.py").exists() else module.rpartition(".")[0]


def domain_of(module: str) -> str:
    """The folder of chalicelib that a module lies in at any depth, such as chalicelib.mail."""
    return ".".join(module.split(".")[:2])


BELOW = [path for path in MODULES if not module_name(path).startswith(ENTRYPOINTS)]
IMPORTS = {module_name(path): {name for name in imports(path) if name.startswith("chalicelib.")} for path in MODULES}
DIAGNOSIS = [path for path in MODULES if path.parts[1] == "diagnosis"]
PURE_STEMS = (
    "rules",
    "amounts",
    "caps",
    "right_size",
    "activity",
    "idle_rules",
    "session_rules",
    "schedule",
    "slots",
    "concurrency",
    "attempts",
    "hours",
    "limits",
    "text",
)


def with_stem(*stems: str) -> list[Path]:
    return [path for path in MODULES if path.stem in stems]


def cycle_of(dependencies: Mapping[str, set[str]]) -> list[str]:
    """One cycle among these, or nothing."""
    try:
        TopologicalSorter(dependencies).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


@pytest.mark.parametrize("level", [package_of, domain_of], ids=["folders", "domains"])
def test_no_package_below_the_entry_points_stands_in_a_cycle(level: object) -> None:
    assert callable(level)
    dependencies: dict[str, set[str]] = {}
    for path in BELOW:
        package = level(module_name(path))
        others = {level(name) for name in IMPORTS[module_name(path)]} - {package, "chalicelib"}
        dependencies.setdefault(package, set()).update(others)
    assert cycle_of(dependencies) == []


def test_a_cycle_of_packages_would_be_seen() -> None:
    assert set(cycle_of({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}})) == {"a", "b", "c"}


@pytest.mark.parametrize("path", BELOW, ids=str)
def test_nothing_imports_an_entry_point(path: Path) -> None:
    assert [name for name in IMPORTS[module_name(path)] if name.startswith(ENTRYPOINTS)] == []


@pytest.mark.parametrize(
    "path", [path for path in MODULES if len(path.parts) > 3 and path.parts[1] == "entrypoints"], ids=str
)
def test_entry_points_do_not_import_one_another(path: Path) -> None:
    """What the API, the portal and operators share is in the domains: a representation is in the domain's `schemas`. The API's
    description reads the table of all addresses, and is shown by both."""
    own = (f"{ENTRYPOINTS}.{path.parts[2]}", f"{ENTRYPOINTS}.addresses", f"{ENTRYPOINTS}.api_document")
    assert [
        name for name in IMPORTS[module_name(path)] if name.startswith(ENTRYPOINTS) and not name.startswith(own)
    ] == []


@pytest.mark.parametrize("path", [path for path in BELOW if path.parts[1] in FOUNDATION], ids=str)
def test_the_foundation_knows_no_domain(path: Path) -> None:
    assert [name for name in IMPORTS[module_name(path)] if name.split(".")[1] not in FOUNDATION] == []


@pytest.mark.parametrize(("domain", "other"), [("runs", "clusters"), ("clusters", "runs"), ("jobflows", "runs")])
def test_clusters_and_runs_share_jobflows_and_nothing_of_each_other(domain: str, other: str) -> None:
    own = [path for path in MODULES if path.parts[1] == domain]
    assert [name for path in own for name in imports(path) if name.startswith(f"chalicelib.{other}")] == []


PURE = {
    "chalicelib.core.choices", "chalicelib.core.clock", "chalicelib.core.errors", "chalicelib.core.limits", "chalicelib.core.text",
    "chalicelib.aws.jobflows", "chalicelib.usage_limits.models", "chalicelib.budgets.amounts", "chalicelib.budgets.caps",
    "chalicelib.budgets.models",
    "chalicelib.clusters.activity", "chalicelib.clusters.idle_rules",
    "chalicelib.clusters.models", "chalicelib.clusters.rules", "chalicelib.jobs.models", "chalicelib.keys.security_keys",
    "chalicelib.runs.history", "chalicelib.runs.models", "chalicelib.schedules.concurrency", "chalicelib.schedules.job",
    "chalicelib.schedules.backfill", "chalicelib.schedules.cron", "chalicelib.schedules.policies",
    "chalicelib.schedules.schedule", "chalicelib.jobflows.states", "chalicelib.jobflows.launches", "chalicelib.jobflows.names",
    *(module_name(path) for path in DIAGNOSIS),
}  # fmt: skip
LIBRARIES = {"cronsim", "cryptography"}


@pytest.mark.parametrize("path", [*with_stem(*PURE_STEMS), *DIAGNOSIS], ids=str)
def test_rules_import_nothing_that_does_input_or_output(path: Path) -> None:
    allowed = PURE | LIBRARIES | sys.stdlib_module_names
    assert [name for name in imports(path) if name not in allowed and name.split(".")[0] not in allowed] == []


@pytest.mark.parametrize("path", with_stem(*PURE_STEMS, "forms", "id_token"), ids=str)
def test_no_rule_calls_the_clock(path: Path) -> None:
    text = (ROOT / path).read_text()
    assert "clock.now" not in text
    assert "datetime.now" not in text


def test_there_is_one_session_that_makes_clients() -> None:
    makers = ("boto3", "botocore.session")
    users = {str(path) for path in MODULES if any(name.startswith(makers) for name in imports(path))}
    assert users == {"chalicelib/core/aws_session.py", "chalicelib/core/dynamodb.py"}


def test_only_aws_calls_services_other_than_dynamodb() -> None:
    users = {path.parts[1] for path in MODULES if "chalicelib.core.aws_session" in imports(path)}
    assert users == {"aws", "core"}


@pytest.mark.parametrize("path", with_stem("service", "lifecycle", "models", "sweep"), ids=str)
def test_services_know_nothing_of_the_web(path: Path) -> None:
    if not module_name(path).startswith(ENTRYPOINTS):
        web = [name for name in imports(path) if name.startswith("chalicelib.web") or name.split(".")[0] == "chalice"]
        assert web == []


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_what_is_deployed_imports_nothing_that_stays_here(path: Path) -> None:
    stays = {"moto", "localaws", "tests", "pytest", "jsonata"}
    assert [
        name
        for name in imports(path)
        if name.split(".")[0] in stays or name.startswith(("chalice.local", "chalice.test"))
    ] == []


def test_the_tasks_of_each_machine_are_those_that_its_lambda_knows() -> None:
    import json

    from chalicelib.clusters import lifecycle as clusters
    from chalicelib.entrypoints.run_task import SERVE_SLOT
    from chalicelib.runs import lifecycle as runs

    for machine, tasks in (("cluster", clusters.TASKS), ("job_run", {*runs.TASKS, SERVE_SLOT})):
        states = json.loads((ROOT / f"statemachines/{machine}.asl.json").read_text())["States"].values()
        named = {state["Arguments"]["Payload"]["task"] for state in states if "Payload" in state.get("Arguments", {})}
        assert named == set(tasks)
