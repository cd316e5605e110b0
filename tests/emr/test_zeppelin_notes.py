"""Zeppelin notes through the runner, as a process: executed in the kernel, without Zeppelin."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.emr.notes import note_of, paragraph
from tests.emr.runs import ROOT, Cloud, Finished
from tests.emr.test_run_notebook import wait_until

PUBLISHED = {"UA": 58_665, "B6": 54_635, "EV": 54_173, "DL": 48_110}


def paragraphs_of(run: Finished) -> list[dict[str, Any]]:
    paragraphs: list[dict[str, Any]] = json.loads(run.files["notebook.json"])["paragraphs"]
    return paragraphs


def messages(run: Finished, number: int) -> list[tuple[str, str]]:
    """What a paragraph put out, as Zeppelin would show it."""
    return [(message["type"], message["data"]) for message in paragraphs_of(run)[number - 1]["results"]["msg"]]


@pytest.fixture(scope="module")
def flights(cloud: Cloud) -> Finished:
    """The example over real data, run once: Spark takes its seconds."""
    cloud.put((ROOT / "notebooks" / "flights.json").read_bytes(), "flights.json")
    return cloud.run("--parameters", json.dumps({"shown": 5}), name="flights.json")


def test_flights_succeeds_and_leaves_everything(flights: Finished) -> None:
    assert (flights.code, flights.outcome["status"]) == (0, "SUCCEEDED"), flights.printed
    assert set(flights.files) == {"notebook.json", "notebook.html", "run.log", "outcome.json", "files/carriers.csv"}
    assert flights.files["files/carriers.csv"].decode().splitlines()[:2] == ["carrier,flights", "UA,58665"]


def test_executed_note_is_the_uploaded_one_with_results(flights: Finished) -> None:
    uploaded = json.loads((ROOT / "notebooks" / "flights.json").read_text())
    executed = json.loads(flights.files["notebook.json"])
    assert {name: executed[name] for name in uploaded if name != "paragraphs"} == {
        name: uploaded[name] for name in uploaded if name != "paragraphs"
    }
    assert [paragraph["text"] for paragraph in executed["paragraphs"]] == [
        paragraph["text"] for paragraph in uploaded["paragraphs"]
    ]
    assert [paragraph["status"] for paragraph in executed["paragraphs"]] == ["FINISHED"] * 6 + ["READY"]
    assert all(
        re.fullmatch(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}", paragraph["dateFinished"])
        for paragraph in executed["paragraphs"][:6]
    )


def test_sql_shows_the_published_counts_as_a_table(flights: Finished) -> None:
    ((kind, data),) = messages(flights, 3)
    header, *rows = (line.split("\t") for line in data.splitlines())
    assert (kind, header) == ("TABLE", ["carrier", "flights", "mean_arrival_delay"])
    assert len(rows) == 16, "the form's default"
    assert {carrier: int(count) for carrier, count, _ in rows[:4]} == PUBLISHED
    for carrier, count in PUBLISHED.items():
        assert re.search(rf"<td>{carrier}</td>\s*<td>{count}</td>", flights.html)


def test_paragraphs_share_one_python_and_one_spark(flights: Finished) -> None:
    assert messages(flights, 2) == [("TEXT", "336,776 flights\n")]
    ((kind, data),) = messages(flights, 5)
    assert (kind, data.splitlines()[:2]) == ("TABLE", ["carrier\tflights", "UA\t58665"])
    assert len(data.splitlines()) == 1 + 5, "as the job's parameter says, not the form's default"
    assert messages(flights, 6) == [("TEXT", "17 carriers.csv\n")]


def test_markdown_is_html_in_the_note_and_in_the_page(flights: Finished) -> None:
    ((kind, data),) = messages(flights, 1)
    assert kind == "HTML"
    assert "Flights from New York, 2013" in data
    assert '<a href="https://github.com/tidyverse/nycflights13">' in data
    assert "&#182;" not in data, "no links to headings: there is no such place in Zeppelin"
    assert re.search(r"<h1[^>]*>Flights from New York, 2013", flights.html)


def test_page_shows_paragraphs_as_written_and_asks_the_network_for_nothing(flights: Finished) -> None:
    text = re.sub(r"<[^>]+>", "", flights.html)
    assert "%sql" in text
    assert "%%sql" not in text
    assert "LIMIT ${top=16}" in text
    assert "In&nbsp;[3]:" in flights.html or "[3]:" in text
    assert "<strong>Keep the table</strong>" in flights.html
    assert not re.search(r"<(script|link|iframe|object|embed)\b", flights.html)
    assert not re.search(r"""(src\s*=\s*["']?|url\(["']?|@import\s+["']?)(https?:)?//""", flights.html)


def test_failing_paragraph_is_named_by_its_number_in_the_note(cloud: Cloud) -> None:
    disabled = paragraph("%pyspark\nraise SystemError", config={"enabled": False})
    cloud.put(note_of("%md\n# Words", disabled, "", "%pyspark\nprint('before')\n1 / 0", "%pyspark\nprint('never')"))
    run = cloud.run()
    assert (run.code, run.outcome["cell"], run.outcome["error"]) == (1, 4, "ZeroDivisionError")
    assert run.outcome["message"] == "division by zero"
    assert "Cell In[4], line 2" in run.outcome["traceback"]
    assert [paragraph["status"] for paragraph in paragraphs_of(run)] == ["FINISHED", "READY", "READY", "ERROR", "READY"]
    assert paragraphs_of(run)[3]["results"]["code"] == "ERROR"
    assert ("TEXT", "before\n") in messages(run, 4)
    assert "ZeroDivisionError" in str(messages(run, 4))
    assert "an old result" not in run.files["notebook.json"].decode(), "what did not run has no result"
    assert "division by zero" in run.html


def test_a_note_that_exits_has_succeeded_and_says_what_was_not_run(cloud: Cloud) -> None:
    disabled = paragraph("%pyspark\nraise SystemError", config={"enabled": False})
    cloud.put(note_of("%pyspark\nimport sys\nsys.exit()", disabled, "", "%md\n# never", "%pyspark\nprint('never')"))
    run = cloud.run()
    assert (run.code, run.outcome["cells_not_run"]) == (0, 2), "neither the disabled nor the empty paragraph counts"
    assert run.outcome["message"] == "Stopped at paragraph 1 by sys.exit(); 2 paragraphs were not run."
    assert [each["status"] for each in paragraphs_of(run)] == ["FINISHED", "READY", "READY", "READY", "READY"]
    assert "paragraph 1: " in run.files["run.log"].decode()


@pytest.mark.parametrize(("text", "status"), [("%no-such-magic", "ERROR"), ("exit()", "FINISHED")])
def test_a_paragraph_that_ends_the_note_without_a_traceback_is_not_aborted(
    cloud: Cloud, text: str, status: str
) -> None:
    cloud.put(note_of(f"%pyspark\n{text}", "%md\nnever"))
    assert [each["status"] for each in paragraphs_of(cloud.run())] == [status, "READY"]


def test_a_failing_paragraph_names_its_line_only_where_it_is_python(cloud: Cloud) -> None:
    cloud.put(note_of("%pyspark\nx = 0\n1 / x"))
    assert cloud.run().outcome["code"] == "1 / x"
    cloud.put(note_of("%sh\nfalse"))
    assert "code" not in cloud.run().outcome


def test_a_runner_that_is_killed_has_kept_the_note_and_its_files(cloud: Cloud) -> None:
    cloud.put(note_of("%pyspark\nprint('the first is done')", "%sh\necho 1 > kept.csv\nsleep 600"))
    process = cloud.start("--checkpoint-seconds", "0.3")

    def is_saved() -> bool:
        results = cloud.results(cloud.runs)
        return b'"FINISHED"' in results.get("notebook.json", b"") and "files/kept.csv" in results

    wait_until(lambda: is_saved() or process.poll() is not None)
    process.kill()
    run = cloud.finish(process)
    assert set(run.files) == {"run.log", "notebook.json", "files/kept.csv"}, "and no word on how it ended"
    assert messages(run, 1) == [("TEXT", "the first is done\n")]


def test_shell_paragraphs_are_read_by_bash_and_by_no_other_shell(cloud: Cloud) -> None:
    script = """%sh
name="it's \\"quoted\\" \\$HOME"
for n in 1 2; do echo "$n: $name"; done
[[ -t 0 ]] || echo "kept in $ATMO_OUTPUT_DIR" > where.txt
echo problem >&2; exit 3"""
    cloud.put(note_of("%python\nx = 1", script))
    run = cloud.run()
    assert (run.outcome["cell"], run.outcome["error"]) == (2, "ShellFailed")
    assert run.outcome["message"] == "The script ended with exit code 3: problem"
    ((_, printed), (_, error)) = messages(run, 2)
    assert printed == '1: it\'s "quoted" $HOME\n2: it\'s "quoted" $HOME\nproblem\n'
    assert error == "ShellFailed: The script ended with exit code 3: problem\n"
    assert b"kept in /" in run.files["files/where.txt"]


def test_forms_have_the_parameters_the_saved_values_or_their_defaults(cloud: Cloud) -> None:
    source = """%spark.pyspark
print(z.input("region", "EWR"), z.textbox("days", "1"), z.select("kind", [("a", "A")], "a"), z.checkbox("c", [("x", "X")]))
z.put("n", 3)
z.show(z.get("n"))"""
    cloud.put(note_of(paragraph(source, settings={"params": {"region": "JFK", "days": "7"}}), "%python\nprint(days)"))
    run = cloud.run("--parameters", json.dumps({"days": 30}))
    assert run.code == 0, run.printed
    assert messages(run, 1) == [("TEXT", "JFK 30 a ['x']\n3\n")]
    assert messages(run, 2) == [("TEXT", "30\n")]


def test_display_system_of_what_is_printed(cloud: Cloud) -> None:
    cloud.put(
        note_of(
            "%pyspark\nprint('words')\nprint('%html <b>bold</b>')\nprint('%table a\\tb\\n1\\t<2>')",
            "%pyspark\nimport pandas\nz.show(pandas.DataFrame({'a': range(1200), 'b': 'x\\ty'}))",
        )
    )
    run = cloud.run()
    assert messages(run, 1) == [("TEXT", "words\n"), ("HTML", "<b>bold</b>\n"), ("TABLE", "a\tb\n1\t<2>\n")]
    (_, table), (_, words) = messages(run, 2)
    assert table.splitlines()[:2] == ["a\tb", "0\tx y"]
    assert len(table.splitlines()) == 1_001
    assert words == "Only the first 1,000 rows are shown.\n"
    assert "<b>bold</b>" in run.html
    assert "<td>1</td><td>&lt;2&gt;</td>" in run.html


def test_deadline_stops_a_shell_paragraph_and_keeps_what_there_is(cloud: Cloud) -> None:
    cloud.put(note_of("%pyspark\nprint('good night')", "%sh\necho counting sheep\nsleep 3600", "%md\nnever"))
    run = cloud.run("--timeout-seconds", "8")
    assert (run.code, run.outcome["status"], run.outcome["cell"]) == (124, "TIMED_OUT", 2)
    assert messages(run, 1) == [("TEXT", "good night\n")]
    assert messages(run, 2)[0][1].startswith("counting sheep\n")
    assert paragraphs_of(run)[1]["results"]["code"] == "ERROR"
    assert paragraphs_of(run)[2]["status"] == "READY"
    assert "counting sheep" in run.html


@pytest.mark.parametrize(
    ("paragraphs", "changes", "message"),
    [
        (["%pyspark\nopen('ran', 'w')", "%spark\nval x = 1"], {}, "Paragraph 2 is %spark (Scala), which needs Zeppelin"),
        (["%md\nWords", "val x = 1", ""], {}, "Paragraph 2 names no interpreter, so it is %spark (Scala), which needs Zeppelin"),
        (["%spark.r(pool=a)\n1"], {}, "Paragraph 1 is %spark.r, which needs Zeppelin"),
        ([7], {}, "The file is not a valid Zeppelin note: paragraph 1 has no text."),
    ],
)  # fmt: skip
def test_what_needs_zeppelin_is_refused_before_anything_runs(
    cloud: Cloud, paragraphs: list[Any], changes: dict[str, Any], message: str
) -> None:
    cloud.put(note_of(*[text if isinstance(text, str) else paragraph(text) for text in paragraphs], **changes))
    run = cloud.run()
    assert (run.code, run.outcome["status"]) == (1, "FAILED")
    assert run.outcome["message"].startswith(message)
    assert "cell" not in run.outcome
    assert set(run.files) == {"outcome.json", "run.log"}


def test_note_may_say_that_its_default_is_python(cloud: Cloud) -> None:
    cloud.put(note_of("print('no interpreter named')", defaultInterpreterGroup="python"))
    assert messages(cloud.run(), 1) == [("TEXT", "no interpreter named\n")]
