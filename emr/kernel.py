"""The IPython kernel that notebooks run in: the same for scheduled runs and for JupyterLab on a user's cluster.

A notebook finds names it did not define, as in the pyspark shell: `spark` (a SparkSession), `sc` (its SparkContext) and,
for old notebooks, `sqlContext`. Spark starts when a cell first reads one of them, so a notebook without Spark does not
wait for it, and one that builds its own session (`spark = SparkSession.builder.config(...).getOrCreate()`) gets exactly that one.
If Spark cannot start, the cell that wanted it fails, with Spark's own error. On EMR, Spark is the one in
/usr/lib/spark; elsewhere it is the pyspark that pip installed, in local mode.

Run as `kernel.py -f CONNECTION_FILE [--sparkmagic] [--forms FILE] [--spark-use FILE]` by Jupyter, or as
`kernel.py --install PREFIX` to write the kernel's description below PREFIX, where Jupyter looks for it. `--sparkmagic` adds the
magics of EMR's PySpark kernel, `--forms` those of a Zeppelin note, whose forms have the values in FILE. `--spark-use` says where
to keep what Spark used.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import json
import os
import shlex
import sys
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spark_use import Noted

NAME = "python3"
EMR_SPARK_HOME = Path("/usr/lib/spark")
JAVA_SECONDS = 3
QUICK_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""Options of a Java that starts, and runs a small notebook, for half of the CPU: it compiles once and simply."""
PROVIDED = frozenset({"spark", "sc", "sqlContext"})


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


def provided_names_read(tree: ast.Module) -> set[str]:
    """Which of the provided names the cell reads before it binds them itself."""
    read: set[str] = set()
    bound: set[str] = set()
    for statement in tree.body:
        nodes = list(ast.walk(statement))
        names = [node for node in nodes if isinstance(node, ast.Name)]
        read |= {n.id for n in names if isinstance(n.ctx, ast.Load)} - bound
        bound |= {n.id for n in names if isinstance(n.ctx, ast.Store)}
        bound |= {n.asname or n.name for n in nodes if isinstance(n, ast.alias)}
    return read & PROVIDED


class SparkOnFirstUse:
    """An IPython AST transformer: the first cell to read `spark` or `sc` gets a call in front that provides them.

    The call is part of the cell, so an error in it is that cell's error and stops the notebook there.
    """

    def __init__(self, shell: Any) -> None:
        self.shell, self.settings = shell, dict[str, str]()
        shell.atmo_provide_spark, shell.atmo_configure_spark = self.provide, self.configure

    def visit(self, tree: Any) -> Any:
        if isinstance(tree, ast.Module) and provided_names_read(tree) - set(self.shell.user_ns):
            call = ast.parse("get_ipython().atmo_provide_spark()").body[0]
            place = _after_future_imports(tree.body)
            ast.copy_location(call, tree.body[0])
            tree.body.insert(place, call)
            ast.fix_missing_locations(tree)
        return tree

    def provide(self) -> None:
        from compatibility import packages

        session = spark_session(self.settings)
        packages.install()
        namespace = self.shell.user_ns
        namespace.setdefault("spark", session)
        namespace.setdefault("sc", session.sparkContext)
        if "sqlContext" not in namespace:
            namespace["sqlContext"] = sql_context(session)

    def configure(self, settings: dict[str, str], restart: bool) -> None:
        """Settings for Spark; where it runs already it keeps them for later, unless it is to `restart`."""
        self.settings |= settings
        if restart and running_session():
            running_session().stop()
            for name in PROVIDED:
                self.shell.user_ns.pop(name, None)


def _after_future_imports(body: list[ast.stmt]) -> int:
    """Python wants `from __future__` lines, and a docstring before them, first."""
    return max(
        (i + 1 for i, s in enumerate(body) if isinstance(s, ast.ImportFrom) and s.module == "__future__"),
        default=0,
    )


def stop_spark() -> None:
    """End Spark before its Java is ended: torn down it would fill the end of the log with complaints."""
    session = running_session()
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


def note_when_stopped(used: Noted) -> None:
    """After each cell: once the notebook has Spark, what it used is kept before the notebook stops it."""
    if pyspark := sys.modules.get("pyspark"):
        used.before_stop(pyspark.SparkContext, running_session)


def running_session() -> Any:
    """The session that the notebook has, or None."""
    spark = sys.modules.get("pyspark.sql")
    return spark.SparkSession._instantiatedSession if spark else None


def spark_session(settings: Mapping[str, str]) -> Any:
    """The running session, or a new one; with Hive's catalogue where the cluster has one, as the pyspark shell does."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder
    if not running_session():
        # What Java itself is started with, such as its memory, is read from here and nowhere else.
        options = [f"--conf={name}={value}" for name, value in settings.items()]
        os.environ["PYSPARK_SUBMIT_ARGS"] = shlex.join([*options, *shlex.split(os.environ["PYSPARK_SUBMIT_ARGS"])])
        for name, value in settings.items():
            builder = builder.config(name, value)
    if (Path(os.environ.get("SPARK_CONF_DIR", "/etc/spark/conf")) / "hive-site.xml").exists():
        builder = builder.enableHiveSupport()
    return builder.getOrCreate()


def sql_context(session: Any) -> Any:
    """What notebooks of Spark 1 call `spark`."""
    from pyspark.sql import SQLContext

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return SQLContext(session.sparkContext, session)


def kernel_class(used: Noted | None) -> Any:
    """IPython's kernel, except that it ends Spark first when it is told to end, and keeps what that used: it goes on to end all
    its children."""
    from ipykernel.ipkernel import IPythonKernel

    class Kernel(IPythonKernel):
        def do_shutdown(self, restart: bool) -> Any:
            if used and running_session():
                used.note(running_session())
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
        os.environ["SPARK_LAUNCHER_OPTS"] = os.environ["SPARK_SUBMIT_OPTS"] = QUICK_JAVA
        settings.update(local_settings(Path(tempfile.mkdtemp(prefix="spark-"))))
    options = [f"--conf={name}={value}" for name, value in settings.items()]
    os.environ["PYSPARK_SUBMIT_ARGS"] = shlex.join([*options, "pyspark-shell"])


def find_programs() -> None:
    """`!pip` and `!python` in a cell are those of this very Python, as `%pip` is."""
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])


def local_settings(scratch: Path) -> dict[str, str]:
    """Without a cluster: Spark's own files stay out of the working directory, which is the run's output; no UI port."""
    return {
        "spark.local.dir": str(scratch),
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        "spark.ui.enabled": "false",
    }


def own_arguments(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Ours, and those that are Jupyter's."""
    parser = argparse.ArgumentParser(allow_abbrev=False, add_help=False)
    parser.add_argument("--install", type=Path)
    parser.add_argument("--sparkmagic", action="store_true")
    parser.add_argument("--forms", type=Path)
    parser.add_argument("--spark-use", type=Path)
    return parser.parse_known_args(arguments)


def main(arguments: list[str]) -> None:
    own, of_jupyter = own_arguments(arguments)
    if own.install:
        install(own.install)
        return
    import compatibility
    from spark_use import Noted

    used = Noted(own.spark_use) if own.spark_use else None
    if own.forms:
        from zeppelin import magics
    # Python put this script's folder first; a notebook's imports should not find our modules there.
    sys.path.pop(0)
    find_spark()
    find_programs()
    from ipykernel.kernelapp import IPKernelApp

    app: Any = IPKernelApp.instance(kernel_class=kernel_class(used))
    # What the JVM writes to file descriptors 1 and 2 belongs in the log, not among a cell's outputs.
    app.initialize(["--IPKernelApp.capture_fd_output=False", *of_jupyter])
    app.shell.ast_transformers.append(SparkOnFirstUse(app.shell))
    if used:
        app.shell.events.register("post_run_cell", lambda _: note_when_stopped(used))
    compatibility.install(app.shell, is_sparkmagic=own.sparkmagic)
    if own.forms:
        magics.install(app.shell, json.loads(own.forms.read_text()))
    app.start()


if __name__ == "__main__":
    main(sys.argv[1:])
