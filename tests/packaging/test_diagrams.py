"""docs/state-machines.md shows the machines as they are."""

from __future__ import annotations

import pytest

from docs import diagrams


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
