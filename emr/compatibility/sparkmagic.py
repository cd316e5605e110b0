"""The magics of sparkmagic's PySpark kernel, which EMR Studio and EMR Notebooks use.

https://github.com/jupyter-incubator/sparkmagic. There, cells run on a cluster and %%local on the notebook's own machine; here
both are one Python, so what moves data between them has little to do.
"""

from __future__ import annotations

import json
import re
from typing import Any

from IPython.core.error import UsageError
from IPython.display import display

# Livy's names for what Spark has settings for: https://livy.apache.org/docs/latest/rest-api.html#post-sessions
SETTINGS = {
    "archives": "spark.archives",
    "driverCores": "spark.driver.cores",
    "driverMemory": "spark.driver.memory",
    "executorCores": "spark.executor.cores",
    "executorMemory": "spark.executor.memory",
    "files": "spark.files",
    "jars": "spark.jars",
    "name": "spark.app.name",
    "numExecutors": "spark.executor.instances",
    "pyFiles": "spark.submit.pyFiles",
    "queue": "spark.yarn.queue",
}
NOTHING_TO_DO = ("logs", "cleanup", "delete", "help")


def install(shell: Any) -> None:
    def configure(line: str, cell: str) -> None:
        """%%configure [-f]: settings for Spark, before it starts; with -f it starts again."""
        shell.atmo_configure_spark(settings(cell), restart="-f" in line.split())

    def info(line: str) -> None:
        shell.atmo_provide_spark()
        print(shell.user_ns["sc"].applicationId)

    def matplot(line: str) -> None:
        """%matplot plt: show the current figure."""
        display(shell.ev(line).gcf())  # type: ignore[no-untyped-call]

    def nothing(line: str) -> None:
        print("There is nothing to do here: every run has its own Spark.")

    shell.register_magic_function(configure, "cell", "configure")
    for magic, name in ((info, "info"), *((nothing, name) for name in NOTHING_TO_DO)):
        shell.register_magic_function(magic, "line", name)
    shell.register_magic_function(matplot, "line", "matplot")
    shell.input_transformers_cleanup.append(in_python)


def settings(text: str) -> dict[str, str]:
    """Spark's settings from the JSON of %%configure.

    Raises:
        UsageError: it is no JSON object.
    """
    try:
        request = json.loads(text)
        settings = {SETTINGS[name]: _written(value) for name, value in request.items() if name in SETTINGS}
        return settings | {name: _written(value) for name, value in (request.get("conf") or {}).items()}
    except (ValueError, AttributeError) as error:
        raise UsageError(f"%%configure needs a JSON object of settings: {error}") from error


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def in_python(lines: list[str]) -> list[str]:
    """%%spark [-o NAME] and %%send_to_spark -i NAME [-n NAME] as Python that does the same in one place; IPython wants a body
    of a cell magic, sparkmagic none of %%info and the like."""
    first = lines[0] if lines else ""
    if first.startswith("%%") and first[2:].split()[:1] and first[2:].split()[0] in ("info", *NOTHING_TO_DO):
        return [first[1:], *lines[1:]]
    if first.startswith("%%send_to_spark"):
        source = _option("-i", first)
        target = _option("-n", first) or source
        return [f"{target} = spark.createDataFrame({source}) if hasattr({source}, 'iloc') else {source}\n", *lines[1:]]
    if not re.match(r"%%spark(\s|$)", first):
        return lines
    output = _option("-o", first)
    return [f"# {first}", *lines[1:], *([f"\n{output} = {output}.toPandas()\n"] if output else [])]


def _option(name: str, line: str) -> str:
    match = re.search(rf"\s{name}\s+(\w+)", line)
    return match.group(1) if match else ""
