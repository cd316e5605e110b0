"""What stops a notebook, by the lines that Python, Spark, YARN and S3 write of it. The first that matches is it.

The order is from cause to consequence: an executor that YARN killed for its memory also shows as a lost executor.
"""

from __future__ import annotations

from chalicelib.diagnosis.symptoms import symptom

WORKER_MEMORY = (
    "Give each task less to hold: more partitions (repartition), no groupBy that puts a large group into one Python "
    "function, no large broadcast. Or give executors more room in the first cell: "
    'SparkSession.builder.config("spark.executor.memoryOverhead", "2g").getOrCreate(). More workers help only when the '
    "data divide."
)
DRIVER_MEMORY = (
    "Keep large results in Spark: write them with DataFrame.write, and bring only aggregates or a limit() to Python "
    "instead of collect() or toPandas(). If the whole is needed there, ask your admins for a larger master node."
)

SYMPTOMS = (
    symptom(
        "executor_out_of_memory", "notebook",
        r"killed by YARN for exceeding|running beyond (?:physical|virtual) memory limits"
        r"|executor \d+\)?:? .{0,200}java\.lang\.OutOfMemoryError|exited with code (?:52|137)\b"
        r"|(?:exit (?:status|code)(?: is)?:? ?137|exit code is 137)|OutOfMemoryError.{0,80}executor [0-9]"
        r"|Exit status: 143.{0,200}memory",
        "A worker ran out of memory",
        "{where} asked for more memory than a worker has: an executor of Spark was ended because of it, and its tasks failed "
        "each time they were tried again.",
        WORKER_MEMORY,
    ),
    symptom(
        "driver_out_of_memory", "notebook",
        r"java\.lang\.OutOfMemoryError|\bMemoryError\b|Unable to allocate .{1,40} for an array"
        r"|serialized results of .{1,80} is bigger than|GC overhead limit|Cannot allocate memory|Out of memory: Killed process",
        "The notebook ran out of memory",
        "{where} needed more memory than there is on the master node, where Python and Spark's driver run. Large results "
        "that are collected from the workers are the usual reason.",
        DRIVER_MEMORY,
    ),
    symptom(
        "spot_reclaimed", "aws",
        r"spot instance (?:interruption|termination|shutdown)|SpotInstanceTermination|decommission.{0,40}spot|due to spot",
        "AWS took spot workers back",
        "{where} lost workers that AWS took back: they were spot instances, which are cheaper and may be taken away at any time.",
        "Run the job again; give it retries if it must get through by itself. Where it happens often, ask your admins for "
        "workers on demand.",
    ),
    symptom(
        "disk_full", "notebook",
        r"No space left on device|Disk quota exceeded|local-dirs usable space is below",
        "A disk was full",
        "{where} filled a disk of the cluster. Shuffles and cached data lie on the workers' disks, files written in the "
        "output folder on the master's.",
        "Write large results to S3 with DataFrame.write, drop caches that are not needed (unpersist), or use more workers, "
        "so that each holds less.",
    ),
    symptom(
        "executor_lost", "aws",
        r"ExecutorLostFailure|released on a \*lost\* node|\bSlave lost\b|\bWorker lost\b|Executor heartbeat timed out"
        r"|Remote RPC client disassociated|Lost executor \d+ on|Container marked as failed|MetadataFetchFailedException"
        r"|FetchFailed\(",
        "A worker was lost",
        "{where} stopped because Spark lost an executor: the worker went away or answered no more. Most often AWS took the "
        "machine back or it broke; sometimes it was too busy to answer.",
        "Run the job again; give it retries if it must get through by itself. If it is lost at the same cell each time, the "
        "cell is too heavy: use more workers or smaller partitions.",
    ),
    symptom(
        "throttled", "aws",
        r"\bSlowDown\b|\bSlow Down\b|reduce your request rate|\bThrottling(?:Exception)?\b|Rate exceeded|RequestLimitExceeded"
        r"|ProvisionedThroughputExceeded|TooManyRequests|Status Code: 503[;,)].{0,80}(?:S3|Slow)",
        "AWS throttled the notebook's requests",
        "{where} sent more requests than the AWS service accepts from it at a time, S3 most often. Many small files and many "
        "tasks that write at once do that.",
        "Run the job at another time, or send fewer requests: read and write fewer, larger files (coalesce before writing), and "
        "spread them over several prefixes.",
    ),
    symptom(
        "permission_denied", "data",
        r"\b(?:ExpiredToken|ExpiredTokenException|InvalidAccessKeyId|InvalidClientTokenId|SignatureDoesNotMatch|RequestExpired)\b",
        "The notebook's own AWS key is not valid",
        "{where} signed its request with a key that AWS does not accept, or accepts no longer. The cluster's own role was not "
        "asked: a key in the notebook, or one that it sets in the environment, comes before it.",
        "Take the key out of the notebook; boto3 and Spark then use the cluster's role. Make the key invalid at AWS if it was "
        "ever stored in a notebook.",
    ),
    symptom(
        "permission_denied", "data",
        r"NoCredentialsError|Unable to locate credentials",
        "No AWS credentials were found",
        "{where} asked AWS for something, and boto3 found no credentials: the cluster's role could not be reached, or the "
        "notebook told boto3 to look elsewhere (a profile, another endpoint).",
        "Take profile names and keys out of the notebook. If there are none, tell your admins: the cluster's role is missing.",
    ),
    symptom(
        "permission_denied", "data",
        r"HTTP Error 40[13]\b|\b40[13] Client Error",
        "A server refused access",
        "{where} asked a server for something that it does not give to this caller.",
        "Check the address, and what the notebook signs in with: a password or token may have expired.",
    ),
    symptom(
        "permission_denied", "data",
        r"(?P<who>arn:aws\S+) is not authorized to perform:? (?P<action>[\w:*]+)(?: on resource:? (?P<path>\S+))?"
        r"|(?P<path2>s3[an]?://[^\s:'\"]+).{0,300}(?:Access ?Denied|Forbidden|Status Code: 403)"
        r"|\bAccess ?Denied\b|AccessDeniedException|Status Code: 403|\(403\)|403 Forbidden|PermissionError: Forbidden",
        "AWS denied access",
        "{where} was not allowed to use {path}: AWS refused it to the role that this site's clusters work with.",
        "Check the address and its account. If it is right, ask its owner, or your admins, to allow this site's cluster role "
        "to read (or write) there.",
    ),
    symptom(
        "output_exists", "notebook",
        r"(?:path|directory|PATH_ALREADY_EXISTS.{0,10}) ?(?P<path>\S+:/\S+) already exists|PATH_ALREADY_EXISTS"
        r"|FileAlreadyExistsException",
        "The output exists already",
        "{where} writes to {path}, where something is already, and Spark does not overwrite unasked. A job that runs again "
        "and again meets what its last run wrote.",
        'Write with mode("overwrite") or mode("append"), or put the date into the address.',
    ),
    symptom(
        "missing_input", "data",
        r"(?:Input )?path does not exist: ?(?P<path>\S+)"
        r"|No such file or directory:? ?(?P<path2>'[^']+'|s3\S+)"
        r"|PATH_NOT_FOUND|UNABLE_TO_INFER_SCHEMA|Unable to infer schema"
        r"|NoSuchKey|NoSuchBucket|specified (?:key|bucket) does not exist|HeadObject operation: Not Found"
        r"|FileNotFoundException|FileNotFoundError|SparkFileNotFoundException",
        "An input is missing",
        "{where} reads {path}, and nothing is there. Either what writes it had not finished, or the address is wrong.",
        "Check the address, above all a date in it. If another job writes it, run this one later or after it.",
    ),
    symptom(
        "missing_table", "data",
        r"TABLE_OR_VIEW_NOT_FOUND|SCHEMA_NOT_FOUND"
        r"|(?:table or view|table|view|database|schema) (?P<table>\S+) (?:cannot be|not) found"
        r"|Table or view not found|NoSuchTableException|NoSuchDatabaseException",
        "A table is missing",
        "{where} uses {table}, a table or view that the cluster's catalogue does not have.",
        "Check its name and its database. Views and tables that another notebook made in its own session are gone with its "
        "cluster: make them in this notebook, or read the files.",
    ),
    symptom(
        "missing_module", "notebook",
        r"No module named '?(?P<module>[\w.]+)",
        "The module {module} is not installed",
        "{where} imports {module}, which is not installed on the cluster.",
        "Install it in the notebook's first cell: %pip install followed by the package's name. What runs on the workers "
        "(UDFs) finds only what the cluster has.",
    ),
    symptom(
        "missing_module", "notebook",
        r"Failed to find (?:the )?data ?source: ?(?P<module>[\w.]+)|ClassNotFoundException: (?P<module2>[\w.$]+)"
        r"|NoClassDefFoundError: (?P<module3>[\w./$]+)",
        "A library of Spark is not there",
        "{where} uses a data source or class that Spark on this cluster does not have.",
        'Load its package in the first cell: SparkSession.builder.config("spark.jars.packages", "group:artifact:version")'
        ".getOrCreate(), for the Spark version of the EMR release.",
    ),
    symptom(
        "unreachable", "data",
        r"Temporary failure in name resolution|Name or service not known|Max retries exceeded with url|UnknownHostException"
        r"|Could not connect to the endpoint URL|Connect(?:ion)? ?Timeout|connection timed out|Read timed out"
        r"|No route to host|Network is unreachable|Connection refused|Connection reset by peer|Connection(?:Refused|Reset)Error",
        "Something did not answer",
        "{where} talks to a server that did not answer. It may be down, misspelt, or closed to the clusters' network.",
        "Check the address and whether it answers. If it does elsewhere, ask your admins whether clusters may reach it.",
    ),
)  # fmt: skip
