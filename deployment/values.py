"""Which values a deployment's parameters get."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def parameter_values(
    declared: Mapping[str, Any], overrides: Mapping[str, str], before: Iterable[str]
) -> tuple[list[dict[str, Any]], list[str]]:
    """The parameters of a change set, and the names of those nobody gave a value.

    Args:
        declared: the template's Parameters.
        overrides: values for this deployment.
        before: names the stack already has values for; those without a new value stay as they are.
    """
    had = set(before)
    values: list[dict[str, Any]] = []
    missing = []
    for name, declaration in declared.items():
        if name in overrides:
            values.append({"ParameterKey": name, "ParameterValue": overrides[name]})
        elif name in had:
            values.append({"ParameterKey": name, "UsePreviousValue": True})
        elif "Default" not in declaration:
            missing.append(name)
    return values, missing


def effective(declared: Mapping[str, Any], overrides: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str]:
    """The values that the parameters have after the deployment, as far as anybody gave any."""
    defaults = {name: str(declaration["Default"]) for name, declaration in declared.items() if "Default" in declaration}
    return {name: value for name, value in {**defaults, **before, **overrides}.items() if name in declared}
