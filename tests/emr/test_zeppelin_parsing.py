"""Reading notes: the pure parts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sql
from zeppelin import display, magics
from zeppelin import note as zeppelin_note

from chalicelib.notebooks import zeppelin as uploads
from tests.emr.notes import note, paragraph


@pytest.mark.parametrize(
    ("text", "interpreter", "source"),
    [
        ("%pyspark\nx = 1", "pyspark", "x = 1"),
        ("  %spark.pyspark x = 1", "spark.pyspark", "x = 1"),
        ('%spark.sql(limit=5, title="a (b)")\nSELECT 1', "spark.sql", "SELECT 1"),
        ("%sh", "sh", ""),
        ("val x = 5 % 2", "spark", "val x = 5 % 2"),
        ("%md.markdown\n\n%md in words", "md.markdown", "%md in words"),
        (None, "spark", ""),
    ],
)
def test_the_first_line_names_the_interpreter(text: str | None, interpreter: str, source: str) -> None:
    (parsed,) = zeppelin_note.parse(note(text), {}).paragraphs
    assert (parsed.interpreter, parsed.source) == (interpreter, source)


@pytest.mark.parametrize(
    ("document", "is_note"),
    [
        ({"paragraphs": []}, True),
        ({"paragraphs": [], "cells": [], "nbformat": 4}, False),
        ({"paragraphs": [], "cells": None}, True),
        ({"paragraphs": 7}, False),
        ([], False),
    ],
)
def test_upload_and_runner_agree_on_what_a_note_is(document: Any, is_note: bool) -> None:
    assert zeppelin_note.is_note(document) == uploads.is_decoded_note(document) == is_note


def test_notes_of_zeppelin_08_say_less() -> None:
    old = {
        "paragraphs": [{"text": "%md\nHello", "status": "READY", "config": {}}, {"text": "1"}],
        "name": "old",
        "id": "2B",
    }
    parsed = zeppelin_note.parse(old, {})
    assert [shown.interpreter for shown in parsed.paragraphs] == ["md", "spark"]
    beyond = parsed.beyond_python()
    assert beyond
    assert beyond.number == 2


def test_what_does_not_run_needs_no_zeppelin() -> None:
    disabled = paragraph("%spark\n1", config={"enabled": False})
    assert zeppelin_note.parse(note(disabled, "%spark\n", ""), {}).beyond_python() is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("LIMIT ${top=16}", "LIMIT 3"),
        ("${where=x}", "x"),
        ("${where}", ""),
        ("day = '${day=mon,mon(Monday)|tue}'", "day = 'mon'"),
        ("${checkbox:top=1,1|3}", "3"),
        ("$top {top}", "$top {top}"),
    ],
)
def test_forms_in_the_text_are_filled(text: str, value: str) -> None:
    assert zeppelin_note.filled(text, {"top": 3}) == value


def test_values_of_forms_job_first_then_paragraph_then_note() -> None:
    entry = paragraph("%sql\n1", settings={"params": {"a": "paragraph", "b": "paragraph"}, "forms": {}})
    parsed = zeppelin_note.parse(note(entry, noteParams={"b": "note", "c": "note"}), {"a": "job"})
    assert parsed.paragraphs[0].forms == {"a": "job", "b": "paragraph", "c": "note"}


def test_statements_end_at_semicolons_that_are_code() -> None:
    text = 'SELECT \';\' AS `a;b` -- one; two\nFROM x; /* nothing; */ ; SELECT "it\\";s";\n-- the end'
    assert sql.statements(text) == ["SELECT ';' AS `a;b` -- one; two\nFROM x", 'SELECT "it\\";s"']


def test_a_table_cell_keeps_to_its_place() -> None:
    assert display.tsv(["a", "b"], [(1, "x\ty\nz"), (None, "ü")]) == "a\tb\n1\tx y z\nnull\tü\n"


@pytest.mark.parametrize("kind", ["TEXT", "HTML", "TABLE", "IMG", "SVG"])
def test_what_zeppelin_shows_jupyter_shows_and_back(kind: str) -> None:
    data = "a\tb\n1\t2\n"
    (output,) = display.outputs([(kind, data.strip() if kind == "IMG" else data)])
    assert display.messages(output) == [(kind, data.strip() if kind == "IMG" else data)]


def test_bash_gets_the_text_as_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    magics.run_script("", 'echo "$0" | grep --only-matching "[.]sh$"; pwd')
    assert capsys.readouterr().out == f".sh\n{tmp_path}\n"
    with pytest.raises(magics.ShellFailed, match="exit code 2"):
        magics.run_script("", "exit 2")
