"""Commands made from the portal's own OpenAPI document: every operation has one, and no two have the same."""

from __future__ import annotations

from typing import Any

import pytest
from atmo import completion, generated
from atmo.main import OWN
from atmo.operations import Operation, operations

from chalicelib.entrypoints import addresses
from chalicelib.web import openapi


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    endpoints = [endpoint for module in addresses.API for endpoint in addresses.routes_of(module).endpoints]
    return openapi.document(endpoints, "", "")


@pytest.fixture(scope="module")
def made(document: dict[str, Any]) -> list[Operation]:
    return operations(document)


def test_each_operation_has_a_command_of_its_own(document: dict[str, Any], made: list[Operation]) -> None:
    described = sum(len(methods) for path, methods in document["paths"].items() if "." not in path)
    assert len({(operation.group, operation.verb) for operation in made}) == len(made) == described
    assert not {operation.group for operation in made} & set(OWN)


@pytest.mark.parametrize(
    ("command", "method", "path"),
    [
        ("clusters ls", "GET", "/clusters"),
        ("clusters show", "GET", "/clusters/x"),
        ("clusters create", "POST", "/clusters"),
        ("clusters extend", "POST", "/clusters/x/extend"),
        ("jobs edit", "PATCH", "/jobs/x"),
        ("jobs delete", "DELETE", "/jobs/x"),
        ("jobs shares", "GET", "/jobs/x/shares"),
        ("jobs shares-create", "POST", "/jobs/x/shares"),
        ("jobs shares-delete", "DELETE", "/jobs/x/shares/x/x"),
        ("jobs transfer-delete", "DELETE", "/jobs/x/transfer"),
        ("jobs notebooks-show", "GET", "/jobs/x/notebooks/x"),
        ("runs files", "GET", "/runs/x/files/x"),
        ("settings set", "PUT", "/settings"),
    ],
)
def test_commands_are_called_as_people_guess(made: list[Operation], command: str, method: str, path: str) -> None:
    operation = next(each for each in made if f"{each.group} {each.verb}" == command)
    assert (operation.method, operation.at(dict.fromkeys(operation.places, "x"))) == (method, path)


def test_what_a_path_names_is_quoted(made: list[Operation]) -> None:
    show = next(each for each in made if (each.group, each.verb) == ("users", "show"))
    assert show.at({"username": "a/b c"}) == "/users/a%2Fb%20c"


def test_every_command_can_be_parsed_with_all_its_options(made: list[Operation]) -> None:
    parser = generated.parser(made)
    for operation in made:
        options = [each for each in operation.options if not (operation.is_list and each.name == "limit")]
        flags = [f"{option.flag}={option.choices[-1] if option.choices else 1}" for option in options]
        typed = [operation.group, operation.verb, *operation.places, *flags]
        parsed = parser.parse_args([*typed, "--json"])
        assert (parsed.operation, parsed.json) == (operation, True)


def test_a_notebook_is_a_file_and_choices_are_those_of_the_api(made: list[Operation]) -> None:
    create = next(each for each in made if (each.group, each.verb) == ("jobs", "create"))
    options = {option.name: option for option in create.options}
    assert (options["notebook"].kind, options["parameters"].kind) == ("file", "object")
    assert options["overlap"].choices == ("skip", "queue", "allow")
    assert (options["retries"].default, options["identifier"].is_required) == (0, True)


@pytest.mark.parametrize("shell", completion.SHELLS)
def test_completion_knows_every_command(made: list[Operation], shell: str) -> None:
    script = completion.script(made, OWN, shell)
    assert all(operation.verb in script and operation.group in script for operation in made)
