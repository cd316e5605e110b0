"""Where Spark, Java and Python are: a notebook that came from a laptop may name that laptop's folders."""

from __future__ import annotations

import os
import shutil
import sys
from typing import Any

NAMES = ("SPARK_HOME", "JAVA_HOME", "PYSPARK_PYTHON", "PYSPARK_DRIVER_PYTHON")


class Restorer:
    """Before a cell runs, puts back what earlier cells pointed at something that is not here."""

    def __init__(self) -> None:
        self.before = {name: os.environ.get(name) for name in NAMES}

    def __call__(self, info: Any) -> None:
        for name, value in self.before.items():
            current = os.environ.get(name)
            if current is None or current == value or is_here(current):
                continue
            print(f"{name} named {current}, which is not on this machine; it is not needed here.", file=sys.stderr)
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def is_here(place: str) -> bool:
    return os.path.exists(place) or shutil.which(place) is not None  # noqa: PTH110 - any text, of any length
