"""Each function imports what it uses and nothing else: every module more is paid for at every cold start."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from chalicelib.entrypoints import addresses
from chalicelib.entrypoints.http import app

ROOT = Path(__file__).parents[2]
RESOURCES = ROOT / ".chalice" / "resources.yaml"

FORMS = ("pydantic", "chalicelib.core.fields")
PAGES = ("jinja2", "markdown_it")
ROUTES = (
    "chalice",
    "chalicelib.web",
    "chalicelib.entrypoints.http",
    "chalicelib.entrypoints.portal",
    "chalicelib.entrypoints.api",
)
SIGN_IN = ("joserfc", "cryptography", "python_multipart")
NOTEBOOKS = ("chalicelib.notebooks.preview", "chalicelib.notebooks.uploads", "difflib")
SORTING = ("natsort", "statistics")
BOTO3 = ("boto3", "s3transfer")
"""Clients are made from botocore's session; see chalicelib/core/aws_session.py."""
TELLING = ("chalicelib.runs.alerts", "chalicelib.runs.webhooks", "chalicelib.mail")
PRICES = ("chalicelib.costs", "chalicelib.aws.pricing")
NEWS_OF_RECORDS = ("chalicelib.runs.alerts", "chalicelib.clusters.mails")
LIFECYCLES = ("chalicelib.runs.lifecycle", "chalicelib.clusters.lifecycle")
BARE = FORMS + PAGES + ROUTES + SIGN_IN + NOTEBOOKS + SORTING + BOTO3

NEVER_USED = {
    "APIHandler": BOTO3 + SIGN_IN + PAGES + SORTING + NOTEBOOKS + FORMS,
    "Dispatch": (*BARE, *TELLING, *PRICES, "chalicelib.runs.lifecycle", "chalicelib.usage_limits", "chalicelib.aws.s3"),
    "Sweep": (*BARE, *LIFECYCLES, *NEWS_OF_RECORDS, "chalicelib.costs.receipts", "chalicelib.aws.s3"),
    "OnEmrEvent": (*BARE, "chalicelib.mail.outbox"),
    "ClusterTask": (*BARE, "chalicelib.runs", "chalicelib.notebooks", "cronsim"),
    "RunTask": (*BARE, *TELLING, "chalicelib.dispatch"),
    "RunCredentials": BARE,
    "Operator": BARE,
}
"""What each function, by its name in the template, must not have imported when its first event comes."""


class _Tags(yaml.SafeLoader):
    """YAML with CloudFormation's short tags, which say nothing here."""


_Tags.add_multi_constructor("!", lambda loader, suffix, node: None)


def handlers() -> dict[str, str]:
    template: dict[str, Any] = yaml.load(RESOURCES.read_text(), _Tags)
    named = {name: made.get("Properties", {}).get("Handler") for name, made in template["Resources"].items()}
    return {name: handler for name, handler in named.items() if handler}


@cache
def imported(handler: str) -> frozenset[str]:
    """The modules that a fresh process has imported when it could call the handler."""
    module, _, name = handler.rpartition(".")
    code = f"import sys; from {module} import {name}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return frozenset(done.stdout.split())


def test_every_function_has_an_entry_module_of_its_own() -> None:
    assert handlers().keys() == NEVER_USED.keys()
    assert len(set(handlers().values())) == len(NEVER_USED)


@pytest.mark.parametrize(("function", "package"), [(name, one) for name, never in NEVER_USED.items() for one in never])
def test_a_function_imports_nothing_that_it_never_uses(function: str, package: str) -> None:
    modules = imported(handlers()[function])
    assert not [name for name in modules if name == package or name.startswith(f"{package}.")]


FIRST_PAGES = {
    "portal.dashboard": (*FORMS, *SIGN_IN, *SORTING, "chalicelib.notebooks", "chalicelib.releases", "chalicelib.mail"),
    "portal.sign_in": FORMS + SORTING,
    "portal.health": (*FORMS, *SIGN_IN, *SORTING, "chalicelib.clusters", "chalicelib.jobs"),
    "portal.runs": FORMS + SIGN_IN,
    "api.jobs": FORMS + PAGES + SIGN_IN + SORTING + NOTEBOOKS,
    "api.clusters": FORMS + PAGES + SIGN_IN + SORTING + NOTEBOOKS,
}
COMMANDS = {
    "releases": BARE,
    "report": BARE,
    "clusters": (*ROUTES, *SIGN_IN, *NOTEBOOKS),
    "people": ROUTES,
    "jobs": ROUTES,
}
"""What a process must not have imported when a page or endpoint of these modules is the first that it is asked for, or when an
operator's command of these modules is called."""


@pytest.mark.parametrize(("module", "package"), [(name, one) for name, never in COMMANDS.items() for one in never])
def test_a_command_imports_nothing_that_it_never_uses(module: str, package: str) -> None:
    modules = imported(f"chalicelib.entrypoints.operator.{module}.command")
    assert not [name for name in modules if name == package or name.startswith(f"{package}.")]


@pytest.mark.parametrize(("page", "package"), [(name, one) for name, never in FIRST_PAGES.items() for one in never])
def test_a_page_imports_nothing_that_it_never_uses(page: str, package: str) -> None:
    modules = imported("chalicelib.entrypoints.http.app") | imported(f"chalicelib.entrypoints.{page}.routes")
    assert not [name for name in modules if name == package or name.startswith(f"{package}.")]


def declared() -> dict[str, set[tuple[str, str]]]:
    """The addresses and methods of each module's routes, by its name in the table."""
    app.load_all()
    by_module: dict[str, set[tuple[str, str]]] = {}
    for address, methods in app.routes.items():
        for method, route in methods.items():
            module = route.view_function.__module__.removeprefix("chalicelib.entrypoints.")
            by_module.setdefault(module, set()).add((address, method))
    return by_module


def test_the_table_leads_each_address_to_the_module_with_its_routes() -> None:
    """A route that the table leads elsewhere would be missing on Lambda."""
    assert declared().keys() == (addresses.PORTAL | addresses.API).keys()
    for module, places in declared().items():
        assert {place: addresses.module_of(*place) for place in places} == dict.fromkeys(places, module)


def test_every_place_in_the_table_has_routes() -> None:
    for module, places in (addresses.PORTAL | addresses.API).items():
        for place in places:
            assert any(one == place or one.startswith(f"{place}/") for one, _ in declared()[module]), place


def test_every_module_with_routes_stands_in_the_table() -> None:
    entrypoints = ROOT / "chalicelib" / "entrypoints"
    written = [path for folder in ("portal", "api") for path in (entrypoints / folder).glob("*.py")]
    declaring = {f"{path.parent.name}.{path.stem}" for path in written if "\nroutes = " in path.read_text()}
    assert declaring == set(addresses.PORTAL | addresses.API)


@pytest.mark.parametrize("package", sorted({package for never in NEVER_USED.values() for package in never}))
def test_there_is_such_a_package(package: str) -> None:
    """A package that was renamed is imported by nobody."""
    assert find_spec(package)


def test_garbage_is_collected_from_the_first_event_on() -> None:
    code = (
        "import gc; from chalicelib.entrypoints.operator.service import handler; before = gc.isenabled();"
        "handler({}, None); print(before, gc.isenabled())"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split()[-2:] == ["False", "True"]
