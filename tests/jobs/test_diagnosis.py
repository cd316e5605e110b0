"""Why a run did not succeed, through the front door: a person learns the same from the API, the page and the mail."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from markupsafe import escape

from localaws.cloud import LocalCloud
from tests.http import TINY, Api, reaches, until
from tests.jobs.test_runs import OVER, start


def ended(api: Api, source: str, **changes: Any) -> tuple[str, Any]:
    """The path and the record of a run of this one cell, once it is over."""
    notebook = TINY | {"cells": [TINY["cells"][0] | {"source": source}]}  # type: ignore[index, operator]
    given = {"name": "cell.ipynb", "content": notebook}
    path = start(api, api.schedule(f"why-{uuid4().hex[:8]}", notebook=given, **changes))
    return path, reaches(api, path, *OVER)


@pytest.mark.parametrize(
    ("source", "kind", "side", "words"),
    [
        ("import no_such_module_of_ours", "missing_module", "notebook", "no_such_module_of_ours, which is not installed"),
        ("open('/nowhere/input.csv')", "missing_input", "data", "reads /nowhere/input.csv, and nothing is there"),
        ("import os; os._exit(1)", "kernel_died", "notebook", "was running when Python stopped"),
    ],
)  # fmt: skip
def test_a_notebook_that_fails(cloud: LocalCloud, somebody: Api, source: str, kind: str, side: str, words: str) -> None:
    _, run = ended(somebody, source)
    found = run["diagnosis"]
    assert (run["status"], found["kind"], found["side"]) == ("FAILED", kind, side)
    assert words in found["paragraph"]
    assert found["evidence"]
    mail = until(lambda: next((sent for sent in cloud.mails.sent if run["id"] in (sent.text or "")), None))
    for part in (found["paragraph"], found["next_step"], found["evidence"][0]["line"]):
        assert part in mail.text
        assert str(escape(part)) in mail.html
