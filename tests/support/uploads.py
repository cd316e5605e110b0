"""Notebooks for tests, and uploading them as programs do."""

from __future__ import annotations

import json
from typing import Any

import urllib3

from tests.support.http import HTTP_TIMEOUT, TINY, Api


def notebook(*sources: str, padding: int = 0) -> bytes:
    """A notebook of these cells, with so many bytes of output in the first."""
    cells: list[dict[str, Any]] = [
        {"cell_type": "code", "id": f"c{n}", "metadata": {}, "execution_count": None, "outputs": [], "source": source}
        for n, source in enumerate(sources)
    ]
    if padding:
        cells[0]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x" * padding}]
    return json.dumps(TINY | {"cells": cells}).encode()


def ticket(person: Api, name: str, size: int) -> Any:
    answer = person("POST", "/uploads", {"name": name, "size": size})
    assert answer.status == 201, answer.body
    return answer.body


def send(ticket: Any, content: bytes) -> int:
    """Post the file as the ticket says; returns S3's status."""
    answer = urllib3.request(
        "POST",
        ticket["url"],
        fields=ticket["fields"] | {"file": ("n.ipynb", content)},
        retries=False,
        timeout=HTTP_TIMEOUT,
    )
    return answer.status


def uploaded(person: Api, content: bytes, name: str = "large.ipynb") -> str:
    """The id of a notebook that was uploaded."""
    upload = ticket(person, name, len(content))
    assert send(upload, content) == 204
    return str(upload["id"])
