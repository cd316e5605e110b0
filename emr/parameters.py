"""The parameters of a run: names and values that become Python variables of the notebook."""

from __future__ import annotations

import json
import keyword
from typing import Any

from ipynb import Refused


def parse(text: str) -> dict[str, Any]:
    """The parameters as JSON has them.

    Raises:
        Refused: as `checked` has it, or they are not JSON.
    """
    try:
        return checked(json.loads(text))
    except ValueError as error:
        raise Refused(f"The parameters are not JSON: {error}.") from error


def checked(parameters: Any) -> dict[str, Any]:
    """The same parameters. They become assignments in a cell, so each name must be one that Python can assign to.

    Raises:
        Refused: they are not.
    """
    if not isinstance(parameters, dict):
        raise Refused("The parameters are not a JSON object.")
    for name in parameters:
        if not name.isidentifier() or keyword.iskeyword(name):
            raise Refused(f"The parameter name {name!r} is not a Python name.")
    return parameters
