"""What Spark used of its cluster is a part of the outcome."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.emr.runs import Cloud, notebook_of

WORK = "spark.range(0, 200_000_000, 1, 4).selectExpr('sum(id * id % 7)').collect()"


@pytest.mark.parametrize(
    "cells",
    [(WORK,), ("spark.range(3).count()", f"{WORK}\nspark.stop()")],
    ids=["until the end", "stopped by the notebook"],
)
def test_a_run_tells_what_spark_used(cloud: Cloud, cells: tuple[str, ...]) -> None:
    cloud.put(notebook_of(*cells))
    used = cloud.run().outcome["spark"]
    assert used["workers"] == 1
    assert used["cores_per_worker"] >= 1
    assert 0 < used["busy_core_seconds"] <= used["seconds"] * used["cores_per_worker"]
    assert 0 <= used["memory_share"] <= 1


def test_a_run_without_spark_used_none_of_it(cloud: Cloud) -> None:
    cloud.put(notebook_of("1 + 1"))
    assert cloud.run().outcome["spark"]["busy_core_seconds"] == 0


@pytest.mark.parametrize(
    "cell",
    ["1 / 0", "from pyspark.sql import SparkSession as S\nS.builder.getOrCreate().stop()"],
    ids=["failed", "in one cell"],
)
def test_what_is_not_known_is_not_told(cloud: Cloud, cell: str) -> None:
    cloud.put(notebook_of(cell))
    assert "spark" not in cloud.run().outcome


@pytest.mark.parametrize("content", ["", "[]", "3", "{", '"text"'])
def test_what_cannot_be_read_is_nothing(tmp_path: Path, content: str) -> None:
    import spark_use

    (tmp_path / "spark.json").write_text(content)
    assert spark_use.load(tmp_path / "spark.json") is None
    assert spark_use.load(tmp_path / "missing.json") is None


def executor(name: str, host: str = "10.0.0.1", **known: Any) -> Any:
    import spark_use

    values: dict[str, Any] = {"id": name, "host": host, "cores": 4, "busy": 10.0, "memory": 0, "max_memory": 0}
    return spark_use.Executor(**values | known)


def test_executors_are_added_up_by_their_hosts() -> None:
    import spark_use

    driver = executor("driver", "10.0.0.9", busy=0, cores=0)
    every = [driver, executor("1"), executor("2"), executor("3", "10.0.0.2", memory=300, max_memory=400)]
    assert spark_use.summary(every, 60.04) == {
        "seconds": 60.0, "busy_core_seconds": 30.0, "cores_per_worker": 4, "workers": 2, "memory_share": 0.75,
    }  # fmt: skip


def test_a_driver_alone_does_the_work() -> None:
    import spark_use

    used = spark_use.summary([executor("driver", cores=2)], 30)
    assert (used["workers"], used["cores_per_worker"], used["busy_core_seconds"]) == (1, 2, 10.0)
    assert json.loads(json.dumps(used)) == used
    assert spark_use.summary([], 30)["workers"] == 0
