"""Notes that only Zeppelin can run, against a server that answers as Zeppelin's documentation says."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import outcome
import pytest
from execution import Terminated
from zeppelin import note as zeppelin_note
from zeppelin import server_execution as zeppelin_server

from tests.emr.notes import note, note_of, paragraph
from tests.emr.runs import Cloud
from tests.emr.zeppelin_server import Server, failed, finished, running

TABLE = "carrier\tflights\nUA\t58665\n"
SCALA_ERROR = """java.lang.IllegalArgumentException: no flights on \x1b[31mMars\x1b[0m
  at Flights$.count(<console>:26)
  ... 42 elided
"""


def interpret(text: str) -> dict[str, Any] | None:
    """What the paragraphs of these tests do."""
    if "forever" in text:
        return None
    if "Mars" in text:
        return failed(SCALA_ERROR)
    if "typo" in text:
        return failed("<console>:26: error: not found: value typo\n")
    if "%sql" in text:
        return finished("TABLE", TABLE)
    return finished("TEXT", "x: Int = 1\n")


def execution(folder: Path, url: str, *texts: Any, **parameters: Any) -> zeppelin_server.ServerExecution:
    return zeppelin_server.ServerExecution(zeppelin_note.parse(note(*texts), parameters), folder, url)


def saved_paragraphs(folder: Path) -> list[dict[str, Any]]:
    paragraphs: list[dict[str, Any]] = json.loads((folder / "notebook.json").read_text())["paragraphs"]
    return paragraphs


def test_a_scala_note_runs_through_zeppelin_and_leaves_the_same_as_any_other(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.put(
        note_of(
            "%spark\nval x = 1", "%sql\nSELECT 1", "", "%md\n# Words", paragraph("%spark\n2", config={"enabled": False})
        )
    )
    with running(interpret) as server:
        server.unready = 1
        environment = {**cloud.environment(), "ATMO_ZEPPELIN_URL": server.url}
        monkeypatch.setattr(cloud, "environment", lambda: environment)
        run = cloud.run("--parameters", json.dumps({"top": 3}))
    assert (run.code, run.outcome["status"]) == (0, "SUCCEEDED"), run.printed
    assert set(run.files) == {"notebook.json", "notebook.html", "run.log", "outcome.json"}
    assert [text for text, _ in server.ran] == ["%spark\nval x = 1", "%sql\nSELECT 1", "%md\n# Words"]
    for _, forms in server.ran:
        assert forms["top"] == 3
        assert all(name.startswith("atmo_") for name in forms.keys() - {"top"}), forms
    executed = json.loads(run.files["notebook.json"])
    assert executed["name"] == "A note"
    assert [paragraph["status"] for paragraph in executed["paragraphs"]] == [
        "FINISHED",
        "FINISHED",
        "READY",
        "FINISHED",
        "READY",
    ]
    assert executed["paragraphs"][1]["results"]["msg"] == [{"type": "TABLE", "data": TABLE}]
    assert executed["paragraphs"][0]["dateFinished"] == "2026-11-22 06:00:01.000"
    assert "<td>UA</td><td>58665</td>" in run.html
    assert "x: Int = 1" in run.html


def test_zeppelin_gets_a_note_that_never_ran_under_a_name_nobody_has(tmp_path: Path) -> None:
    with running(interpret) as server:
        assert execution(tmp_path, server.url, "%spark\n1").run(60, 60).status == outcome.SUCCEEDED
    assert server.imported
    assert server.imported["name"].startswith("/atmo/")
    (entry,) = server.imported["paragraphs"]
    assert (entry["status"], entry["text"]) == ("READY", "%spark\n1")
    assert not {"results", "dateStarted", "dateFinished"} & set(entry)


def test_a_paragraph_without_an_interpreter_keeps_the_notes_default(tmp_path: Path) -> None:
    document = note("print(1)", "%spark\n2", "", defaultInterpreterGroup="python")
    with running(interpret) as server:
        zeppelin_server.ServerExecution(zeppelin_note.parse(document, {}), tmp_path, server.url).run(60, 60)
    assert [text for text, _ in server.ran] == ["%python\nprint(1)", "%spark\n2"]
    assert len(server.paragraphs) == 3, "though their ids were the same"


def test_a_paragraph_that_fails_ends_the_note_and_is_named(tmp_path: Path) -> None:
    with running(interpret) as server:
        note = execution(tmp_path, server.url, "%spark\n1", "%spark\nMars", "%spark\n3")
        ended = note.run(60, 60)
        note.write_executed()
    assert (ended.status, ended.cell, ended.error) == ("FAILED", 2, "IllegalArgumentException")
    assert ended.message == "no flights on Mars"
    assert ended.traceback
    assert "<console>:26" in ended.traceback
    assert [paragraph["status"] for paragraph in saved_paragraphs(tmp_path)] == ["FINISHED", "ERROR", "READY"]
    assert len(server.ran) == 2
    assert ended.cells_not_run == 1


def test_what_zeppelin_has_run_so_far_is_there_to_be_kept(tmp_path: Path) -> None:
    note = zeppelin_server.ServerExecution(
        zeppelin_note.parse(NOTE, {}), tmp_path, "", lambda: before.append(saved_paragraphs(tmp_path))
    )
    before: list[list[dict[str, Any]]] = []
    with running(interpret) as server:
        note.zeppelin = zeppelin_server.Zeppelin(server.url)
        note.zeppelin.call = told_to_stop(server, note.zeppelin.call)  # type: ignore[method-assign]
        ended = note.run(60, 60)
    assert (ended.error, ended.cell, ended.cells_not_run) == ("Terminated", 2, 1)
    assert [each["status"] for each in before[0]] == ["FINISHED", "READY", "READY"], "before Zeppelin is asked to stop"


def test_what_does_not_compile_is_told_in_the_compilers_words(tmp_path: Path) -> None:
    with running(interpret) as server:
        ended = execution(tmp_path, server.url, "%spark\ntypo").run(60, 60)
    assert (ended.cell, ended.error, ended.message) == (1, None, "<console>:26: error: not found: value typo")


def test_the_deadline_stops_the_paragraph_in_zeppelin(tmp_path: Path) -> None:
    with running(interpret) as server:
        note = execution(tmp_path, server.url, "%spark\n1", "%spark\nforever")
        ended = note.run(2, 3600)
        note.write_executed()
    assert (ended.status, ended.cell, ended.message) == ("TIMED_OUT", 2, "Stopped because it ran longer than 1 hour.")
    assert server.stopped == ["%spark\nforever"]
    assert [paragraph["status"] for paragraph in saved_paragraphs(tmp_path)] == ["FINISHED", "ABORT"]


def test_a_zeppelin_that_is_gone_at_the_deadline_does_not_hide_the_outcome(tmp_path: Path) -> None:
    with running(interpret) as server:
        note = execution(tmp_path, server.url, "%spark\nforever")
        note.zeppelin.call = answers_until(server, note.zeppelin.call)  # type: ignore[method-assign]
        ended = note.run(2, 2)
    assert (ended.status, ended.cell) == ("TIMED_OUT", 1)


NOTE = note("%spark\n1", "%spark\nforever", "%spark\n3")


def told_to_stop(server: Server, call: Callable[..., Any]) -> Callable[..., Any]:
    """The runner is told to stop while the second paragraph runs."""

    def perhaps(*arguments: Any) -> Any:
        answer = call(*arguments)
        if len(server.ran) == 2 and not server.stopped:
            raise Terminated
        return answer

    return perhaps


def answers_until(server: Server, call: Callable[..., Any]) -> Callable[..., Any]:
    """Until it is told to stop a paragraph; after that no description comes any more."""

    def perhaps(method: str, *arguments: Any) -> Any:
        answer = call(method, *arguments)
        if method == "DELETE":
            server.unwell = 100
        return answer

    return perhaps


def test_sigterm_stops_the_paragraph_in_zeppelin(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud.put(note_of("%spark\nforever"))
    with running(interpret) as server:
        environment = {**cloud.environment(), "ATMO_ZEPPELIN_URL": server.url}
        monkeypatch.setattr(cloud, "environment", lambda: environment)
        process = cloud.start()
        give_up = time.monotonic() + 150
        while not server.ran:
            assert time.monotonic() < give_up
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        run = cloud.finish(process)
    assert (run.code, run.outcome["cell"], run.outcome["error"]) == (1, 1, "Terminated")
    assert server.stopped == ["%spark\nforever"]
    assert json.loads(run.files["notebook.json"])["paragraphs"][0]["status"] == "ABORT"


def test_what_zeppelin_refuses_is_said_in_its_words(tmp_path: Path) -> None:
    with running(interpret) as server:
        server.refuse_import = True
        ended = execution(tmp_path, server.url, "%spark\n1").run(60, 60)
    assert (ended.status, ended.cell) == ("FAILED", None)
    assert ended.message == "Zeppelin answered 500: Fail to import note."


@pytest.mark.parametrize(("answers_missed", "status"), [(2, "SUCCEEDED"), (100, "FAILED")])
def test_a_few_answers_may_be_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answers_missed: int, status: str
) -> None:
    monkeypatch.setattr(zeppelin_server, "FIRST_POLL", 0.01)
    with running(interpret) as server:
        server.unwell = answers_missed
        assert execution(tmp_path, server.url, "%spark\n1").run(60, 60).status == status


def test_a_zeppelin_that_does_not_come_up_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zeppelin_server, "START_SECONDS", 0)
    with running(interpret) as server:
        url = server.url
    ended = execution(tmp_path, url, "%spark\n1").run(60, 60)
    assert ended.message == f"Zeppelin does not answer at {url}/api."


def test_zeppelin_is_where_emr_installs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ATMO_ZEPPELIN_URL", raising=False)
    monkeypatch.setattr(zeppelin_server, "EMR_ZEPPELIN", tmp_path / "none")
    assert zeppelin_server.address() is None
    monkeypatch.setattr(zeppelin_server, "EMR_ZEPPELIN", tmp_path)
    assert zeppelin_server.address() == "http://localhost:8890"
