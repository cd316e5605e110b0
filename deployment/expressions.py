"""The parts of a template whose values are known before CloudFormation computes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

VARIABLE = re.compile(r"\$\{([^}!][^}]*)\}")


class Unknown(Exception):
    """The value depends on something that only CloudFormation knows."""


def value_of(node: Any, known: Mapping[str, str]) -> Any:
    """A template's expression with every Ref and Fn::Sub of a known name filled in.

    Args:
        node: any part of a template.
        known: values of parameters and pseudo parameters.

    Raises:
        Unknown: it refers to something else, or to a function of CloudFormation's.
    """
    if isinstance(node, list):
        return [value_of(item, known) for item in node]
    if not isinstance(node, dict):
        return node
    if set(node) == {"Ref"}:
        return _known(node["Ref"], known)
    if set(node) == {"Fn::Sub"} and isinstance(node["Fn::Sub"], str):
        return VARIABLE.sub(lambda match: _known(match[1], known), node["Fn::Sub"])
    if any(key.startswith("Fn::") or key == "Condition" for key in node if len(node) == 1):
        raise Unknown(next(iter(node)))
    return {key: value_of(item, known) for key, item in node.items()}


def _known(name: str, known: Mapping[str, str]) -> str:
    if name not in known:
        raise Unknown(name)
    return known[name]


def known_part(properties: Mapping[str, Any], known: Mapping[str, str]) -> dict[str, Any]:
    """The properties whose values are known, filled in; the others are left out."""
    filled: dict[str, Any] = {}
    for name, node in properties.items():
        try:
            filled[name] = value_of(node, known)
        except Unknown:
            continue
    return filled
