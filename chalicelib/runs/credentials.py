"""What the runner on a run's cluster may reach of atmo's buckets: this run's notebook and this run's results, for an hour; and the
run's parameters.

The clusters' own role reaches neither. The runner presents the run's token to a function, which assumes a role under a session
policy for just this run; it comes again before the hour is over, for as long as the run has a cluster.
docs/adr/0016-a-run-reaches-its-own-objects.md has the reasons, docs/security.md the table.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from chalicelib.aws import sts
from chalicelib.aws.secrets import secret
from chalicelib.core import clock, correlation
from chalicelib.core.config import Settings, settings
from chalicelib.core.errors import Forbidden
from chalicelib.core.observability import logger
from chalicelib.core.tables import find
from chalicelib.runs.models import Run

_REFUSED = "This run's token is wrong, or the run is over."


def function_arn(settings: Settings) -> str:
    """The function that gives them out. Nodes know no region of their own: the ARN names it."""
    _, partition, _, region, account, *_ = settings.run_machine_arn.split(":")
    return f"arn:{partition}:lambda:{region}:{account}:function:{settings.name_prefix}run-credentials"


def token(run_id: str) -> str:
    """What proves that somebody is this run's runner: a code over the run's id under the deployment's own key.

    Raises:
        Unavailable: the key cannot be read.
    """
    return _token(secret(settings().link_key_id), run_id)


def _token(key: str, run_id: str) -> str:
    return hmac.new(key.encode(), f"atmo run credentials {run_id}".encode(), hashlib.sha256).hexdigest()


def issue(run_id: str, presented: str) -> dict[str, Any]:
    """`credentials` for this run's objects, by the names that botocore gives their parts; `expiry_time` in RFC 3339, UTC. And
    its `parameters` and `keys`: as arguments of EMR's step everybody could read them who may describe steps.

    Raises:
        Forbidden: it is not the run's token, or the run has no cluster any more.
        Unavailable: AWS does not answer; the runner asks again.
    """
    key = settings().link_key_id
    fits = hmac.compare_digest(_token(secret(key), run_id), presented) or hmac.compare_digest(
        _token(secret(key, fresh=True), run_id), presented
    )
    run = find(Run, run_id) if fits else None
    if run is None or not run.live or run.cluster_ended:
        logger.warning("run_credentials_refused", extra={"run": run_id, "known": run is not None})
        raise Forbidden(_REFUSED)
    correlation.follow(run.correlation)
    credentials = sts.assume(settings().run_data_role_arn, run.id, session_policy(run, settings()))
    logger.info("run_credentials_issued", extra={"run": run.id})
    parts = {
        "access_key": credentials.access_key,
        "secret_key": credentials.secret_key,
        "token": credentials.token,
        "expiry_time": clock.text(credentials.expires_at),
    }
    return {"credentials": parts, "parameters": run.parameters, **_objects(run, settings())}


def _objects(run: Run, settings: Settings) -> dict[str, Any]:
    """The keys of the objects that the run is for, and where all of them are if these are not all."""
    file = f"s3://{settings.results_bucket}/{run.keys_file}" if run.keys_file else ""
    return {"keys": run.keys or [], "keys_file": file}


def session_policy(run: Run, settings: Settings) -> Mapping[str, Any]:
    """What the credentials of a run can do: read the one version of its notebook, write below its results' prefix, and read the
    list of the objects that it is for, if that is a file."""
    s3 = f"arn:{settings.run_data_role_arn.split(':')[1]}:s3:::"
    notebook: dict[str, Any] = {
        "Effect": "Allow",
        "Action": "s3:GetObjectVersion" if run.notebook_version else "s3:GetObject",
        "Resource": f"{s3}{settings.notebooks_bucket}/{_literal(run.notebook_key)}",
    }
    if run.notebook_version:
        notebook["Condition"] = {"StringEquals": {"s3:VersionId": run.notebook_version}}
    results = {
        "Effect": "Allow",
        "Action": ["s3:PutObject", "s3:AbortMultipartUpload"],
        "Resource": f"{s3}{settings.results_bucket}/{_literal(run.results_prefix)}*",
    }
    keys = {
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": f"{s3}{settings.results_bucket}/{_literal(run.keys_file or '')}",
    }
    return {"Version": "2012-10-17", "Statement": [notebook, results, *([keys] if run.keys_file else [])]}


def _literal(key: str) -> str:
    """A key as a policy names exactly it: what policies take for wildcards and variables is escaped.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars
    """
    return "".join(f"${{{sign}}}" if sign in "*?$" else sign for sign in key)
