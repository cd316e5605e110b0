"""A Zeppelin note in the portal: uploaded, previewed, run, and its failing paragraph shown."""

from __future__ import annotations

import json

from tests.cloud.portal.test_runs import over, started
from tests.support.visitor import Visitor

NOTE = {
    "name": "Readings",
    "paragraphs": [
        {"text": "%md\n# Readings\nof *this* week"},
        {"text": "%pyspark\nprint('3 days of readings')"},
        {"text": "%sh\necho <nothing> | grep wednesday"},
    ],
}


def test_a_note_is_previewed_and_its_failing_paragraph_is_shown(alice: Visitor) -> None:
    job, run = started(alice, ("readings.json", json.dumps(NOTE).encode()))
    preview = alice.get(f"{job.path}?tab=notebook")
    assert "<h3>Readings</h3>" in preview.html
    assert '<span class="code-magic">%pyspark</span>' in preview.html
    assert '<span class="cell-number">3</span>' in preview.html
    page = over(alice, run.path, 90)
    assert (
        "Paragraph 3 raised an error, and the notebook stopped there: ShellFailed: The script ended with" in page.text
    )
    assert '<span class="code-magic">%sh</span>' in page.html
    assert "echo &lt;nothing&gt;" in page.html.replace('<span class="code-builtin">echo</span>', "echo")
    assert "The executed note, for Zeppelin" in page.text
    framed = alice.get(f"{run.path}/notebook")
    assert "3 days of readings" in framed.text
    assert "<script" not in framed.html
