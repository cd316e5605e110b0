"""What to do about errors that notebooks of other places raise here: one sentence, or none. Pure."""

from __future__ import annotations

import re

_DATABRICKS = (
    "exists only on Databricks: remove the line. Read and write with spark.read and DataFrame.write at an s3:// "
    "address, write small files to the working folder, and give values as the job's parameters."
)
_PYTHON_2 = (
    "This is Python 2; notebooks run on Python 3.11. Convert the notebook, for instance with 2to3, and upload it again."
)
_SPARK_HOME = (
    "The notebook points Spark at a folder on another machine. Spark is already set up: remove the lines that set SPARK_HOME, "
    "JAVA_HOME or PYSPARK_PYTHON, and use spark."
)

_MODULES = {
    "google.colab": "google.colab exists only in Colab: remove the line. Read from S3, and write files to the working folder, "
    "which is kept.",
    "findspark": "findspark is not needed here: spark is already defined. Remove the lines with findspark.",
    "dbutils": f"dbutils {_DATABRICKS}",
    "databricks": f"This module {_DATABRICKS}",
    "awsglue": "awsglue exists only in AWS Glue: use spark in place of GlueContext, and the job's parameters in place of "
    "getResolvedOptions.",
    "mssparkutils": "mssparkutils exists only in Azure Synapse: remove the line, and read from S3.",
    "notebookutils": "notebookutils exists only in Microsoft Fabric: remove the line, and read from S3.",
    "kaggle_secrets": "kaggle_secrets exists only on Kaggle: remove the line, and read from S3.",
}
_PYTHON_2_MODULES = {
    *(
        "urllib2",
        "urlparse",
        "ConfigParser",
        "cPickle",
        "cStringIO",
        "StringIO",
        "Queue",
        "HTMLParser",
        "httplib",
        "cookielib",
    ),
    *("Tkinter", "commands", "sets", "md5", "sha", "exceptions", "__builtin__", "itertools.izip"),
}
_DATABRICKS_NAMES = {"dbutils", "displayHTML", "getArgument", "table"}
_PYTHON_2_NAMES = {
    "unicode",
    "xrange",
    "raw_input",
    "basestring",
    "unichr",
    "execfile",
    "reduce",
    "long",
    "cmp",
    "apply",
}
_PYTHON_2_METHODS = re.compile(r"has no attribute '(?:has_key|iteritems|itervalues|iterkeys|viewitems)'")
_PYTHON_2_SYNTAX = re.compile(
    r"Missing parentheses in call to 'print'|Missing parentheses in call to 'exec'|multiple exception types must be parenthesized"
    r"|leading zeros in decimal integer literals|invalid decimal literal.*0[0-7]+L"
)
_MAGICS = {
    "sparkmagic": "This magic belongs to sparkmagic, EMR Studio's PySpark kernel. Choose the kernel PySpark for the notebook, "
    "where %%configure, %%sql and %%local work, or set Spark up yourself with SparkSession.builder.config(...).",
    "databricks": f"This magic {_DATABRICKS}",
    "other": "There is no such magic here. Remove the line, or install and load its extension: %pip install, then %load_ext.",
}
_SPARKMAGIC = {
    "configure",
    "spark",
    "send_to_spark",
    "info",
    "logs",
    "cleanup",
    "delete",
    "matplot",
    "manage_spark",
    "pretty",
}
_DATABRICKS_MAGICS = {"fs", "r", "scala", "python", "run", "md", "sh", "pip_install", "tensorboard", "skip"}


def hint(error: str, message: str, traceback: str) -> str | None:
    """What to do about an error of this class and message; None where nothing is to be added to them."""
    if error in ("ModuleNotFoundError", "ImportError"):
        return _of_module(message)
    if error == "NameError":
        return _of_name(message)
    if error == "UsageError":
        return _of_magic(message)
    if error == "StdinNotImplementedError":
        return "Nobody answers input() in a scheduled run. Make it a parameter: a variable in a cell tagged parameters."
    if error == "SyntaxError" and _PYTHON_2_SYNTAX.search(message):
        return _PYTHON_2
    if error == "AttributeError" and _PYTHON_2_METHODS.search(message):
        return _PYTHON_2
    return _SPARK_HOME if _misses_spark(error, message, traceback) else None


def _of_module(message: str) -> str | None:
    name = (re.search(r"No module named '([^']+)'", message) or re.match("()", "")).group(1)  # type: ignore[union-attr]
    if name in _PYTHON_2_MODULES:
        return _PYTHON_2
    return next(
        (text for module, text in _MODULES.items() if name == module or name.startswith(f"{module}.")), None
    ) or (_MODULES["google.colab"] if name == "google" and "colab" in message else None)


def _of_name(message: str) -> str | None:
    match = re.match(r"name '(\w+)' is not defined", message)
    name = match.group(1) if match else ""
    if name in _PYTHON_2_NAMES:
        return _PYTHON_2
    return f"{name} {_DATABRICKS}" if name in _DATABRICKS_NAMES else None


def _of_magic(message: str) -> str | None:
    match = re.search(r"[mM]agic (?:function )?`%{1,2}([\w-]+)` not found", message)
    if not match:
        return None
    name = match.group(1)
    return _MAGICS["sparkmagic" if name in _SPARKMAGIC else "databricks" if name in _DATABRICKS_MAGICS else "other"]


def _misses_spark(error: str, message: str, traceback: str) -> bool:
    """Whether Spark was looked for where it is not."""
    return (error == "FileNotFoundError" and "spark-submit" in message) or (
        error in ("PySparkRuntimeError", "Exception") and "JAVA_GATEWAY_EXITED" in message and "SPARK_HOME" in traceback
    )
