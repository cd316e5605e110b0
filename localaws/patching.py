"""How parts of moto are replaced."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any


def replace(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
    """Set `owner.name` to what `make` makes of moto's own, also where it was replaced for an earlier cloud."""
    present = getattr(owner, name)
    original = getattr(present, "moto", present)
    made = make(original)
    made.moto = original
    setattr(owner, name, made)


def variant(module: Any, **instead: Any) -> Any:
    """`module` with some names replaced, for one importer only."""
    made = ModuleType(module.__name__)
    made.__dict__.update(vars(module))
    made.__dict__.update(instead)
    return made
