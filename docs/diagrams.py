"""Draws the state machines: writes Mermaid from statemachines/*.asl.json into docs/state-machines.md.

Run by `make docs`. Each drawing stands between two markers; the text around them is written by hand and stays.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "state-machines.md"
BLOCK = re.compile(r"(<!-- drawn from (\S+) -->\n).*?(<!-- end of drawing -->)", re.DOTALL)

State = dict[str, Any]


def edges(state: State) -> Iterator[tuple[str, str]]:
    """(state that may follow, why) for each way out of a state; the reason is empty for the ordinary one."""
    if "Next" in state:
        yield state["Next"], ""
    for choice in state.get("Choices", []):
        yield choice["Next"], _condition(choice["Condition"])
    if "Default" in state:
        yield state["Default"], "otherwise"
    for catch in state.get("Catch", []):
        errors = [name.removeprefix("States.").lower() for name in catch["ErrorEquals"]]
        yield catch["Next"], "on " + ", ".join("any error" if name == "all" else name for name in errors)


def _condition(expression: str) -> str:
    """{% $states.input.action = 'launch' %} -> launch: the values compared with say enough."""
    return " or ".join(re.findall(r"'([^']+)'", expression)) or expression.strip("{% }")


def is_end(state: State) -> bool:
    return bool(state.get("End")) or state["Type"] in ("Succeed", "Fail")


def mermaid(machine: dict[str, Any]) -> str:
    """The machine as a Mermaid state diagram. Edges with the same ends share one arrow."""
    lines = ["stateDiagram-v2", f"    [*] --> {machine['StartAt']}"]
    for name, state in machine["States"].items():
        reasons: dict[str, list[str]] = {}
        for target, why in edges(state):
            reasons.setdefault(target, []).append(why)
        for target, why_all in reasons.items():
            # The ordinary way makes a label that lists only the exceptions misleading.
            label = "" if "" in why_all else ": " + ", ".join(why_all)
            lines.append(f"    {name} --> {target}{label}")
        if is_end(state):
            lines.append(f"    {name} --> [*]")
    return "\n".join(lines)


def redrawn(page: str) -> str:
    """The page with every drawing made anew from its file."""

    def draw(block: re.Match[str]) -> str:
        machine = json.loads((ROOT / block[2]).read_text())
        return f"{block[1]}\n```mermaid\n{mermaid(machine)}\n```\n\n{block[3]}"

    return BLOCK.sub(draw, page)


if __name__ == "__main__":
    PAGE.write_text(redrawn(PAGE.read_text()))
