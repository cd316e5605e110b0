# ruff: noqa: E501, what they write is quoted in one piece
"""What EMR, Spark, YARN, S3 and Python really write when a run fails, where that can be read, and what it means.

Each case: where the text is from, what is known of the run, the kind of the diagnosis, whose side it is on.
"""

from __future__ import annotations

from typing import Any

EMR_API = "https://docs.aws.amazon.com/emr/latest/APIReference/API_ClusterStateChangeReason.html"
EMR_GUIDE = "https://docs.aws.amazon.com/emr/latest/ManagementGuide/"
SPARK_WORDS = "https://github.com/apache/spark/blob/v3.5.1/common/utils/src/main/resources/error/error-classes.json"
YARN_WORDS = "https://github.com/apache/spark/blob/v3.5.1/resource-managers/yarn/src/main/scala/org/apache/spark/deploy/yarn/YarnAllocator.scala"


def emr(code: str, message: str, **more: Any) -> dict[str, Any]:
    """EMR ended the cluster before the notebook was done."""
    return {"code": code, "message": message, "begun": False} | more


def error(name: str, message: str, log: str = "", **more: Any) -> dict[str, Any]:
    """The notebook stopped with an error."""
    return {
        "reported": {"status": "FAILED", "cell": 3, "error": name, "message": message} | more,
        "log": log,
        "code": "STEP_FAILURE",
    }


def java(cause: str, log: str = "") -> dict[str, Any]:
    """An error of Java's that Python shows as Py4JJavaError."""
    return error("Py4JJavaError", f"An error occurred while calling o76.parquet.\n: {cause}", log)


def stage(cause: str) -> dict[str, Any]:
    """A job of Spark that was given up after a task had failed four times."""
    return java(
        "org.apache.spark.SparkException: Job aborted due to stage failure: Task 49 in stage 1.0 failed 4 times, most recent "
        f"failure: Lost task 49.3 in stage 1.0 (TID 63) {cause}"
    )


THROUGH_PY4J = """ConnectionRefusedError                    Traceback (most recent call last)
Cell In[3], line 2
      1 from pyspark.sql import functions as F
----> 2 flights.groupBy("carrier").count().show()

File /opt/py/lib/python3.11/site-packages/py4j/java_gateway.py:438, in GatewayConnection.connect_to_java_server(self)
--> 438     self.socket.connect((self.java_address, self.java_port))

ConnectionRefusedError: [Errno 111] Connection refused"""
THROUGH_PYSPARK = """AttributeError                            Traceback (most recent call last)
Cell In[3], line 1
----> 1 spark.range(3).count()

File /usr/lib/spark/python/pyspark/context.py:633, in SparkContext.defaultParallelism(self)
--> 633 return self._jsc.sc().defaultParallelism()

AttributeError: 'NoneType' object has no attribute 'sc'"""
THROUGH_SOCKET = """ConnectionRefusedError                    Traceback (most recent call last)
Cell In[2], line 1
----> 1 socket.create_connection(("127.0.0.1", 9))

File /usr/lib/python3.11/socket.py:836, in create_connection(address, timeout, source_address, all_errors)
    834 if source_address:
    835     sock.bind(source_address)
--> 836 sock.connect(sa)

ConnectionRefusedError: [Errno 111] Connection refused"""
PANDAS = """---------------------------------------------------------------------------
KeyError                                  Traceback (most recent call last)
File /opt/py/lib/python3.11/site-packages/pandas/core/indexes/base.py:3812, in Index.get_loc(self, key)
   3811 try:
-> 3812     return self._engine.get_loc(casted_key)
   3813 except KeyError as err:

KeyError: 'b'

The above exception was the direct cause of the following exception:

KeyError                                  Traceback (most recent call last)
Cell In[2], line 3
      1 frame = pd.DataFrame({"a": [1]})
      2
----> 3 frame["b"]

File /opt/py/lib/python3.11/site-packages/pandas/core/frame.py:4113, in DataFrame.__getitem__(self, key)
-> 4113     indexer = self.columns.get_loc(key)

KeyError: 'b'"""

CLUSTER = [
    ("https://github.com/Wittline/pyspark-on-aws-emr/issues/4", emr("BOOTSTRAP_FAILURE", "On the master instance (i-02093432d9c865f08), bootstrap action 1 returned a non-zero return code"), "bootstrap_failure", "cluster"),
    ("https://github.com/Yelp/mrjob/blob/master/mrjob/logs/bootstrap.py", emr("BOOTSTRAP_FAILURE", "On 2 slave instances (including i-105af6bf and i-b659f519), bootstrap action 1 returned a non-zero return code"), "bootstrap_failure", "cluster"),
    ("https://github.com/snowplow/snowplow/issues/354", emr("BOOTSTRAP_FAILURE", "On the master instance (i-3f33d270), bootstrap action 1 timed out executing"), "bootstrap_failure", "cluster"),
    ("https://github.com/snowplow/snowplow/issues/354", emr("BOOTSTRAP_FAILURE", "On the master instance (i-3f33d270), after bootstrap actions were run Hadoop failed to launch"), "bootstrap_failure", "cluster"),
    ("https://github.com/aws-samples/emr-bootstrap-actions/issues/220", emr("BOOTSTRAP_FAILURE", "Master instance (i-0000000000000000) failed attempting to download bootstrap action 1 file from S3"), "bootstrap_failure", "cluster"),
    (EMR_API, emr("BOOTSTRAP_FAILURE", "On the master instance (i-0ddd5cacbc6b0082c), application provisioning timed out"), "bootstrap_failure", "cluster"),
    ("https://github.com/awslabs/aws-emr-launch/issues/24", emr("INTERNAL_ERROR", "An internal error occurred."), "internal_error", "aws"),
    ("https://github.com/Wittline/pyspark-on-aws-emr/issues/3", emr("VALIDATION_ERROR", "The VPC/subnet configuration was invalid: The subnet configuration was invalid: The subnet subnet-f384febf does not exist."), "validation_error", "cluster"),
    ("https://github.com/h2oai/h2o-3/pull/3844", emr("VALIDATION_ERROR", "The VPC/subnet configuration was invalid: No route to any external sources detected in Route Table for Subnet: subnet-09a8dd1de8c5a9eb6 for VPC: vpc-03bcaeb337bb00ca3"), "validation_error", "cluster"),
    (EMR_GUIDE + "emr-troubleshoot-errors.html", emr("VALIDATION_ERROR", "The subnet is not large enough: the default subnet in your VPC is not large enough."), "validation_error", "cluster"),
    (EMR_GUIDE + "emr-EBS.html", emr("VALIDATION_ERROR", "The EBS volume limit was exceeded"), "quota_exceeded", "cluster"),
    ("https://github.com/fedora-copr/copr/issues/2840", emr("VALIDATION_ERROR", "Your requested instance type (i4i.large) is not supported in your requested Availability Zone (us-east-1a). Please retry your request by not specifying an Availability Zone or choosing us-east-1b."), "validation_error", "cluster"),
    (EMR_GUIDE + "VALIDATION_ERROR_INVALID_SSH_KEY_NAME.html", emr("VALIDATION_ERROR", "The EC2 key pair does not exist."), "validation_error", "cluster"),
    ("https://docs.aws.amazon.com/console/elasticmapreduce/vcpu-limit", emr("INTERNAL_ERROR", "The request to create the EMR cluster or add EC2 instances to it failed. The number of vCPUs for instance type m5.xlarge exceeds the EC2 service quota for that type. Request a service quota increase for your AWS account or choose a different instance type and retry the request."), "quota_exceeded", "cluster"),
    ("https://docs.aws.amazon.com/console/elasticmapreduce/ERROR_noinstancecapacity", emr("INTERNAL_ERROR", "EC2 is out of capacity for r5.24xlarge in availability zone us-east-1a. Learn more at https://docs.aws.amazon.com/console/elasticmapreduce/ERROR_noinstancecapacity"), "no_capacity", "aws"),
    (EMR_API, emr("INSTANCE_FLEET_TIMEOUT", "The timeout for provisioning spot instances was exceeded"), "no_capacity", "aws"),
    (EMR_GUIDE + "emr-throttling-error.html", emr("INTERNAL_ERROR", "Throttled from Amazon EC2 while launching cluster"), "throttled", "aws"),
    (EMR_GUIDE + "emr-throttling-error.html", emr("INTERNAL_ERROR", "Failed to provision instances due to throttling from Amazon EC2"), "throttled", "aws"),
    ("https://github.com/Yelp/mrjob/issues/1822", emr("INSTANCE_FAILURE", "The master node was terminated. ", begun=True), "instance_failure", "aws"),
    ("https://github.com/Yelp/mrjob/issues/1822", emr("INSTANCE_FAILURE", "All instances in the job flow are terminated", begun=True), "instance_failure", "aws"),
    (EMR_GUIDE + "emr-cluster-NO_SLAVE_LEFT-FAILED_BY_MASTER.html", emr("INSTANCE_FAILURE", "NO_SLAVE_LEFT: All slaves in the job flow were terminated", begun=True), "instance_failure", "aws"),
    (EMR_API, emr("INSTANCE_FAILURE", "All slaves in the job flow were terminated due to Spot", begun=True), "spot_reclaimed", "aws"),
    ("https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StateReason.html", emr("INSTANCE_FAILURE", "Server.SpotInstanceTermination: The instance was terminated because the number of Spot requests exceeded available capacity", begun=True), "spot_reclaimed", "aws"),
    (EMR_API, emr("USER_REQUEST", "Terminated by user request", begun=True), "ended_by_hand", "person"),
    (EMR_API, emr("INSTANCE_FAILURE", "", begun=True), "instance_failure", "aws"),
    (EMR_API, emr("VALIDATION_ERROR", ""), "validation_error", "cluster"),
    (EMR_GUIDE + "emr-spot-instances.html", emr("INTERNAL_ERROR", "There is no Spot capacity available for this request."), "no_capacity", "aws"),
    (EMR_GUIDE + "emr-EC2_INSUFFICIENT_CAPACITY.html", emr("INTERNAL_ERROR", "We do not have sufficient m5.xlarge capacity in the zone asked for."), "no_capacity", "aws"),
    (EMR_GUIDE + "emr-instance-limit-error.html", emr("VALIDATION_ERROR", "More instances (6) were asked for than the current instance limit of 5 allows."), "quota_exceeded", "cluster"),
    (EMR_GUIDE + "INTERNAL_ERROR_SPOT_PRICE_INCREASE_PRIMARY.html", emr("INTERNAL_ERROR", "", error_code="INTERNAL_ERROR_SPOT_PRICE_INCREASE_PRIMARY"), "spot_reclaimed", "aws"),
    (EMR_GUIDE + "INTERNAL_ERROR_SPOT_NO_CAPACITY_PRIMARY.html", emr("INTERNAL_ERROR", "", error_code="INTERNAL_ERROR_SPOT_NO_CAPACITY_PRIMARY"), "no_capacity", "aws"),
    (EMR_GUIDE + "BOOTSTRAP_FAILURE_BA_DOWNLOAD_FAILED_PRIMARY.html", emr("BOOTSTRAP_FAILURE", "On the master instance, an error occurred.", error_code="BOOTSTRAP_FAILURE_BA_DOWNLOAD_FAILED_PRIMARY"), "bootstrap_failure", "cluster"),
]  # fmt: skip

LAUNCH = [
    ("https://github.com/boto/boto3/issues/3418", "EMR refused the launch: Instance type 'r5b.xlarge' is not supported.", "validation_error", "cluster"),
    ("https://github.com/dimajix/terraform-emr-training/issues/1", "EMR refused the launch: The supplied ec2SubnetId is not valid.", "validation_error", "cluster"),
    (EMR_GUIDE + "emr-service-limits-what-are.html", "EMR did not accept the launch within 1 hour: Rate exceeded", "throttled", "aws"),
    (EMR_GUIDE + "emr-iam-roles.html", "EMR refused the launch: User: arn:aws:sts::111122223333:assumed-role/x is not authorized to perform: iam:PassRole", "validation_error", "cluster"),
    (EMR_GUIDE + "emr-iam-roles.html", "EMR refused the launch: Invalid InstanceProfile: atmo-nodes.", "validation_error", "cluster"),
    ("https://docs.aws.amazon.com/emr/latest/APIReference/API_RunJobFlow.html", "EMR did not accept the launch within 1 hour: InternalServerError", "internal_error", "aws"),
    ("docs/deploy.md", "The site's shared Spark configuration, s3://site/spark.json, is not JSON. Ask an admin to correct it, then try again.", "validation_error", "cluster"),
    ("chalicelib/jobflows/unbuildable.py", "atmo could not put together its request to EMR (KeyError: 'Throttled'). The site's settings or this record hold something that it cannot use.", "validation_error", "cluster"),
    ("chalicelib/jobflows/unbuildable.py", "atmo could not decide how to go on, again and again for about an hour (TypeError: x). Show this to an admin, then try again.", "validation_error", "cluster"),
]  # fmt: skip

NOTEBOOK = [
    ("notebooks/failing.ipynb", error("ValueError", "no reading for wednesday"), "notebook_error", "notebook"),
    ("https://docs.python.org/3.11/library/exceptions.html", error("KeyError", "'carrier'"), "notebook_error", "notebook"),
    ("https://docs.python.org/3.11/library/exceptions.html", error("ModuleNotFoundError", "No module named 'pandera'"), "missing_module", "notebook"),
    ("https://docs.python.org/3.11/library/exceptions.html", error("MemoryError", ""), "driver_out_of_memory", "notebook"),
    ("https://github.com/numpy/numpy/blob/main/numpy/_core/_exceptions.py", error("_ArrayMemoryError", "Unable to allocate 74.5 GiB for an array with shape (100000, 100000) and data type float64"), "driver_out_of_memory", "notebook"),
    (SPARK_WORDS, error("AnalysisException", "[PATH_NOT_FOUND] Path does not exist: s3://telemetry/2026-11-22/flights.parquet."), "missing_input", "data"),
    ("https://github.com/feast-dev/feast/issues/2921", error("AnalysisException", "Path does not exist: file:/data"), "missing_input", "data"),
    (SPARK_WORDS, error("AnalysisException", "[TABLE_OR_VIEW_NOT_FOUND] The table or view `flights` cannot be found. Verify the spelling and correctness of the schema and catalog."), "missing_table", "data"),
    ("https://github.com/ipums/hlink/issues/29", error("AnalysisException", "Table or view not found: model_eval_features_list"), "missing_table", "data"),
    (SPARK_WORDS, error("AnalysisException", '[PATH_ALREADY_EXISTS] Path s3://out/carriers already exists. Set mode as "overwrite" to overwrite the existing path.'), "output_exists", "notebook"),
    (SPARK_WORDS, error("AnalysisException", "[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column or function parameter with name `carier` cannot be resolved. Did you mean one of the following? [`carrier`]."), "notebook_error", "notebook"),
    ("https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html", error("NoSuchKey", "An error occurred (NoSuchKey) when calling the GetObject operation: The specified key does not exist."), "missing_input", "data"),
    ("https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html", error("ClientError", "An error occurred (404) when calling the HeadObject operation: Not Found"), "missing_input", "data"),
    ("https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html", error("NoSuchBucket", "An error occurred (NoSuchBucket) when calling the ListObjectsV2 operation: The specified bucket does not exist"), "missing_input", "data"),
    ("https://docs.python.org/3.11/library/exceptions.html", error("FileNotFoundError", "[Errno 2] No such file or directory: 'input.csv'"), "missing_input", "data"),
    ("https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html", error("ClientError", 'An error occurred (AccessDenied) when calling the GetObject operation: User: arn:aws:sts::111122223333:assumed-role/atmo-nodes/i-0 is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::other/key" because no identity-based policy allows the s3:GetObject action'), "permission_denied", "data"),
    ("https://github.com/aws-samples/emr-bootstrap-actions/issues/24", java("com.amazon.ws.emr.hadoop.fs.shaded.com.amazonaws.services.s3.model.AmazonS3Exception: Access Denied (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied; Request ID: 996CDE1921142A24)"), "permission_denied", "data"),
    ("https://github.com/awslabs/python-deequ/issues/28", stage("(localhost, executor driver): java.nio.file.AccessDeniedException: s3a://amazon-reviews-pds/parquet/part-0.parquet: getFileStatus on s3a://amazon-reviews-pds/parquet/part-0.parquet: com.amazonaws.services.s3.model.AmazonS3Exception: Forbidden (Service: Amazon S3; Status Code: 403; Error Code: 403 Forbidden)"), "permission_denied", "data"),
    ("https://repost.aws/knowledge-center/emr-s3-503-slow-down", java("java.io.IOException: com.amazon.ws.emr.hadoop.fs.shaded.com.amazonaws.services.s3.model.AmazonS3Exception: Slow Down (Service: Amazon S3; Status Code: 503; Error Code: 503 Slow Down; Request ID: 2E8B8866BFF00645)"), "throttled", "aws"),
    ("https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html", error("ClientError", "An error occurred (SlowDown) when calling the PutObject operation (reached max retries: 4): Please reduce your request rate."), "throttled", "aws"),
    ("https://docs.aws.amazon.com/emr/latest/APIReference/CommonErrors.html", error("ClientError", "An error occurred (ThrottlingException) when calling the StartQueryExecution operation: Rate exceeded"), "throttled", "aws"),
    ("https://github.com/openaire/iis/issues/1566", stage("(ip-10-0-3-41.ec2.internal executor 72): ExecutorLostFailure (executor 72 exited caused by one of the running tasks) Reason: Container killed by YARN for exceeding memory limits. 12.0 GB of 12 GB physical memory used. Consider boosting spark.yarn.executor.memoryOverhead or disabling yarn.nodemanager.vmem-check-enabled because of YARN-4714"), "executor_out_of_memory", "notebook"),
    (YARN_WORDS, stage("(ip-10-0-3-41 executor 4): ExecutorLostFailure (executor 4 exited caused by one of the running tasks) Reason: Container killed by YARN for exceeding physical memory limits. 12.1 GB of 12 GB physical memory used. Consider boosting spark.executor.memoryOverhead."), "executor_out_of_memory", "notebook"),
    (YARN_WORDS, stage("(ip-10-0-3-41 executor 4): ExecutorLostFailure (executor 4 exited caused by one of the running tasks) Reason: Container from a bad node: container_1_01_000003 on host: ip-10-0-3-41. Exit status: 137. Diagnostics: Container killed on request. Exit code is 137"), "executor_out_of_memory", "notebook"),
    ("https://stackoverflow.com/questions/45428145", stage("(ip-10-0-3-41 executor 3): ExecutorLostFailure (executor 3 exited caused by one of the running tasks) Reason: Container marked as failed: container_1459803563374_223497_02_000067 on host: h. Exit status: 143. Diagnostics: Container [pid=30502] is running beyond physical memory limits. Current usage: 13.8 GB of 13.8 GB physical memory used"), "executor_out_of_memory", "notebook"),
    ("https://stackoverflow.com/questions/45428145", stage("(ip-10-0-3-41 executor 3): ExecutorLostFailure (executor 3 exited caused by one of the running tasks) Reason: Command exited with code 52"), "executor_out_of_memory", "notebook"),
    ("https://github.com/microsoft/SynapseML/issues/2206", stage("(ip-10-0-3-41 executor 3): java.lang.OutOfMemoryError: Java heap space"), "executor_out_of_memory", "notebook"),
    ("https://github.com/opszero/nixtune/issues/183", java("java.lang.OutOfMemoryError: Java heap space"), "driver_out_of_memory", "notebook"),
    ("https://github.com/apache/spark/pull/3003", java("org.apache.spark.SparkException: Job aborted due to stage failure: Total size of serialized results of 381 tasks (1024.9 MiB) is bigger than spark.driver.maxResultSize (1024.0 MiB)"), "driver_out_of_memory", "notebook"),
    ("https://hadoop.apache.org/docs/stable/hadoop-yarn/hadoop-yarn-site/ResourceManagerRest.html", stage("(ip-10-0-3-41 executor 7): ExecutorLostFailure (executor 7 exited unrelated to the running tasks) Reason: Container marked as failed: container_1_01_000003 on host: ip-10-0-3-41. Exit status: -100. Diagnostics: Container released on a *lost* node."), "executor_lost", "aws"),
    ("https://github.com/raster-foundry/raster-foundry/issues/246", stage("(ip-172-31-11-158.ec2.internal executor 4): ExecutorLostFailure (executor 4 exited caused by one of the running tasks) Reason: Slave lost"), "executor_lost", "aws"),
    ("https://spark.apache.org/docs/3.5.1/configuration.html#networking", stage("(ip-10-0-3-41 executor 3): ExecutorLostFailure (executor 3 exited caused by one of the running tasks) Reason: Executor heartbeat timed out after 130023 ms"), "executor_lost", "aws"),
    ("https://docs.aws.amazon.com/emr/latest/ReleaseGuide/emr-spark-configure.html", stage("(ip-10-0-3-41 executor 3): ExecutorLostFailure (executor 3 exited unrelated to the running tasks) Reason: Executor decommission: Spot instance interruption"), "spot_reclaimed", "aws"),
    ("https://repost.aws/knowledge-center/no-space-left-on-device-emr-spark", stage("(ip-10-0-3-41 executor 2): java.io.IOException: No space left on device"), "disk_full", "notebook"),
    ("https://spark.apache.org/docs/3.5.1/sql-data-sources.html", java("org.apache.spark.SparkClassNotFoundException: [DATA_SOURCE_NOT_FOUND] Failed to find the data source: delta. Please find packages at `https://spark.apache.org/third-party-projects.html`."), "missing_module", "notebook"),
    ("https://github.com/locationtech-labs/geopyspark/issues/686", error("Py4JNetworkError", "Answer from Java side is empty"), "spark_stopped", "notebook"),
    ("https://github.com/locationtech-labs/geopyspark/issues/686", error("Py4JNetworkError", "Answer from Java side is empty", log="26/11/22 11:44:50 ERROR Utils: uncaught error in thread\njava.lang.OutOfMemoryError: Java heap space"), "driver_out_of_memory", "notebook"),
    ("https://github.com/py4j/py4j/issues/325", error("ConnectionRefusedError", "[Errno 111] Connection refused", traceback=THROUGH_PY4J), "spark_stopped", "notebook"),
    ("https://github.com/apache/spark/blob/v3.5.1/python/pyspark/context.py", error("AttributeError", "'NoneType' object has no attribute 'sc'", traceback=THROUGH_PYSPARK), "spark_stopped", "notebook"),
    ("https://docs.python.org/3.11/reference/datamodel.html", error("AttributeError", "'NoneType' object has no attribute 'sc'"), "notebook_error", "notebook"),
    ("https://docs.python.org/3.11/library/socket.html", error("ConnectionRefusedError", "[Errno 111] Connection refused", traceback=THROUGH_SOCKET), "unreachable", "data"),
    ("https://docs.python.org/3.11/library/urllib.request.html", error("URLError", "<urlopen error [Errno 111] Connection refused>"), "unreachable", "data"),
    (SPARK_WORDS, error("AnalysisException", "[UNABLE_TO_INFER_SCHEMA] Unable to infer schema for Parquet."), "missing_input", "data"),
    ("https://boto3.amazonaws.com/v1/documentation/api/latest/guide/credentials.html", error("NoCredentialsError", "Unable to locate credentials"), "permission_denied", "data"),
    ("https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html", error("ClientError", "An error occurred (ExpiredToken) when calling the GetObject operation: The provided token has expired."), "permission_denied", "data"),
    ("https://docs.python.org/3.11/library/urllib.error.html", error("HTTPError", "HTTP Error 403: Forbidden"), "permission_denied", "data"),
    ("https://docs.python.org/3.11/library/exceptions.html", error("ValueError", "the page said Access Denied"), "notebook_error", "notebook"),
    ("https://github.com/apache/spark/blob/v3.5.1/resource-managers/yarn/src/main/scala/org/apache/spark/scheduler/cluster/YarnClientSchedulerBackend.scala", error("Py4JJavaError", "An error occurred while calling None.org.apache.spark.api.java.JavaSparkContext.\n: org.apache.spark.SparkException: Yarn application has already ended!"), "spark_stopped", "notebook"),
    ("https://github.com/tqdm/tqdm/blob/master/tqdm/notebook.py", error("ImportError", "IProgress not found. Please update jupyter and ipywidgets."), "missing_module", "notebook"),
    ("https://github.com/minrk/findspark", error("ModuleNotFoundError", "No module named 'findspark'"), "written_for_elsewhere", "notebook"),
    ("https://spark.apache.org/docs/2.0.0/api/python/pyspark.sql.html", error("NameError", "name 'sqlContext' is not defined"), "written_for_elsewhere", "notebook"),
    ("https://docs.databricks.com/aws/en/dev-tools/databricks-utils", error("NameError", "name 'dbutils' is not defined"), "written_for_elsewhere", "notebook"),
    ("https://github.com/jupyter-incubator/sparkmagic", error("UsageError", "Cell magic `%%configure` not found."), "written_for_elsewhere", "notebook"),
    ("https://ipykernel.readthedocs.io/en/stable/", error("StdinNotImplementedError", "raw_input was called, but this frontend does not support input requests."), "needs_somebody", "notebook"),
    ("https://docs.python.org/3.11/whatsnew/3.0.html", error("SyntaxError", "Missing parentheses in call to 'print'. Did you mean print(...)? (1234.py, line 1)"), "python_2", "notebook"),
    ("https://github.com/apache/spark/blob/v3.5.1/python/pyspark/java_gateway.py", error("FileNotFoundError", "[Errno 2] No such file or directory: '/opt/spark/./bin/spark-submit'"), "written_for_elsewhere", "notebook"),
    ("https://requests.readthedocs.io/en/latest/user/quickstart/#errors-and-exceptions", error("ConnectionError", "HTTPSConnectionPool(host='api.example.org', port=443): Max retries exceeded with url: /v1 (Caused by NameResolutionError(\"Failed to resolve 'api.example.org' ([Errno -2] Name or service not known)\"))"), "unreachable", "data"),
    ("https://spark.apache.org/docs/3.5.1/api/python/", error("PythonException", "\n  An exception was thrown from the Python worker. Please see the stack trace below.\nTraceback (most recent call last):\n  File \"<ipython-input-1>\", line 2, in <lambda>\nZeroDivisionError: division by zero\n"), "notebook_error", "notebook"),
    ("https://github.com/jupyter/nbconvert/issues/1913", java("org.apache.spark.SparkException: Job aborted.\n\tat org.apache.spark.sql.errors.X\nCaused by: java.lang.IllegalStateException: the table is corrupt"), "notebook_error", "notebook"),
    ("https://nbclient.readthedocs.io/en/latest/reference/nbclient.html", error("DeadKernelError", "Python stopped without an error message, most often because it ran out of memory. See the log."), "kernel_died", "notebook"),
    ("https://docs.kernel.org/admin-guide/mm/concepts.html#oom-killer", error("DeadKernelError", "Python stopped without an error of its own.", oom_kills=1), "driver_out_of_memory", "notebook"),
    ("https://docs.aws.amazon.com/sdk-for-java/latest/developer-guide/handling-exceptions.html", error("EndpointConnectionError", 'Could not connect to the endpoint URL: "https://s3.eu-central-7.amazonaws.com/"'), "unreachable", "data"),
]  # fmt: skip

STOPPED = {
    "status": "FAILED",
    "cell": 2,
    "error": "Terminated",
    "message": "Stopped from outside before it finished.",
}

OTHERWISE = [
    ({"status": "CANCELLED", "cancelled_by": "alice"}, "cancelled", "person", "alice cancelled the run"),
    ({"status": "TIMED_OUT", "timeout": "1 hour", "reported": {"cell": 4}}, "timeout", "notebook", "Cell 4 was running at that point"),
    ({"status": "TIMED_OUT", "timeout": "1 hour"}, "timeout", "notebook", "It was running at that point"),
    ({"status": "TIMED_OUT", "timeout": "1 hour", "begun": False}, "timeout", "aws", "not ready within 1 hour"),
    ({"reported": STOPPED, "code": "INSTANCE_FAILURE", "message": "The master node was terminated. "}, "instance_failure", "aws", "lost a machine"),
    ({"reported": STOPPED}, "stopped", "aws", "ended before the notebook was finished"),
    ({"code": "STEP_FAILURE", "log": "INFO cell 1: 3.2 s"}, "killed", "notebook", "most often because the master node ran out"),
    ({"code": "STEP_FAILURE"}, "not_started", "cluster", "did not start on the cluster"),
    ({"code": "STEP_FAILURE", "step_message": "Could not write s3://results/x/run.log: S3 denied access."}, "results_not_stored", "cluster", "could not store"),
    ({"code": "STEP_FAILURE", "log": "java.lang.OutOfMemoryError: Java heap space"}, "driver_out_of_memory", "notebook", "more memory"),
    ({"reported": {"status": "FAILED", "message": "The file is not a notebook: it is not JSON."}}, "not_run", "notebook", "it is not JSON"),
    ({"reported": {"status": "FAILED", "message": "Could not read the notebook s3://n/x: there is no such file."}}, "not_run", "notebook", "no such file"),
    ({"reported": {"status": "FAILED", "cell": 2, "error": "ValueError", "message": "x"}, "part": "Paragraph"}, "notebook_error", "notebook", "Paragraph 2 raised"),
    ({"reported": {"status": "FAILED", "cell": 2, "error": "Py4JJavaError", "message": "Lost: ExecutorLostFailure"}, "message": "All slaves in the job flow were terminated due to Spot"}, "spot_reclaimed", "aws", "spot instances"),
]  # fmt: skip
"""What is known, the kind, the side, and words of the paragraph."""

WORKER = """
  An exception was thrown from the Python worker. Please see the stack trace below.
Traceback (most recent call last):
  File "<ipython-input-1>", line 2, in <lambda>
ZeroDivisionError: division by zero

	at org.apache.spark.api.python.BasePythonRunner$ReaderIterator.handlePythonException(PythonRunner.scala:572)
Caused by: java.io.IOException: closed
"""
