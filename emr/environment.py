"""What the notebook's process finds in its environment: the variables that docs/notebooks.md names and no other, whatever
the runner itself was started with."""

from __future__ import annotations

from collections.abc import Mapping

import run_context

OF_THE_RUN = frozenset({"ATMO_OUTPUT_DIR", *run_context.VARIABLES})
OF_THE_MACHINE = frozenset(
    {"HOME", "JAVA_HOME", "LANG", "LANGUAGE", "LOGNAME", "NO_PROXY", "PATH", "SHELL", "SSL_CERT_FILE", "TZ", "USER"}
    | {"HTTPS_PROXY", "HTTP_PROXY", "REQUESTS_CA_BUNDLE", "TMPDIR", "http_proxy", "https_proxy", "no_proxy"}
)
PREFIXES = ("AWS_", "HADOOP_", "LC_", "PIP_", "PYSPARK_", "SPARK_", "YARN_")


def of_notebook(environment: Mapping[str, str], **added: str) -> dict[str, str]:
    """The notebook's variables: those of the runner's that are documented, and those added."""
    documented = OF_THE_RUN | OF_THE_MACHINE
    inherited = {name: value for name, value in environment.items() if name in documented or name.startswith(PREFIXES)}
    return inherited | added
