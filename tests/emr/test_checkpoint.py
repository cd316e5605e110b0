"""What is left of a run whose runner is killed without a chance to say anything, and how a log ends."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import oom
import pytest
from checkpoint import MAX_GROWING, OutputFolder
from log_copy import LogCopy

from tests.emr.runs import Cloud, notebook_of, parsed
from tests.emr.test_run_notebook import wait_until


def test_a_runner_that_is_killed_has_kept_log_and_notebook(cloud: Cloud) -> None:
    cloud.put(
        notebook_of("print('the first is done')\nopen('kept.csv', 'w').write('1')", "import time\ntime.sleep(600)")
    )
    process = cloud.start("--checkpoint-seconds", "0.3")

    def is_saved() -> bool:
        results = cloud.results(cloud.runs)
        text = results.get("notebook.ipynb", b"")
        return (
            b"the first is done" in text and b"cell 1: " in results.get("run.log", b"") and "files/kept.csv" in results
        )

    wait_until(lambda: is_saved() or process.poll() is not None)
    os.kill(process.pid, signal.SIGKILL)
    run = cloud.finish(process)
    assert run.code == -signal.SIGKILL
    assert set(run.files) == {"run.log", "notebook.ipynb", "files/kept.csv"}, "and no word on how it ended"
    assert parsed(run.files["notebook.ipynb"]).cells[0].outputs[0].text == "the first is done\n"


def test_a_runner_that_is_killed_at_once_has_left_a_log(cloud: Cloud) -> None:
    killed_once_there_is_something = """
import boto3, os, time
words = open(f"/proc/{os.getppid()}/cmdline").read().split("\\0")
bucket, _, prefix = words[words.index("--results") + 1].removeprefix("s3://").partition("/")
ends_at = time.monotonic() + 40
while time.monotonic() < ends_at and not boto3.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)["KeyCount"]:
    time.sleep(0.1)
os.kill(os.getppid(), 9)
"""
    cloud.put(notebook_of(killed_once_there_is_something))
    assert set(cloud.run().files) == {"run.log"}


def test_a_log_is_there_before_its_first_line(tmp_path: Path) -> None:
    """The first checkpoint is made at once, the next one a minute later."""
    with LogCopy(tmp_path / "run.log"):
        assert (tmp_path / "run.log").exists()


def test_what_is_kept_on_the_way_is_never_newer_than_the_end(cloud: Cloud) -> None:
    cloud.put(notebook_of("print('done')"))
    run = cloud.run("--checkpoint-seconds", "0.01")
    assert run.code == 0
    assert "done" in run.outputs()
    assert run.files["run.log"].decode().rstrip().endswith("SUCCEEDED")


def test_a_log_does_not_end_with_complaints_of_being_stopped(cloud: Cloud) -> None:
    left_running = """
query = spark.readStream.format("rate").load().writeStream.format("memory").queryName("left").start()
while not query.recentProgress:
    pass
"""
    cloud.put(notebook_of(left_running))
    run = cloud.run()
    assert run.code == 0, run.printed
    _, _, after = run.files["run.log"].decode().partition("cell 1: ")
    complaints = [line for line in after.splitlines() if "ERROR" in line or "Exception" in line or "WARN" in line]
    assert complaints == []


class Kept:
    """Results that are only counted; the last write of each name stands."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def refusal(self, name: str) -> str:
        return ""

    def put(self, path: Path, name: str) -> None:
        self.names.append(name)


def test_a_large_file_is_kept_once_it_has_stopped_growing(tmp_path: Path) -> None:
    results = Kept()
    folder = OutputFolder(results, tmp_path)  # type: ignore[arg-type]
    large, small = tmp_path / "large.bin", tmp_path / "small.txt"
    for size in (MAX_GROWING + 1, MAX_GROWING + 2):
        with large.open("wb") as file:
            file.truncate(size)
        small.write_text("x" * (size - MAX_GROWING))
        folder.upload(final=False)
    assert results.names == ["files/small.txt"] * 2
    folder.upload(final=False)
    folder.upload(final=False)
    assert results.names == ["files/small.txt"] * 2 + ["files/large.bin"], "each once, as long as it does not change"
    with large.open("wb") as file:
        file.truncate(MAX_GROWING + 3)
    folder.upload(final=True)
    assert results.names[3:] == ["files/large.bin"], "at the end whatever has changed"


@pytest.mark.parametrize(
    ("vmstat", "killed"),
    [("nr_free_pages 9\noom_kill 3\nthp 1\n", 3), ("nr_free_pages 9\n", 0), ("", 0), ("odd\n", 0), ("oom_kill x\n", 0)],
)
def test_how_many_linux_ended_for_want_of_memory(vmstat: str, killed: int, tmp_path: Path) -> None:
    (tmp_path / "vmstat").write_text(vmstat)
    assert oom.oom_kills(tmp_path / "vmstat") == killed
    assert oom.oom_kills(tmp_path / "missing") == 0
