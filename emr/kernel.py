"""The IPython kernel that notebooks run in: the same for scheduled runs and for JupyterLab on a user's cluster.

A notebook finds two names it did not define, as in the pyspark shell: `spark` (a SparkSession) and `sc` (its
SparkContext). Spark starts when a cell first reads one of them, so a notebook without Spark does not wait for it, and
a notebook that builds its own session (`spark = SparkSession.builder.config(...).getOrCreate()`) gets exactly that one.
If Spark cannot start, the cell that wanted it fails, with Spark's own error. On EMR, Spark is the one in
/usr/lib/spark; elsewhere it is the pyspark that pip installed, in local mode.

Run as `kernel.py -f CONNECTION_FILE` by Jupyter, or as `kernel.py --install PREFIX` to write the kernel's description
below PREFIX, where Jupyter looks for it.
"""

from __future__ import annotations

import ast
import contextlib
import json
import os
import shlex
import sys
import tempfile
from pathlib import Path
from typing import Any

NAME = "python3"
EMR_SPARK_HOME = Path("/usr/lib/spark")
JAVA_SECONDS = 3
PROVIDED = frozenset({"spark", "sc"})


def install(prefix: Path) -> Path:
    """Describe this kernel below `prefix`, again if it was; returns the folder to put on JUPYTER_PATH."""
    folder = prefix / "share" / "jupyter"
    description = {
        "argv": [sys.executable, str(Path(__file__).resolve()), "-f", "{connection_file}"],
        "display_name": "Python 3 (Spark)",
        "language": "python",
        "metadata": {"supported_encryption": "curve"},
    }
    target = folder / "kernels" / NAME / "kernel.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(description))
    return folder


def names_wanted(tree: ast.Module) -> set[str]:
    """Which of the provided names the cell reads before it binds them itself."""
    wanted: set[str] = set()
    bound: set[str] = set()
    for statement in tree.body:
        nodes = list(ast.walk(statement))
        names = [node for node in nodes if isinstance(node, ast.Name)]
        wanted |= {n.id for n in names if isinstance(n.ctx, ast.Load)} - bound
        bound |= {n.id for n in names if isinstance(n.ctx, ast.Store)}
        bound |= {n.asname or n.name for n in nodes if isinstance(n, ast.alias)}
    return wanted & PROVIDED


class SparkOnFirstUse:
    """An IPython AST transformer: the first cell to read `spark` or `sc` gets a call in front that provides both.

    The call is part of the cell, so an error in it is that cell's error and stops the notebook there.
    """

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        shell.atmo_provide_spark = self.provide

    def visit(self, tree: Any) -> Any:
        if isinstance(tree, ast.Module) and names_wanted(tree) - set(self.shell.user_ns):
            call = ast.parse("get_ipython().atmo_provide_spark()").body[0]
            place = _after_future_imports(tree.body)
            ast.copy_location(call, tree.body[0])
            tree.body.insert(place, call)
            ast.fix_missing_locations(tree)
        return tree

    def provide(self) -> None:
        session = spark_session()
        namespace = self.shell.user_ns
        namespace.setdefault("spark", session)
        namespace.setdefault("sc", session.sparkContext)


def _after_future_imports(body: list[ast.stmt]) -> int:
    """Python wants `from __future__` lines, and a docstring before them, first."""
    return max(
        (i + 1 for i, s in enumerate(body) if isinstance(s, ast.ImportFrom) and s.module == "__future__"),
        default=0,
    )


def stop_spark() -> None:
    """End Spark before its Java is ended: torn down it would fill the end of the log with complaints."""
    spark = sys.modules.get("pyspark.sql")
    session = spark.SparkSession._instantiatedSession if spark else None
    if session and session.sparkContext._jsc:
        with contextlib.suppress(Exception):
            session.sparkContext.setLogLevel("OFF")
            for query in session.streams.active:
                query.stop()
            session.stop()
            # Java ends with its standard input; told by a signal it takes its time.
            java = session.sparkContext._gateway.proc
            java.stdin.close()
            java.wait(JAVA_SECONDS)


def spark_session() -> Any:
    """The running session, or a new one; with Hive's catalogue where the cluster has one, as the pyspark shell does."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder
    if (Path(os.environ.get("SPARK_CONF_DIR", "/etc/spark/conf")) / "hive-site.xml").exists():
        builder = builder.enableHiveSupport()
    return builder.getOrCreate()


def kernel_class() -> Any:
    """IPython's kernel, except that it ends Spark first when it is told to end: it goes on to end all its children."""
    from ipykernel.ipkernel import IPythonKernel

    class Kernel(IPythonKernel):
        def do_shutdown(self, restart: bool) -> Any:
            stop_spark()
            return super().do_shutdown(restart)  # type: ignore[no-untyped-call]

    return Kernel


def find_spark() -> None:
    """Set what Spark reads from the environment. Its workers run this very Python: it refuses another minor version."""
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    # The progress bar is drawn for a terminal; in a log it is noise.
    settings = {"spark.ui.showConsoleProgress": "false"}
    if EMR_SPARK_HOME.is_dir():
        os.environ["SPARK_HOME"] = str(EMR_SPARK_HOME)
        python = EMR_SPARK_HOME / "python"
        sys.path[:0] = [str(python), *map(str, sorted(python.glob("lib/py4j-*-src.zip")))]
    else:
        settings.update(local_settings(Path(tempfile.mkdtemp(prefix="spark-"))))
    options = [f"--conf={name}={value}" for name, value in settings.items()]
    os.environ["PYSPARK_SUBMIT_ARGS"] = shlex.join([*options, "pyspark-shell"])


def local_settings(scratch: Path) -> dict[str, str]:
    """Without a cluster: Spark's own files stay out of the working directory, which is the run's output; no UI port."""
    return {
        "spark.local.dir": str(scratch),
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        "spark.ui.enabled": "false",
    }


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--install"]:
        install(Path(arguments[1]))
        return
    forms = os.environ.get("ATMO_NOTE_FORMS")
    if forms:  # the notebook is a Zeppelin note
        from zeppelin import magics
    # Python put this script's folder first; a notebook's imports should not find our modules there.
    sys.path.pop(0)
    find_spark()
    from ipykernel.kernelapp import IPKernelApp

    app: Any = IPKernelApp.instance(kernel_class=kernel_class())
    # What the JVM writes to file descriptors 1 and 2 belongs in the log, not among a cell's outputs.
    app.initialize(["--IPKernelApp.capture_fd_output=False", *arguments])
    app.shell.ast_transformers.append(SparkOnFirstUse(app.shell))
    if forms:
        magics.install(app.shell, json.loads(Path(forms).read_text()))
    app.start()


if __name__ == "__main__":
    main(sys.argv[1:])
