"""What notebooks written for other places find in our kernel, so that they run unchanged: sparkmagic's, EMR Studio's and
Databricks' magics, EMR's sc.install_pypi_package, findspark, plots that wait for a mouse as pictures, and Spark in its place
whatever a notebook makes of SPARK_HOME."""

from __future__ import annotations

from typing import Any

from compatibility import databricks, findspark, magics, packages, places, plots, sparkmagic


def install(shell: Any, *, is_sparkmagic: bool) -> None:
    """`is_sparkmagic`: the notebook names a kernel of sparkmagic, EMR's PySpark, and so has that kernel's own magics."""
    findspark.install()
    magics.install(shell)
    plots.install(shell)
    databricks.install(shell)
    shell.events.register("pre_run_cell", places.Restorer())
    shell.events.register("pre_run_cell", lambda info: packages.install())
    if is_sparkmagic:
        sparkmagic.install(shell)
