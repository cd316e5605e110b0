"""What stops notebooks that were written for another place, another version of Python, or somebody's laptop.

They name things that are not here and are not needed here, so "install it" or "check the address" would mislead.
"""

from __future__ import annotations

from chalicelib.diagnosis.symptoms import symptom

SYMPTOMS = (
    symptom(
        "written_for_elsewhere", "notebook",
        r"No module named '?findspark",
        "findspark is not needed here",
        "{where} uses findspark, which looks for Spark on a laptop. Here, spark and sc are already defined.",
        "Remove the lines with findspark; nothing has to replace them.",
    ),
    symptom(
        "written_for_elsewhere", "notebook",
        r"No module named '?google\.colab|No module named '?google'?$",
        "It was written for Google Colab",
        "{where} uses google.colab, which exists only in Google's notebooks.",
        "Remove the lines with google.colab: read files from S3 with spark.read or pandas, and keep keys out of the notebook.",
    ),
    symptom(
        "written_for_elsewhere", "notebook",
        r"name '(?P<module>dbutils|displayHTML|getArgument)' is not defined",
        "It was written for Databricks",
        "{where} uses {module}, which exists only on Databricks.",
        "Replace dbutils.fs by spark.read or boto3, dbutils.widgets by parameters of the job, and display by a DataFrame's "
        "show() or toPandas().",
    ),
    symptom(
        "written_for_elsewhere", "notebook",
        r"name '(?P<module>sqlContext|sqlCtx|hiveContext|HiveContext)' is not defined",
        "{module} is spark now",
        "{where} uses {module}, which was the way to use Spark SQL until Spark 2.",
        "Use spark.sql(...), spark.read and spark.table(...) instead.",
    ),
    symptom(
        "written_for_elsewhere", "notebook",
        r"(?:Cell|Line) magic(?: function)? `?(?P<magic>%+\w+)`? not found",
        "The magic {magic} is not available here",
        "{where} uses the magic {magic}, which Jupyter's Python kernel does not have: it belongs to another platform, such "
        "as sparkmagic or Databricks.",
        "Replace it with Python: spark.sql(...) for SQL, SparkSession.builder.config(...) in the first cell for settings, and "
        "the job's own settings for its size.",
    ),
    symptom(
        "needs_somebody", "notebook",
        r"StdinNotImplementedError|does not support input requests",
        "It asks for input",
        "{where} waits for somebody to type something (input), and nobody is there when a job runs.",
        "Turn what it asks for into a parameter of the job.",
    ),
    symptom(
        "python_2", "notebook",
        r"Missing parentheses in call to 'print'|No module named '?(?P<module>urllib2|ConfigParser|StringIO|Queue|cPickle)"
        r"|name '(?P<module2>xrange|unicode|raw_input|basestring|unichr)' is not defined",
        "It is written for Python 2",
        "{where} is written for Python 2; clusters run Python 3.",
        "Convert the notebook to Python 3: 2to3 does most of it, print needs parentheses, urllib2 is urllib.request.",
    ),
    symptom(
        "written_for_elsewhere", "notebook",
        r"No such file or directory:? '?(?P<path>[^'\s]*/bin/spark-submit)",
        "SPARK_HOME points at another machine",
        "{where} starts Spark from {path}, a folder on another machine, because the notebook sets SPARK_HOME.",
        "Remove the line that sets SPARK_HOME; spark and sc are already defined.",
    ),
)  # fmt: skip
