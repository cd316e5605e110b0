"""What stops notebooks that were written for another place, another version of Python, or somebody's laptop.

They name things that are not here and are not needed here, so "install it" or "check the address" would mislead. The error's
class is part of each expression: the same words in an error of the notebook's own mean nothing.
"""

from __future__ import annotations

from chalicelib.diagnosis.symptoms import Symptom, symptom

USE_S3 = "read and write with spark.read and DataFrame.write at an s3:// address, and write small files to the working folder, "
PYTHON_2_MODULES = (
    "urllib2|urlparse|ConfigParser|cPickle|cStringIO|StringIO|Queue|HTMLParser|httplib|cookielib|Tkinter|tkMessageBox"
    "|xmlrpclib|md5|__builtin__"
)
PYTHON_2_NAMES = "unicode|xrange|raw_input|basestring|unichr|execfile|reduce|long|cmp|apply|izip"
PYTHON_2_METHODS = "has_key|iteritems|itervalues|iterkeys|viewitems|viewkeys|viewvalues"
SPARKMAGIC = "configure|spark|send_to_spark|info|logs|cleanup|delete|matplot|manage_spark|pretty"
DATABRICKS = "fs|r|scala|python|md|sh|pip_install|tensorboard|skip"


def _module(pattern: str, summary: str, paragraph: str, next_step: str) -> Symptom:
    """A module that only another place has."""
    pattern = rf"^(?:ModuleNotFound|Import)Error: No module named '?(?P<module>{pattern})\b"
    return symptom("written_for_elsewhere", "notebook", pattern, summary, paragraph, next_step)


def _magic(pattern: str, summary: str, paragraph: str, next_step: str) -> Symptom:
    """IPython's words for a magic that it does not know."""
    pattern = rf"^UsageError: (?:Cell|Line) magic(?: function)? `?(?P<magic>%+(?:{pattern}))`? not found"
    return symptom("written_for_elsewhere", "notebook", pattern, summary, paragraph, next_step)


SYMPTOMS = (
    _module(
        "findspark",
        "findspark is not needed here",
        "{where} uses findspark, which looks for Spark on a laptop. Here, spark and sc are already defined.",
        "Remove the lines with findspark; nothing has to replace them.",
    ),
    symptom(
        "written_for_elsewhere", "notebook",
        r"^(?:ModuleNotFound|Import)Error: No module named '?google\.colab|^(?:from|import) google\.colab\b",
        "It was written for Google Colab",
        "{where} uses google.colab, which exists only in Google's notebooks.",
        f"Remove the lines with google.colab: {USE_S3}which is kept. Keep keys out of the notebook.",
    ),
    _module(
        "awsglue",
        "It was written for AWS Glue",
        "{where} uses awsglue, which exists only in AWS Glue.",
        "Use spark in place of GlueContext, DataFrames in place of DynamicFrames, and the job's parameters in place of "
        "getResolvedOptions.",
    ),
    _module(
        "dbutils|pyspark\\.dbutils",
        "It was written for Databricks",
        "{where} uses {module}, which exists only on Databricks.",
        f"Remove the line: {USE_S3}which is kept. Give values as the job's parameters.",
    ),
    _module(
        "mssparkutils|notebookutils|kaggle_secrets",
        "It was written for another platform",
        "{where} uses {module}, which exists only on the platform for which the notebook was written: Azure Synapse, Microsoft "
        "Fabric or Kaggle.",
        f"Remove the lines with {{module}}: {USE_S3}which is kept.",
    ),
    symptom(
        "written_for_elsewhere", "notebook",
        r"^NameError: name '(?P<module>dbutils|displayHTML|getArgument)' is not defined",
        "It was written for Databricks",
        "{where} uses {module}, which exists only on Databricks.",
        "Replace dbutils.fs by spark.read or boto3, dbutils.widgets by parameters of the job, and displayHTML by "
        "IPython.display.HTML.",
    ),
    symptom(
        "written_for_elsewhere", "notebook",
        r"^NameError: name '(?P<module>sqlContext|sqlCtx|hiveContext|HiveContext)' is not defined",
        "{module} is spark now",
        "{where} uses {module}, which was the way to use Spark SQL until Spark 2.",
        "Use spark.sql(...), spark.read and spark.table(...) instead.",
    ),
    _magic(
        SPARKMAGIC,
        "The magic {magic} is not available here",
        "{where} uses the magic {magic}, which belongs to sparkmagic, EMR Studio's PySpark kernel.",
        "Choose the kernel PySpark for the notebook, where %%configure, %%sql and %%local work; or set Spark up with "
        "SparkSession.builder.config(...) in the first cell.",
    ),
    _magic(
        DATABRICKS,
        "The magic {magic} is not available here",
        "{where} uses the magic {magic}, which exists only on Databricks.",
        f"Replace it with Python or %%sql: {USE_S3}which is kept. %%bash runs a shell script, %pip installs packages.",
    ),
    _magic(
        r"[\w-]+",
        "The magic {magic} is not available here",
        "{where} uses the magic {magic}, which Jupyter's Python kernel does not have.",
        "Remove the line, or install and load the extension that brings it: %pip install, then %load_ext.",
    ),
    symptom(
        "needs_somebody", "notebook",
        r"^StdinNotImplementedError|does not support input requests",
        "It asks for input",
        "{where} waits for somebody to type something (input), and nobody is there when a job runs.",
        "Turn what it asks for into a parameter of the job: a variable in a cell tagged parameters.",
    ),
    symptom(
        "python_2", "notebook",
        r"^SyntaxError: (?:Missing parentheses in call to '(?:print|exec)'|multiple exception types must be parenthesized"
        r"|leading zeros in decimal integer literals)"
        rf"|^(?:ModuleNotFound|Import)Error: No module named '?(?P<module>{PYTHON_2_MODULES})\b"
        rf"|^NameError: name '(?P<module2>{PYTHON_2_NAMES})' is not defined"
        rf"|^AttributeError: .{{0,200}} has no attribute '(?P<module3>{PYTHON_2_METHODS})'",
        "It is written for Python 2",
        "{where} is written for Python 2; clusters run Python 3.",
        "Convert the notebook to Python 3: 2to3 does most of it, print needs parentheses, urllib2 is urllib.request.",
    ),
    symptom(
        "written_for_elsewhere", "notebook",
        r"^FileNotFoundError: .{0,60}No such file or directory:? '?(?P<path>[^'\s]*/bin/spark-submit)",
        "SPARK_HOME points at another machine",
        "{where} starts Spark from {path}, a folder on another machine, because the notebook sets SPARK_HOME.",
        "Remove the lines that set SPARK_HOME, JAVA_HOME or PYSPARK_PYTHON; spark and sc are already defined.",
    ),
)  # fmt: skip

IN_THE_LOG = (
    symptom(
        "written_for_elsewhere", "notebook",
        r"spark-(?:class|submit): line \d+: (?P<path>\S*/bin/java): No such file or directory",
        "JAVA_HOME points at another machine",
        "{where} starts Spark with {path}, which is not on this machine, because the notebook sets JAVA_HOME.",
        "Remove the lines that set JAVA_HOME, SPARK_HOME or PYSPARK_PYTHON; spark and sc are already defined.",
    ),
)  # fmt: skip
"""What Spark's own scripts write where Python only says that Java did not start."""
