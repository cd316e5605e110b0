"""What people fill in about notebooks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import ConfigDict, model_validator
from pydantic.config import JsonDict

from chalicelib.core.fields import EMPTY, Checked, Form, refuse, text, whole_number
from chalicelib.core.limits import LIMITS, Range

Context = Mapping[str, Any]


def _file_name(value: Any, context: Context) -> str:
    """Any text: what makes a good name is checked together with the content, and told at the notebook."""
    if not isinstance(value, str):
        refuse("Give the notebook's file name.")
    return value


def _content(value: Any, context: Context) -> bytes:
    """The notebook's text, or the notebook itself as JSON."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode()
    if not isinstance(value, dict):
        refuse("Give the notebook's content as text or as the JSON object itself.")
    return json.dumps(value).encode()


def _bytes(value: Any, context: Context) -> int:
    """Any number of bytes: how many are too many is told in megabytes where it is known of which file."""
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())  # 9.0 is a whole number in JSON
    if isinstance(value, bool) or not whole or value < 0:
        refuse("Give the file's size as a whole number of bytes.")
    return int(value)


FileName = Annotated[
    str,
    Checked(
        _file_name, {"type": "string", "maxLength": LIMITS.notebook_name, "pattern": r"^[^/\\]+\.(ipynb|json|zpln)$"}
    ),
]
Content = Annotated[bytes, Checked(_content, {"anyOf": [{"type": "string"}, {"type": "object"}]})]
Reference = Annotated[str, text("Give an id of up to {limit:,} characters.", LIMITS.name)]
Version = Annotated[int, whole_number(Range(1, 1_000_000, "a version"))]
Bytes = Annotated[int, Checked(_bytes, {"type": "integer", "minimum": 1})]


EXAMPLE: JsonDict = {
    "cells": [
        {
            "cell_type": "code",
            "source": "spark.range(10).count()",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
        }
    ],
    "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    "nbformat": 4,
    "nbformat_minor": 4,
}
"""The content of a notebook that runs."""


def _only(source: str) -> dict[str, Any]:
    """The schema of an object that has this field."""
    return {"required": [source], "properties": {source: {"not": {"anyOf": [{"type": "null"}, EMPTY]}}}}


class Notebook(Form):
    """A notebook: its file name, and its content, the id of an upload, or the job whose notebook it shall be, of which
    `number` may name an earlier version."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [_only(source) for source in ("content", "upload", "job")],
            "examples": [{"name": "flights.ipynb", "content": EXAMPLE}],
        }
    )

    name: FileName
    content: Content | None = None
    upload: Reference | None = None
    job: Reference | None = None
    number: Version | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Notebook:
        if sum(source is not None for source in (self.content, self.upload, self.job)) != 1:
            refuse("Give the notebook as one of content, upload (an upload's id) and job (another job's id).")
        return self


class NewUpload(Form):
    """A notebook that will be uploaded: its file name, and its size in bytes."""

    name: FileName
    size: Bytes
