"""The runner's pure parts."""

from __future__ import annotations

import ast
import json
import os
import sys
from pathlib import Path

import kernel
import outcome
import pytest
import storage
from botocore.stub import Stubber


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("spark.range(1)", {"spark"}),
        ("rdd = sc.parallelize([1])", {"sc"}),
        ("def load():\n    return spark.read", {"spark"}),
        ("print(f'{sc.version}')", {"sc"}),
        ("spark = SparkSession.builder.config('spark.x', 1).getOrCreate()\nspark.range(1)", set()),
        ("spark = spark.newSession()", {"spark"}),
        ("from elsewhere import session as spark\nspark.range(1)", set()),
        ("import pyspark\n# spark\n'spark'", set()),
        ("x.spark, y.sc", set()),
    ],
)
def test_names_a_cell_wants(source: str, names: set[str]) -> None:
    assert kernel.provided_names_read(ast.parse(source)) == names


def test_kernel_description_starts_this_file_with_this_python(tmp_path: Path) -> None:
    path = kernel.install(tmp_path) / "kernels" / kernel.NAME / "kernel.json"
    description = json.loads(path.read_text())
    assert description["argv"][:2] == [sys.executable, str(Path(kernel.__file__).resolve())]


def test_spark_of_emr_is_found_where_emr_puts_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / "python" / "lib" / "py4j-0.10.9.7-src.zip"
    archive.parent.mkdir(parents=True)
    archive.touch()
    monkeypatch.setattr(kernel, "EMR_SPARK_HOME", tmp_path)
    monkeypatch.setattr(os, "environ", {})
    monkeypatch.setattr(sys, "path", ["/elsewhere"])
    kernel.find_spark()
    assert sys.path == [str(tmp_path / "python"), str(archive), "/elsewhere"]
    assert os.environ["SPARK_HOME"] == str(tmp_path)
    assert os.environ["PYSPARK_PYTHON"] == sys.executable
    assert "spark.local.dir" not in os.environ["PYSPARK_SUBMIT_ARGS"]  # the cluster's own settings stand


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(14_400, "4 hours"), (3_600, "1 hour"), (5_400, "90 minutes"), (61, "61 seconds"), (2.5, "2.5 seconds")],
)
def test_duration_in_words(seconds: float, words: str) -> None:
    assert outcome.duration(seconds) == words


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("AccessDenied", "S3 denied access"),
        ("403", "S3 denied access"),
        ("MethodNotAllowed", "that version of it was deleted"),
        ("SlowDown", "Please slow down"),
    ],
)
def test_s3_errors_in_words(monkeypatch: pytest.MonkeyPatch, code: str, reason: str) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    client = storage.s3_client()
    with Stubber(client) as stub:
        stub.add_client_error("get_object", code, "Please slow down")
        with pytest.raises(storage.StorageError, match=f"^Could not read the notebook s3://b/k: {reason}\\.$"):
            storage.fetch(client, "s3://b/k", None)


@pytest.mark.parametrize("uri", ["/etc/passwd", "https://b/k", "s3:///k"])
def test_only_s3_addresses(uri: str) -> None:
    with pytest.raises(storage.StorageError, match="is not an S3 address"):
        storage.split(uri)
