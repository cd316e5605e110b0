"""The runner as a process against moto's S3: what it leaves behind for every way a run can end."""

from __future__ import annotations

import json
import re
import signal
import time
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from tests.emr.runs import NOTEBOOKS, ROOT, Cloud, Finished, code, document, notebook_of

PUBLISHED = {"UA": 58_665, "B6": 54_635, "EV": 54_173, "DL": 48_110}


@pytest.fixture(scope="module")
def flights(cloud: Cloud) -> Finished:
    """The example over real data, run once: Spark takes its seconds."""
    cloud.put((ROOT / "notebooks" / "flights.ipynb").read_bytes(), "flights.ipynb")
    return cloud.run(name="flights.ipynb")


def test_flights_succeeds_and_leaves_everything(flights: Finished) -> None:
    assert (flights.code, flights.outcome["status"]) == (0, "SUCCEEDED"), flights.printed
    assert set(flights.outcome) == {"status", "started_at", "finished_at", "spark"}
    assert set(flights.files) == {"notebook.ipynb", "notebook.html", "run.log", "outcome.json", "files/carriers.csv"}


def test_flights_table_has_the_published_counts(flights: Finished) -> None:
    assert "336,776 flights" in flights.outputs()
    header, *rows = flights.files["files/carriers.csv"].decode().splitlines()
    assert header == "carrier,flights,mean_arrival_delay"
    counts = {carrier: int(count) for carrier, count, _ in (row.split(",") for row in rows)}
    assert len(counts) == 16
    assert sum(counts.values()) == 336_776
    assert list(counts.items())[:4] == list(PUBLISHED.items())
    assert list(counts.values()) == sorted(counts.values(), reverse=True)


@pytest.mark.parametrize(("carrier", "count"), PUBLISHED.items())
def test_flights_table_is_in_notebook_and_page(flights: Finished, carrier: str, count: int) -> None:
    assert re.search(rf"{carrier}\s+{count}\b", flights.outputs())
    assert re.search(rf"<td>{carrier}</td>\s*<td>{count}</td>", flights.html)


def test_page_asks_the_network_for_nothing(flights: Finished) -> None:
    assert re.search(
        r"""<head>.*<meta content="default-src 'none';[^>]* http-equiv="Content-Security-Policy"/>.*</head>""",
        flights.html,
        re.S,
    )
    assert not re.search(r"<(script|link|iframe|object|embed)\b", flights.html)
    assert not re.search(r"""(src\s*=\s*["']?|url\(["']?|@import\s+["']?)(https?:)?//""", flights.html)


def test_jvm_talks_to_the_log_and_not_to_the_notebook(flights: Finished) -> None:
    assert "NativeCodeLoader" in flights.files["run.log"].decode()
    assert "WARN" not in flights.outputs()
    assert flights.files["run.log"].decode() in flights.printed


def test_failing_cell_is_named_and_earlier_output_kept(cloud: Cloud) -> None:
    cloud.put((ROOT / "notebooks" / "failing.ipynb").read_bytes())
    run = cloud.run()
    assert run.code == 1
    assert {name: run.outcome[name] for name in ("status", "cell", "error", "message")} == {
        "status": "FAILED",
        "cell": 3,
        "error": "ValueError",
        "message": "no reading for wednesday",
    }
    assert "raise ValueError" in run.outcome["traceback"]
    assert "\x1b" not in run.outcome["traceback"]
    assert "3 days of readings" in run.outputs()
    assert "without a reading: wednesday" in run.outputs()
    assert "3 days of readings" in run.html
    assert "no reading for wednesday" in run.html


def test_spark_does_not_start_for_a_notebook_without_it(cloud: Cloud) -> None:
    cloud.put(notebook_of("print('spark and sc are only words here')", "'spark' in dir(), 'sc' in dir()"))
    run = cloud.run()
    assert run.code == 0
    assert "(False, False)" in run.outputs()


def test_spark_that_cannot_start_fails_the_cell_that_wanted_it(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud.put(notebook_of("1 + 1", "from __future__ import annotations\nspark.range(3).count()"))
    environment = {**cloud.environment(), "JAVA_HOME": "/nonexistent"}
    monkeypatch.setattr(cloud, "environment", lambda: environment)
    run = cloud.run()
    assert (run.outcome["cell"], run.outcome["error"]) == (2, "PySparkRuntimeError")
    assert "JAVA_GATEWAY_EXITED" in run.outcome["message"]


def test_parameters_reach_the_notebook_and_do_not_shift_cell_numbers(cloud: Cloud) -> None:
    cloud.put(notebook_of("print(f'region is {region}, days are {days}')", "", "1 / days"))
    run = cloud.run("--parameters", json.dumps({"region": 'EWR\'s "own"', "days": 0}))
    assert """region is EWR's "own", days are 0""" in run.outputs()
    assert (run.outcome["cell"], run.outcome["error"]) == (2, "ZeroDivisionError")
    assert "Cell In[2], line 1" in run.outcome["traceback"]
    assert [cell.execution_count for cell in run.notebook.cells if cell.cell_type == "code"] == [None, 1, None, 2]


def test_output_folder_is_the_working_directory_and_kept_with_its_folders(cloud: Cloud) -> None:
    source = """
import os
from pathlib import Path
assert Path.cwd().samefile(os.environ["ATMO_OUTPUT_DIR"])
Path("by/day").mkdir(parents=True)
Path("by/day/größe.txt").write_text("12")
Path("secret").symlink_to("/etc/hostname")
"""
    cloud.put(notebook_of(source))
    run = cloud.run()
    assert run.code == 0, run.printed
    assert run.files["files/by/day/größe.txt"] == b"12"
    assert "files/secret" not in run.files


def test_a_file_that_cannot_be_kept_costs_itself_alone_and_is_named(cloud: Cloud) -> None:
    source = """
import os
from pathlib import Path
Path("good.txt").write_text("12")
open(b"latin-\\xe9.txt", "w").close()
Path("two\\nlines.txt").write_text("")
folder = Path("f" * 200)
for _ in range(5):
    folder = folder / ("f" * 200)
folder.mkdir(parents=True)
(folder / "deep.txt").write_text("")
"""
    cloud.put(notebook_of(source))
    run = cloud.run()
    assert (run.code, run.outcome["status"]) == (0, "SUCCEEDED"), run.printed
    assert [name for name in run.files if name.startswith("files/")] == ["files/good.txt"]
    named = {failed["name"][-12:]: failed["reason"] for failed in run.outcome["not_uploaded"]}
    assert named["n-\\udce9.txt"] == "its name is not UTF-8"
    assert named["o\\nlines.txt"].startswith("its name has a line break")
    assert "S3 takes 1,024 bytes" in next(reason for name, reason in named.items() if set(name) == {"f"})
    assert "two\\nlines.txt was not kept: its name has a line break" in run.files["run.log"].decode()


def test_many_small_files_are_kept_at_once(cloud: Cloud) -> None:
    cloud.put(notebook_of("for n in range(300):\n    open(f'part-{n:05}.csv', 'w').write(str(n))"))
    run = cloud.run()
    assert {run.files[f"files/part-{n:05}.csv"] for n in range(300)} == {str(n).encode() for n in range(300)}


def test_an_exit_in_the_middle_is_told(cloud: Cloud) -> None:
    cloud.put(notebook_of("1", "import sys\nsys.exit(0)", "print('never')", "", "2", "3"))
    run = cloud.run()
    assert (run.code, run.outcome["status"]) == (0, "SUCCEEDED")
    assert run.outcome["message"] == "Stopped at cell 2 by sys.exit(); 3 cells were not run."
    assert (run.outcome["cell"], run.outcome["cells_not_run"]) == (2, 3)
    assert "never" not in run.outputs()


@pytest.mark.parametrize("source", ["exit()", "quit"])
def test_what_ends_an_interactive_session_ends_the_notebook(cloud: Cloud, source: str) -> None:
    cloud.put(notebook_of("1", source, "print('never')"))
    run = cloud.run()
    assert (run.code, run.outcome["cell"], run.outcome["cells_not_run"]) == (0, 2, 1)
    assert "never" not in run.outputs()


def test_an_exit_that_says_something_went_wrong_is_a_failure(cloud: Cloud) -> None:
    cloud.put(notebook_of("import sys\nsys.exit('no readings')"))
    run = cloud.run()
    assert (run.code, run.outcome["error"], run.outcome["message"]) == (1, "SystemExit", "no readings")


def test_deadline_stops_the_notebook_and_keeps_what_there_is(cloud: Cloud) -> None:
    sleeper = """
import os, time
print("counting sheep", os.getpid(), flush=True)
open("sheep.txt", "w").write("1")
time.sleep(3600)
"""
    cloud.put(notebook_of("print('good night')", sleeper, "print('never')"))
    run = cloud.run("--timeout-seconds", "8")
    assert run.code == 124
    assert (run.outcome["status"], run.outcome["cell"], run.outcome["cells_not_run"]) == ("TIMED_OUT", 2, 1)
    assert run.outcome["message"] == "Stopped because it ran longer than 8 seconds."
    assert "good night" in run.outputs()
    assert "counting sheep" in run.outputs()
    assert "counting sheep" in run.html
    assert "time.sleep(" in run.html
    assert "KeyboardInterrupt" in run.html
    assert run.files["files/sheep.txt"] == b"1"
    assert not psutil.pid_exists(kernel_of(run))


@pytest.mark.parametrize("tag", ["raises-exception", "another"])
def test_no_cell_is_begun_after_the_deadline(cloud: Cloud, tag: str) -> None:
    """Though the interrupted cell may raise, or does away with the interrupt itself."""
    swallows = "import time\ntry:\n    time.sleep(3600)\nexcept KeyboardInterrupt:\n    pass"
    cloud.put(
        document(
            [
                code("import time\ntime.sleep(3600)" if tag == "raises-exception" else swallows, tag),
                code("print('begun')"),
            ]
        )
    )
    run = cloud.run("--timeout-seconds", "8")
    assert (run.code, run.outcome["cell"], run.outcome["cells_not_run"]) == (124, 1, 1)
    assert "begun" not in run.outputs()
    assert "ERROR" not in run.files["run.log"].decode()


def test_deadline_stops_a_cell_that_ignores_the_interrupt(cloud: Cloud) -> None:
    stubborn = """
import os, signal, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
print("kernel", os.getpid(), flush=True)
time.sleep(3600)
"""
    cloud.put(notebook_of(stubborn))
    run = cloud.run("--timeout-seconds", "8")
    assert (run.code, run.outcome["status"], run.outcome["cell"]) == (124, "TIMED_OUT", 1)
    assert not psutil.pid_exists(kernel_of(run))


def test_sigterm_keeps_what_there_is(cloud: Cloud, tmp_path: Path) -> None:
    started = tmp_path / "started"
    source = f"""
import os, time
print("kernel", os.getpid(), flush=True)
open({str(started)!r}, "w").close()
time.sleep(3600)
"""
    cloud.put(notebook_of(source))
    process = cloud.start()
    wait_until(lambda: started.exists() or process.poll() is not None)
    process.send_signal(signal.SIGTERM)
    run = cloud.finish(process)
    assert run.code == 1
    assert (run.outcome["status"], run.outcome["cell"], run.outcome["error"]) == ("FAILED", 1, "Terminated")
    assert not psutil.pid_exists(kernel_of(run))


def test_kernel_that_dies_is_a_failure_in_its_cell(cloud: Cloud) -> None:
    cloud.put(notebook_of("print('alive')", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"))
    run = cloud.run()
    assert run.code == 1
    assert (run.outcome["status"], run.outcome["cell"], run.outcome["error"]) == ("FAILED", 2, "DeadKernelError")
    assert "alive" in run.outputs()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\x03\x04 no JSON", "The notebook is not a Jupyter notebook: it is not JSON."),
        (b'["a", "list"]', "The notebook is not a Jupyter notebook: it has no cells."),
        (b'{"cells": 7, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', "it has no cells"),
        (
            notebook_of("println(1)", kernelspec={"name": "s", "display_name": "s", "language": "scala"}),
            "The notebook is written in Scala; only Python notebooks are run.",
        ),
    ],
)
def test_what_is_not_a_notebook_is_refused_in_words(cloud: Cloud, content: bytes, message: str) -> None:
    cloud.put(content)
    run = cloud.run()
    assert (run.code, run.outcome["status"]) == (1, "FAILED")
    assert message in run.outcome["message"]
    assert set(run.files) == {"outcome.json", "run.log"}


def test_chosen_version_is_run(cloud: Cloud) -> None:
    first = cloud.put(notebook_of("print('first')"))
    cloud.put(notebook_of("print('second')"))
    run = cloud.run("--version-id", first)
    assert "first" in run.outputs()
    assert "second" not in run.outputs()


@pytest.mark.parametrize(
    ("arguments", "names", "reason"),
    [
        (["--version-id", "00000000-0000-0000-0000-000000000000"], {}, "there is no such version of it."),
        ([], {"name": "missing.ipynb"}, "there is no such file."),
    ],
)
def test_missing_notebook_is_said_plainly(
    cloud: Cloud, arguments: list[str], names: dict[str, str], reason: str
) -> None:
    cloud.put(notebook_of("1"))
    run = cloud.run(*arguments, **names)
    name = names.get("name", "notebook.ipynb")
    assert run.code == 1
    assert run.outcome["message"] == f"Could not read the notebook s3://{NOTEBOOKS}/{name}: {reason}"


@pytest.mark.parametrize(
    ("parameters", "message"),
    [("[1]", "not a JSON object"), ('{"a b": 1}', "'a b' is not a Python name"), ("{", "not JSON")],
)
def test_bad_parameters_are_said_plainly(cloud: Cloud, parameters: str, message: str) -> None:
    cloud.put(notebook_of("1"))
    run = cloud.run("--parameters", parameters)
    assert run.code == 1
    assert message in run.outcome["message"]


def test_results_that_cannot_be_written_are_an_exit_code_of_their_own(cloud: Cloud) -> None:
    cloud.put(notebook_of("1"))
    run = cloud.run(results="s3://no-such-bucket/x/")
    assert run.code == 3
    assert "Could not write s3://no-such-bucket/x/run.log" in run.printed


def kernel_of(run: Finished) -> int:
    """The process id the notebook printed."""
    match = re.search(r"(?:sheep|kernel) (\d+)", run.outputs())
    assert match
    return int(match.group(1))


def wait_until(condition: object, seconds: float = 60) -> None:
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
