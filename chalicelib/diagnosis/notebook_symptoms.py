"""What stops a notebook, by the lines that Python, Spark, YARN and S3 write of it. The first that matches is it.

The order is from cause to consequence: an executor that YARN killed for its memory also shows as a lost executor.
"""

from __future__ import annotations

from chalicelib.diagnosis.symptoms import symptom

WORKER_MEMORY = (
    "Let each task hold less: use more partitions (repartition), and avoid large broadcasts and a groupBy that passes a "
    "large group to one Python function. Or give executors more memory in the first cell: "
    'SparkSession.builder.config("spark.executor.memoryOverhead", "2g").getOrCreate(). More workers help only if the '
    "data can be split among them."
)
DRIVER_MEMORY = (
    "Keep large results in Spark: write them with DataFrame.write, and bring only aggregates or a limit() into Python "
    "instead of collect() or toPandas(). If you need all the data there, ask your admins for a larger master node."
)

SYMPTOMS = (
    symptom(
        "executor_out_of_memory", "notebook",
        r"killed by YARN for exceeding|running beyond (?:physical|virtual) memory limits"
        r"|executor \d+\)?:? .{0,200}java\.lang\.OutOfMemoryError|exited with code (?:52|137)\b"
        r"|(?:exit (?:status|code)(?: is)?:? ?137|exit code is 137)|OutOfMemoryError.{0,80}executor [0-9]"
        r"|Exit status: 143.{0,200}memory",
        "A worker ran out of memory",
        "{where} asked for more memory than a worker has: a Spark executor was killed because of it, and its tasks failed "
        "each time they were retried.",
        WORKER_MEMORY,
    ),
    symptom(
        "driver_out_of_memory", "notebook",
        r"java\.lang\.OutOfMemoryError|\bMemoryError\b|Unable to allocate .{1,40} for an array"
        r"|serialized results of .{1,80} is bigger than|GC overhead limit|Cannot allocate memory|Out of memory: Killed process",
        "The notebook ran out of memory",
        "{where} needed more memory than the master node has, where Python and Spark's driver run. The usual reason is that "
        "large results are collected from the workers.",
        DRIVER_MEMORY,
    ),
    symptom(
        "spot_reclaimed", "aws",
        r"spot instance (?:interruption|termination|shutdown)|SpotInstanceTermination|decommission.{0,40}spot|due to spot",
        "AWS took spot workers back",
        "{where} lost workers that AWS took back: they were spot instances, which are cheaper but may be reclaimed at any time.",
        "Run the job again; give it retries if it should recover by itself. If this happens often, ask your admins for "
        "on-demand workers.",
    ),
    symptom(
        "disk_full", "notebook",
        r"No space left on device|Disk quota exceeded|local-dirs usable space is below",
        "A disk was full",
        "{where} filled up one of the cluster's disks. Shuffles and cached data are on the workers' disks, files in the "
        "output folder on the master's.",
        "Write large results to S3 with DataFrame.write, drop caches that you no longer need (unpersist), or use more workers, "
        "so that each holds less.",
    ),
    symptom(
        "executor_lost", "aws",
        r"ExecutorLostFailure|released on a \*lost\* node|\bSlave lost\b|\bWorker lost\b|Executor heartbeat timed out"
        r"|Remote RPC client disassociated|Lost executor \d+ on|Container marked as failed|MetadataFetchFailedException"
        r"|FetchFailed\(",
        "A worker was lost",
        "{where} stopped because Spark lost an executor: the worker disappeared or stopped answering. Most often AWS took the "
        "machine back or it broke down; sometimes it was too busy to answer.",
        "Run the job again; give it retries if it should recover by itself. If a worker is lost at the same cell each time, the "
        "cell is too heavy: use more workers or smaller partitions.",
    ),
    symptom(
        "throttled", "aws",
        r"\bSlowDown\b|\bSlow Down\b|reduce your request rate|\bThrottling(?:Exception)?\b|Rate exceeded|RequestLimitExceeded"
        r"|ProvisionedThroughputExceeded|TooManyRequests|Status Code: 503[;,)].{0,80}(?:S3|Slow)",
        "AWS throttled the notebook's requests",
        "{where} sent more requests than an AWS service, usually S3, accepts at one time. Typical reasons are many small files "
        "and many tasks that write at once.",
        "Run the job at another time, or send fewer requests: read and write fewer, larger files (coalesce before writing), and "
        "spread them over several prefixes.",
    ),
    symptom(
        "permission_denied", "data",
        r"\b(?:ExpiredToken|ExpiredTokenException|InvalidAccessKeyId|InvalidClientTokenId|SignatureDoesNotMatch|RequestExpired)\b",
        "The notebook's own AWS key is not valid",
        "{where} signed its request with a key that AWS does not accept or no longer accepts. A key in the notebook, or one "
        "that it sets in the environment, takes precedence over the cluster's own role.",
        "Remove the key from the notebook; boto3 and Spark then use the cluster's role. If the key was ever stored in a "
        "notebook, have it revoked at AWS.",
    ),
    symptom(
        "permission_denied", "data",
        r"NoCredentialsError|Unable to locate credentials",
        "No AWS credentials were found",
        "{where} called AWS, but boto3 found no credentials: either the cluster's role could not be reached, or the notebook "
        "told boto3 to look elsewhere (a profile, another endpoint).",
        "Remove profile names and keys from the notebook. If there are none, tell your admins: the cluster's role is missing.",
    ),
    symptom(
        "permission_denied", "data",
        r"HTTP Error 40[13]\b|\b40[13] Client Error",
        "A server refused access",
        "{where} asked a server for something that the notebook may not access.",
        "Check the address, and what the notebook signs in with: a password or token may have expired.",
    ),
    symptom(
        "permission_denied", "data",
        r"(?P<who>arn:aws\S+) is not authorized to perform:? (?P<action>[\w:*]+)(?: on resource:? (?P<path>\S+))?"
        r"|(?P<path2>s3[an]?://[^\s:'\"]+).{0,300}(?:Access ?Denied|Forbidden|Status Code: 403)"
        r"|\bAccess ?Denied\b|AccessDeniedException|Status Code: 403|\(403\)|403 Forbidden|PermissionError: Forbidden",
        "AWS denied access",
        "{where} was not allowed to use {path}: AWS denied access to the role that this site's clusters use.",
        "Check the path and its account. If it is correct, ask its owner or your admins to let this site's cluster role "
        "read (or write) there.",
    ),
    symptom(
        "output_exists", "notebook",
        r"(?:path|directory|PATH_ALREADY_EXISTS.{0,10}) ?(?P<path>\S+:/\S+) already exists|PATH_ALREADY_EXISTS"
        r"|FileAlreadyExistsException",
        "The output already exists",
        "{where} writes to {path}, which already exists, and Spark does not overwrite files unless it is told to. A "
        "recurring job finds the output of its previous run there.",
        'Write with mode("overwrite") or mode("append"), or put the date into the path.',
    ),
    symptom(
        "missing_input", "data",
        r"(?:Input )?path does not exist: ?(?P<path>\S+)"
        r"|No such file or directory:? ?(?P<path2>'[^']+'|s3\S+)"
        r"|PATH_NOT_FOUND|UNABLE_TO_INFER_SCHEMA|Unable to infer schema"
        r"|NoSuchKey|NoSuchBucket|specified (?:key|bucket) does not exist|HeadObject operation: Not Found"
        r"|FileNotFoundException|FileNotFoundError|SparkFileNotFoundException",
        "An input is missing",
        "{where} reads {path}, but nothing is there. Either whatever writes it has not finished, or the path is wrong.",
        "Check the path, above all any date in it. If another job writes it, schedule this one later.",
    ),
    symptom(
        "missing_table", "data",
        r"TABLE_OR_VIEW_NOT_FOUND|SCHEMA_NOT_FOUND"
        r"|(?:table or view|table|view|database|schema) (?P<table>\S+) (?:cannot be|not) found"
        r"|Table or view not found|NoSuchTableException|NoSuchDatabaseException",
        "A table is missing",
        "{where} uses {table}, a table or view that is not in the cluster's catalogue.",
        "Check its name and its database. Views and tables that another notebook created in its own session disappeared with "
        "its cluster: create them in this notebook, or read the files.",
    ),
    symptom(
        "missing_module", "notebook",
        r"^ImportError: IProgress not found",
        "The module ipywidgets is not installed",
        "{where} draws tqdm.notebook's progress bar, which needs ipywidgets. It is not installed on the cluster.",
        "Import tqdm from tqdm instead of tqdm.notebook: the bar is then text, which run.log shows while the notebook runs. Or "
        "install it in the notebook's first cell: %pip install ipywidgets.",
    ),
    symptom(
        "missing_module", "notebook",
        r"No module named '?(?P<module>[\w.]+)",
        "The module {module} is not installed",
        "{where} imports {module}, which is not installed on the cluster.",
        "Install it in the notebook's first cell: %pip install followed by the package's name. Code that runs on the workers "
        "(UDFs) can use only what the cluster has installed.",
    ),
    symptom(
        "missing_module", "notebook",
        r"Failed to find (?:the )?data ?source: ?(?P<module>[\w.]+)|ClassNotFoundException: (?P<module2>[\w.$]+)"
        r"|NoClassDefFoundError: (?P<module3>[\w./$]+)",
        "A Spark library is missing",
        "{where} uses a data source or class that Spark does not have on this cluster.",
        'Load its package in the first cell: SparkSession.builder.config("spark.jars.packages", "group:artifact:version")'
        ".getOrCreate(), for the Spark version of the EMR release.",
    ),
    symptom(
        "unreachable", "data",
        r"Temporary failure in name resolution|Name or service not known|Max retries exceeded with url|UnknownHostException"
        r"|Could not connect to the endpoint URL|Connect(?:ion)? ?Timeout|connection timed out|Read timed out"
        r"|No route to host|Network is unreachable|Connection refused|Connection reset by peer|Connection(?:Refused|Reset)Error",
        "Something did not answer",
        "{where} tried to reach a server that did not answer. It may be down, misspelled, or closed to the clusters' network.",
        "Check the address and whether it answers. If it answers from elsewhere, ask your admins whether clusters can reach it.",
    ),
)  # fmt: skip
