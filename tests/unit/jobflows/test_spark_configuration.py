"""The site's shared Spark configuration: what EMR would not take is named before anything is launched."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.jobflows.spark_configuration import DEFAULT, malformed

ENV = {"Classification": "export", "Properties": {"PYSPARK_PYTHON": "/opt/atmo/bin/python"}}


@pytest.mark.parametrize(
    "configuration",
    [
        [],
        DEFAULT,
        [{"Classification": "spark-env"}],
        [{"Classification": "spark-env", "Properties": {}, "Configurations": [ENV]}],
    ],
)
def test_what_emr_takes(configuration: Any) -> None:
    assert malformed(json.dumps(configuration).encode()) == ""


@pytest.mark.parametrize(
    ("configuration", "problem"),
    [
        ({"Classification": "spark"}, "is not a list of classifications"),
        (None, "is not a list of classifications"),
        (["spark"], "has an entry without a Classification"),
        ([{"Properties": {}}], "has an entry without a Classification"),
        ([{"Classification": 3}], "has an entry without a Classification"),
        ([*DEFAULT, {"Classification": "spark", "properties": {}}], "has an unknown field in spark: properties"),
        (
            [{"Classification": "spark", "Properties": {"cores": 4}}],
            "has a property of spark whose value is not a text",
        ),
        ([{"Classification": "spark", "Properties": []}], "has a property of spark whose value is not a text"),
        ([{"Classification": "env", "Configurations": {}}], "is not a list of classifications in env"),
        ([{"Classification": "env", "Configurations": [{}]}], "has an entry without a Classification"),
    ],
)
def test_what_emr_does_not_take(configuration: Any, problem: str) -> None:
    assert malformed(json.dumps(configuration).encode()) == problem


@pytest.mark.parametrize("content", [b"", b"[", b"\xff\xfe", b"[" * 100_000])
def test_what_is_not_json(content: bytes) -> None:
    assert malformed(content) == "is not JSON"
