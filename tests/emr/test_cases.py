"""Notebooks as people have them, each run: every one stands for a kind of notebook that once went wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.emr.runs import Cloud, Finished, document

CASES = Path(__file__).parent / "cases"

SUCCEED = {
    "byte-order-mark.ipynb": "hello",
    "cell-id-in-4.4.ipynb": "1",
    "emr-pyspark-kernel.ipynb": "3",
    "findspark.ipynb": "findspark is not needed here: spark is already defined.",
    "illegal-cell-id.ipynb": "1",
    "kernelspec-without-name.ipynb": "1",
    "old-output-without-metadata.ipynb": "1",
    "preview-html.ipynb": "1",
    "raises-exception.ipynb": "went on",
    "spark-home.ipynb": "3",
    "sqlcontext.ipynb": "|one|",
}
FAIL: dict[str, dict[str, Any]] = {
    "comment-mentions-memory.ipynb": {
        "cell": 2, "line": 3, "code": "return sum(x) / len(x)", "error": "ZeroDivisionError", "cells_not_run": 0,
    },
    "connection-refused.ipynb": {"cell": 2, "line": 1, "error": "URLError"},
    "injected-parameters.ipynb": {
        "cell": 3, "cell_id": "cell-4", "line": 1, "code": "share = total / divisor", "error": "ZeroDivisionError",
        "cells_not_run": 1,
    },
    "innocent-context-lines.ipynb": {"cell": 2, "error": "ZeroDivisionError"},
    "kernel-killed.ipynb": {"cell": 2, "cell_id": "cell-2", "error": "DeadKernelError", "cells_not_run": 0},
    "pandas-keyerror.ipynb": {"cell": 2, "line": 3, "code": 'frame["b"]', "error": "KeyError", "message": "'b'"},
    "socket-refused.ipynb": {"cell": 2, "line": 1, "error": "ConnectionRefusedError"},
    "unknown-magic.ipynb": {
        "cell": 2, "error": "UsageError", "message": "Cell magic `%%configure` not found.", "cells_not_run": 1,
    },
}  # fmt: skip
REFUSED = {"r-notebook.ipynb": "The notebook is written in R; only Python notebooks are run."}
NOTES = {"zeppelin-configure-mpl.json": "1"}


def test_every_case_is_tried() -> None:
    assert {path.name for path in CASES.iterdir()} == {*SUCCEED, *FAIL, *REFUSED, *NOTES}


def run(cloud: Cloud, name: str) -> Finished:
    cloud.put((CASES / name).read_bytes(), name)
    return cloud.run(name=name)


@pytest.mark.parametrize(("name", "printed"), SUCCEED.items(), ids=SUCCEED)
def test_it_runs(cloud: Cloud, name: str, printed: str) -> None:
    ended = run(cloud, name)
    assert (ended.code, ended.outcome["status"]) == (0, "SUCCEEDED"), ended.printed
    assert printed in ended.outputs()
    assert "ERROR" not in ended.files["run.log"].decode()
    assert "notebook.html" in ended.files


@pytest.mark.parametrize(("name", "outcome"), FAIL.items(), ids=FAIL)
def test_it_fails_and_says_where_and_why(cloud: Cloud, name: str, outcome: dict[str, Any]) -> None:
    ended = run(cloud, name)
    assert (ended.code, ended.outcome["status"]) == (1, "FAILED")
    assert {key: ended.outcome.get(key) for key in outcome} == outcome
    assert "notebook.html" in ended.files


@pytest.mark.parametrize(("name", "message"), REFUSED.items(), ids=REFUSED)
def test_it_is_refused(cloud: Cloud, name: str, message: str) -> None:
    ended = run(cloud, name)
    assert ended.outcome["message"].startswith(message)
    assert "cell" not in ended.outcome


@pytest.mark.parametrize(("name", "printed"), NOTES.items(), ids=NOTES)
def test_the_note_runs(cloud: Cloud, name: str, printed: str) -> None:
    ended = run(cloud, name)
    assert ended.outcome["status"] == "SUCCEEDED"
    assert f'"{printed}\\n"' in ended.files["notebook.json"].decode()


SPARKMAGIC = {"kernelspec": {"name": "pysparkkernel", "display_name": "PySpark", "language": ""}}


def test_magics_of_emr_studio(cloud: Cloud) -> None:
    """One after the other, so that Spark starts once."""
    cells = [
        '%%configure -f\n{"executorMemory": "1g", "conf": {"spark.sql.shuffle.partitions": "7"}}',
        "print(spark.conf.get('spark.sql.shuffle.partitions'), spark.conf.get('spark.executor.memory'))",
        "spark.range(5).createOrReplaceTempView('numbers')",
        "%%sql -o frame -q\nselect id from numbers where id > 2 -- two; rows",
        "print('rows', len(frame), type(frame).__name__)",
        "%%sql -n 2\nselect id * 100 as hundreds from numbers order by id",
        "%%local\nlocal_name = 'of the same Python'",
        "print(local_name)",
        "%%spark -o table\ntable = spark.range(3)",
        "print('pandas', list(table['id']))",
        "sc.list_packages()",
        "%%cleanup -f",
    ]
    cloud.put(document([code_cell(source) for source in cells], **SPARKMAGIC))
    ended = cloud.run()
    assert ended.outcome["status"] == "SUCCEEDED", ended.printed
    text = ended.outputs()
    for printed in (
        "7 1g",
        "rows 2 DataFrame",
        "100",
        "Only the first 2 rows",
        "of the same Python",
        "pandas [0, 1, 2]",
    ):
        assert printed in text
    assert "ipykernel" in text, "pip's list"
    assert "ERROR" not in ended.files["run.log"].decode()


def code_cell(source: str) -> dict[str, Any]:
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": source}
