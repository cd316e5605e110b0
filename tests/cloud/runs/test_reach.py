"""What a cluster's role and a run's credentials allow, verb by verb, evaluated from the deployed template and session policies."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.core.config import settings
from chalicelib.runs.credentials import session_policy
from chalicelib.runs.models import Run
from localaws.cloud import LocalCloud
from tests.support.iam import Attempt, allowed, policies_of

OBJECT_VERBS = (
    "s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectTagging", "s3:GetObjectAcl", "s3:PutObject", "s3:PutObjectTagging",
    "s3:PutObjectAcl", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:DeleteObjectTagging", "s3:AbortMultipartUpload",
    "s3:ListMultipartUploadParts", "s3:RestoreObject", "s3:BypassGovernanceRetention",
)  # fmt: skip
BUCKET_VERBS = (
    "s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads", "s3:GetBucketPolicy", "s3:PutBucketPolicy",
    "s3:PutLifecycleConfiguration", "s3:PutBucketVersioning", "s3:DeleteBucket",
)  # fmt: skip
READS_VERSIONS = {"s3:GetObjectVersion", "s3:DeleteObjectVersion"}
VERSION = "v1"


def run(number: int, **changes: Any) -> Run:
    now = datetime(2026, 11, 27, tzinfo=UTC)
    return Run(
        f"r-{number}", job_id=f"j-{number}", notebook_key=changes.pop("notebook_key", f"jobs/j-{number}/flights.ipynb"),
        notebook_version=changes.pop("notebook_version", VERSION), created_at=now, **changes,
    )  # fmt: skip


def s3(bucket: str, key: str = "") -> str:
    return f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}"


def on_object(verb: str, bucket: str, key: str, version: str = VERSION) -> Attempt:
    return Attempt(verb, s3(bucket, key), {"s3:VersionId": version} if verb in READS_VERSIONS else {})


def on_everything(prefix: str, of: Run) -> list[Attempt]:
    """Every verb on a run's results, its notebook and its cluster's logs, and on their buckets."""
    deployed = settings()
    objects = [
        (deployed.results_bucket, f"{prefix}outcome.json"),
        (deployed.notebooks_bucket, of.notebook_key),
        (deployed.logs_bucket, "jobs/j-OTHER/steps/s-1/stderr.gz"),
    ]
    return [on_object(verb, bucket, key) for verb in OBJECT_VERBS for bucket, key in objects] + [
        Attempt(verb, s3(bucket)) for verb in BUCKET_VERBS for bucket, _ in objects
    ]


def names(attempts: list[Attempt], decisions: list[bool]) -> set[tuple[str, str]]:
    return {(one.action, one.resource) for one, decision in zip(attempts, decisions, strict=True) if decision}


def test_a_run_s_credentials_allow_its_own_and_nothing_of_another_run(cloud: LocalCloud) -> None:
    role = policies_of(cloud, "RunDataRole")
    mine, other = run(1), run(2)
    policy = session_policy(mine, settings())
    results, notebook = s3(settings().results_bucket), s3(settings().notebooks_bucket)
    own = on_everything(mine.results_prefix, mine)
    assert names(own, allowed(cloud.account, role, own, policy)) == {
        ("s3:GetObjectVersion", f"{notebook}/{mine.notebook_key}"),
        ("s3:PutObject", f"{results}/{mine.results_prefix}outcome.json"),
        ("s3:AbortMultipartUpload", f"{results}/{mine.results_prefix}outcome.json"),
    }
    others = on_everything(other.results_prefix, other)
    # What begins alike, the run's own notebook of another day, and the same run's id under another job.
    others += [
        on_object("s3:PutObject", settings().results_bucket, f"{mine.results_prefix.rstrip('/')}0/outcome.json"),
        on_object("s3:PutObject", settings().results_bucket, "runs/j-2/r-1/outcome.json"),
        on_object("s3:GetObjectVersion", settings().notebooks_bucket, mine.notebook_key, "v2"),
        on_object("s3:GetObjectVersion", settings().notebooks_bucket, "jobs/j-1/other.ipynb"),
    ]
    assert names(others, allowed(cloud.account, role, others, policy)) == set()


@pytest.mark.parametrize("name", ["*.ipynb", "?.ipynb", "${aws:userid}.ipynb", "a$b.ipynb", "Zoë's flights.ipynb"])
def test_a_name_is_no_pattern(cloud: LocalCloud, name: str) -> None:
    role, mine = policies_of(cloud, "RunDataRole"), run(1, notebook_key=f"jobs/j-1/{name}")
    policy, bucket = session_policy(mine, settings()), settings().notebooks_bucket
    attempts = [
        on_object("s3:GetObjectVersion", bucket, mine.notebook_key),
        on_object("s3:GetObjectVersion", bucket, "jobs/j-1/x.ipynb"),
        on_object("s3:GetObjectVersion", bucket, "jobs/j-1/xx.ipynb"),
    ]
    assert allowed(cloud.account, role, attempts, policy) == [True, False, False]


def test_a_session_policy_fits_where_names_are_as_long_as_s3_takes_them() -> None:
    """2,048 characters: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html"""
    import json

    deployed = replace(settings(), results_bucket="r" * 63, notebooks_bucket="n" * 63)
    longest = run(1, notebook_key=("jobs/j-1/" + "n" * 1024)[:1024], notebook_version="v" * 32)
    assert len(json.dumps(session_policy(longest, deployed), separators=(",", ":"))) <= 2048


@pytest.mark.parametrize(
    "of_the_site", [False, True], ids=["alone", "with a policy of the site that allows everything"]
)
def test_a_cluster_s_role_reaches_nobody_s_objects(cloud: LocalCloud, of_the_site: bool) -> None:
    role = policies_of(cloud, "EmrInstanceRole")
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    attempts = on_everything(run(2).results_prefix, run(2))
    decided = names(attempts, allowed(cloud.account, [*role, everything] if of_the_site else role, attempts))
    log = s3(settings().logs_bucket, "jobs/j-OTHER/steps/s-1/stderr.gz")
    assert decided == {("s3:PutObject", log), ("s3:AbortMultipartUpload", log)}


def test_a_cluster_s_role_installs_itself_and_asks_for_a_run_s_credentials(cloud: LocalCloud) -> None:
    role = policies_of(cloud, "EmrInstanceRole")
    bucket = settings().scripts_uri.split("/")[2]
    function = f"arn:aws:lambda:{cloud.region}:{cloud.account}:function:atmo-local-"
    attempts = [
        Attempt("s3:GetObject", s3(bucket, "emr/abc/bootstrap.sh")),
        Attempt("s3:ListBucket", s3(bucket), {"s3:prefix": "emr/abc/"}),
        Attempt("lambda:InvokeFunction", f"{function}run-credentials"),
        Attempt("s3:GetObject", s3(bucket, "functions/code.zip")),
        Attempt("s3:ListBucket", s3(bucket), {"s3:prefix": ""}),
        Attempt("s3:PutObject", s3(bucket, "emr/abc/bootstrap.sh")),
        Attempt("lambda:InvokeFunction", f"{function}operator"),
        Attempt("sts:AssumeRole", settings().run_data_role_arn),
        Attempt("dynamodb:GetItem", f"arn:aws:dynamodb:{cloud.region}:{cloud.account}:table/atmo-local-runs"),
        Attempt("elasticmapreduce:RunJobFlow", "*"),
    ]
    assert allowed(cloud.account, role, attempts) == [True] * 3 + [False] * 7
    trust = cloud.client("iam").get_role(RoleName=settings().run_data_role_arn.rpartition("/")[2])["Role"]
    (statement,) = trust["AssumeRolePolicyDocument"]["Statement"]
    assert "RunCredentialsRole" in statement["Principal"]["AWS"]
