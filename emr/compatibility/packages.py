"""EMR's notebook-scoped libraries: sc.install_pypi_package and its siblings, by pip.

https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-studio-install-libraries-and-kernels.html
"""

from __future__ import annotations

import subprocess
import sys
from typing import Any


def install_pypi_package(context: Any, package: str, repo: str | None = None) -> None:
    """Install a package, such as "pandas==2.2.3", on the master node for this run; `repo` is the address of an index."""
    _pip("install", package, *(["--index-url", repo] if repo else []))


def uninstall_package(context: Any, package: str) -> None:
    _pip("uninstall", "--yes", package)


def list_packages(context: Any) -> None:
    _pip("list")


def install() -> None:
    """Give them to SparkContext, once pyspark is there."""
    pyspark = sys.modules.get("pyspark")
    context = getattr(pyspark, "SparkContext", None)
    if context is not None and not hasattr(context, "install_pypi_package"):
        for command in (install_pypi_package, uninstall_package, list_packages):
            setattr(context, command.__name__, command)


def _pip(*arguments: str) -> None:
    """What pip says becomes the cell's output. Raises CalledProcessError."""
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
    )  # fmt: skip
    print(done.stdout, end="")
    done.check_returncode()
