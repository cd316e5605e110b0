"""From the bytes a user uploaded to a notebook that can be run, or the sentence that says why it cannot."""

from __future__ import annotations

import json
import keyword
from pathlib import Path
from typing import Any

import nbformat
from nbformat.validator import normalize


class Refused(Exception):
    """The notebook or its parameters cannot be run as they are; the message is for the user."""


def document(content: bytes) -> Any:
    """What the file says, whichever kind of notebook it is. Raises Refused."""
    try:
        return json.loads(content)
    except ValueError as error:
        raise Refused("The file is not a notebook: it is not JSON.") from error


def parse(content: bytes) -> Any:
    """A valid Jupyter notebook in format 4. Older formats are converted. Raises Refused."""
    notebook = from_jupyter(content)
    refuse_other_languages(notebook)
    return notebook


def read(path: Path) -> Any:
    """A notebook this machine wrote. Raises ValueError when it was written only in part."""
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]


def from_jupyter(content: bytes) -> Any:
    try:
        notebook = nbformat.reads(content.decode(), as_version=4)  # type: ignore[no-untyped-call]
        _, notebook = normalize(notebook)
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        raise Refused(f"The file is not a valid Jupyter notebook: {first_line(error)}") from error
    except Exception as error:  # nbformat raises whatever the odd document makes it stumble over
        raise Refused("The file is JSON, but not a Jupyter notebook.") from error
    return notebook


def refuse_other_languages(notebook: Any) -> None:
    metadata = notebook.metadata
    language = metadata.get("kernelspec", {}).get("language") or metadata.get("language_info", {}).get("name")
    if language and str(language).lower() not in {"python", "ipython"}:
        raise Refused(f"The notebook is written in {language}; only Python notebooks are run.")


def parse_parameters(text: str) -> dict[str, Any]:
    """Parameters become assignments in a cell, so each name must be one Python can assign to. Raises Refused."""
    try:
        parameters = json.loads(text)
    except ValueError as error:
        raise Refused(f"The parameters are not JSON: {error}.") from error
    if not isinstance(parameters, dict):
        raise Refused("The parameters are not a JSON object.")
    for name in parameters:
        if not name.isidentifier() or keyword.iskeyword(name):
            raise Refused(f"The parameter name {name!r} is not a Python name.")
    return parameters


def first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
