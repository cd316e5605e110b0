"""What a run is for: its slot and the like, as variables (`ATMO_SLOT`) and as parameters (`atmo_slot`) of the notebook."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ipynb import Refused

NAMES = (
    "after", "after_run", "after_slot", "attempt", "bucket", "correlation", "job", "keys", "keys_file", "last_success",
    "previous_slot", "run", "slot", "slot_local", "trigger",
)  # fmt: skip
KEYS = "keys"
"""A list of texts: as a variable it is JSON."""
VARIABLES = tuple(f"ATMO_{name.upper()}" for name in NAMES)
DECLARED = re.compile(r"^(atmo_[a-z_]+)\s*(?::[^=\n]*)?=(?!=)", re.MULTILINE)


def parse(text: str) -> dict[str, Any]:
    """What is known of the run by name; a runner that is started by hand knows nothing.

    Raises:
        Refused: it is no JSON object of texts and numbers.
    """
    try:
        values = json.loads(text)
    except ValueError as error:
        raise Refused(f"The run's context is not JSON: {error}.") from error
    if not isinstance(values, dict) or not all(isinstance(value, str | int) for value in values.values()):
        raise Refused("The run's context is not a JSON object of texts and numbers.")
    return {name: values[name] for name in NAMES if name in values}


def variables(values: Mapping[str, Any]) -> dict[str, str]:
    """Environment variables; what the run has not is the empty text."""
    return {f"ATMO_{name.upper()}": json.dumps(value) if name == KEYS else str(value) for name, value in values.items()}


def parameters(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same as parameters, by the variables' names in small letters."""
    return {f"atmo_{name}": value for name, value in values.items()}


def declared(cells: Iterable[Mapping[str, Any]]) -> set[str]:
    """The names of ours to which a notebook's cell tagged `parameters` assigns a default."""
    tagged = (cell for cell in cells if "parameters" in (cell.get("metadata") or {}).get("tags", ()))
    return {name for cell in tagged for name in DECLARED.findall(cell["source"])}
