"""A run knows what it is for: the real runner, and the example that computes its slot's day through everything."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import run_context
from ipynb import Refused

from tests.emr.notes import note_of
from tests.emr.runs import ROOT, Cloud, Finished, code, document, notebook_of

CONTEXT = {
    "job": "j-1", "run": "r-1-20130104T110000Z", "attempt": 2, "trigger": "retry", "slot": "2013-01-04T11:00:00Z",
    "slot_local": "2013-01-04T06:00:00-05:00", "previous_slot": "2013-01-03T11:00:00Z", "last_success": "",
}  # fmt: skip
PRINTED = "import json, os\nprint(json.dumps({name: os.environ[name] for name in sorted(os.environ) if name.startswith('ATMO_')}))"
DAILY = ROOT / "notebooks" / "daily.ipynb"


def run(cloud: Cloud, content: bytes, context: dict[str, Any], parameters: dict[str, Any] | None = None) -> Finished:
    cloud.put(content)
    return cloud.run("--context", json.dumps(context), "--parameters", json.dumps(parameters or {}))


def test_variables_and_the_parameters_that_are_declared(cloud: Cloud) -> None:
    declared = (
        "atmo_slot = ''\natmo_attempt: int = 0\natmo_output_dir = None\nif atmo_slot == 'x': pass\natmo_job = 'mine'"
    )
    cells = [code(declared, "parameters"), code("atmo_run = 'not asked for'"), code(PRINTED)]
    same = "atmo_output_dir == os.environ['ATMO_OUTPUT_DIR']"
    cells.append(code(f"print(atmo_slot, atmo_attempt + 1, atmo_job, atmo_run, {same})"))
    finished = run(cloud, document(cells), CONTEXT, {"atmo_job": "the job's own"})
    variables, parameters = filter(None, finished.outputs().splitlines())
    seen = json.loads(variables)
    assert seen.pop("ATMO_OUTPUT_DIR")
    assert seen == {f"ATMO_{name.upper()}": str(value) for name, value in CONTEXT.items()}
    assert parameters == "2013-01-04T11:00:00Z 3 the job's own not asked for True"


def test_a_notebook_that_declares_nothing_has_no_cell_of_parameters(cloud: Cloud) -> None:
    finished = run(cloud, notebook_of("'atmo_slot' in dir()"), CONTEXT)
    assert finished.outputs() == "False"
    assert len(finished.notebook.cells) == 1


def test_a_note_has_the_variables_and_its_forms(cloud: Cloud) -> None:
    source = "%pyspark\nimport os\nprint(os.environ['ATMO_SLOT'], z.input('atmo_slot_local'), z.input('atmo_trigger', 'none'))"
    cloud.put(note_of(source), "note.json")
    finished = cloud.run("--context", json.dumps(CONTEXT), name="note.json")
    assert finished.code == 0, finished.printed
    assert "2013-01-04T11:00:00Z 2013-01-04T06:00:00-05:00 retry" in finished.files["notebook.json"].decode()


@pytest.mark.parametrize(
    ("slot_local", "attempt", "trigger", "day", "count"),
    [
        ("2013-01-02T06:00:00-05:00", 1, "schedule", "2013-01-01", 842),
        ("2013-01-03T06:00:00-05:00", 1, "schedule", "2013-01-02", 943),  # caught up together with the others
        ("2013-01-03T06:00:00-05:00", 3, "retry", "2013-01-02", 943),
        (
            "2013-01-04T00:30:00-05:00",
            1,
            "backfill",
            "2013-01-03",
            914,
        ),  # the 4th in New York, where UTC has it as well
    ],
)
def test_the_example_computes_its_own_day(
    cloud: Cloud, slot_local: str, attempt: int, trigger: str, day: str, count: int
) -> None:
    finished = run(
        cloud, DAILY.read_bytes(), CONTEXT | {"slot_local": slot_local, "attempt": attempt, "trigger": trigger}
    )
    assert finished.code == 0, finished.printed
    assert f"Computing {day}\n{count} flights" in finished.outputs().replace("\n\n", "\n")
    (name,) = [name for name in finished.files if name.startswith("files/")]
    assert name == f"files/day={day}.csv"
    header, *rows = finished.files[name].decode().splitlines()
    assert header == "carrier,flights"
    assert sum(int(row.partition(",")[2]) for row in rows) == count


def test_the_example_by_hand_for_a_certain_day(cloud: Cloud) -> None:
    by_hand = CONTEXT | dict.fromkeys(("slot", "slot_local", "previous_slot"), "")
    assert "Computing 2013-01-01" in run(cloud, DAILY.read_bytes(), by_hand, {"day": "2013-01-01"}).outputs()


def test_the_documentation_shows_the_example() -> None:
    shown = re.findall(r"```python\n(.*?)\n```", (ROOT / "docs" / "notebooks.md").read_text(), re.S)
    cells = {"".join(cell["source"]) for cell in json.loads(DAILY.read_text())["cells"]}
    assert len(shown) >= 3
    assert set(shown) <= cells


@pytest.mark.parametrize("text", ["", "[]", '{"slot": null}', '{"slot": {}}'])
def test_a_context_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="context"):
        run_context.parse(text)


def test_what_the_runner_does_not_know_is_left_out() -> None:
    assert run_context.parse('{"slot": "s", "PATH": "/"}') == {"slot": "s"}
