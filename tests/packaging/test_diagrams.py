"""docs/state-machines.md shows the machines as they are, docs/packages.md the packages."""

from __future__ import annotations

import pytest

from docs import diagrams, packages
from tests.unit import test_architecture as architecture


def test_the_drawings_are_up_to_date() -> None:
    page = diagrams.PAGE.read_text()
    assert page.count("```mermaid") == 2
    assert diagrams.redrawn(page) == page, "Run `make docs`."


@pytest.mark.parametrize(
    ("state", "ways"),
    [
        (
            {"Type": "Task", "Next": "B", "Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "C"}]},
            [("B", ""), ("C", "on timeout")],
        ),
        (
            {
                "Type": "Choice",
                "Choices": [{"Condition": "{% $states.input.action = 'end' %}", "Next": "B"}],
                "Default": "C",
            },
            [("B", "end"), ("C", "otherwise")],
        ),
        ({"Type": "Succeed"}, []),
    ],
)
def test_every_way_out_of_a_state_is_drawn(state: diagrams.State, ways: list[tuple[str, str]]) -> None:
    assert list(diagrams.edges(state)) == ways


def test_arrows_between_the_same_states_are_drawn_once() -> None:
    catch = {"ErrorEquals": ["States.ALL"], "Next": "B"}
    machine = {
        "StartAt": "A",
        "States": {"A": {"Type": "Task", "Next": "B", "Catch": [catch]}, "B": {"Type": "Succeed"}},
    }
    assert diagrams.mermaid(machine).split("\n    ")[1:] == ["[*] --> A", "A --> B", "B --> [*]"]


def test_the_packages_are_drawn_as_they_are() -> None:
    page = packages.PAGE.read_text()
    assert packages.redrawn(page) == page, "Run `make docs`."
    assert packages.FOUNDATION == architecture.FOUNDATION


def test_the_packages_drawn_are_those_that_the_law_is_about() -> None:
    folders = {path.parts[1] for path in architecture.MODULES if len(path.parts) > 2}
    assert set(packages.read_imports()) == folders
    assert {name for name in packages.read_imports()["runs"] if packages.layer_of(name) == "domains"} == {
        architecture.domain_of(name).removeprefix("chalicelib.")
        for module, names in architecture.IMPORTS.items()
        if module.startswith("chalicelib.runs.")
        for name in names
        if packages.layer_of(name.split(".")[1]) == "domains" and not name.startswith("chalicelib.runs.")
    }


def test_an_import_that_follows_from_others_is_left_out() -> None:
    assert packages.direct({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == {"a": {"b"}, "b": {"c"}, "c": set()}
