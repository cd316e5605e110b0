"""IAM for what runs on clusters: S3 refuses a node's programs what the node's role does not allow, and a run's what its session's
policy does not. What functions may do is in localaws/authorization.py; everybody else is allowed everything.

Which actions a request takes: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, unquote

from botocore.exceptions import ClientError
from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends
from moto.sts.models import AssumedRole, sts_backends
from werkzeug.wrappers import Response

from localaws.clients import client
from localaws.policies import Policy, is_allowed

_ACCESS_KEY = re.compile(r"Credential=([A-Z0-9]+)/[^,]*/s3/aws4_request")
_OF_OBJECTS = {"GET": "s3:GetObject", "HEAD": "s3:GetObject", "PUT": "s3:PutObject", "POST": "s3:PutObject"}
_OF_BUCKETS = {"location": "s3:GetBucketLocation", "versions": "s3:ListBucketVersions"}
_LASTS = 12 * 60 * 60
"""Seconds of a node's credentials. EC2 gives nodes new ones before they end; here none outlives them."""

Request = tuple[str, str, dict[str, str]]
"""An action, the ARN of what it is done to, and the condition keys' values."""


def store_policies_as_json() -> None:
    """moto's CloudFormation stores a role's inline policies as dicts, which whoever asks for them gets as Python writes them, and
    with None for each statement that a condition leaves out."""
    for role in iam_backends[DEFAULT_ACCOUNT_ID]["aws"].get_roles():
        policies: dict[str, Any] = role.policies
        for name, policy in policies.items():
            if not isinstance(policy, str):
                statements = [one for one in policy["Statement"] if one]
                policies[name] = json.dumps(policy | {"Statement": statements})


def node_credentials(profile: str, instance: str) -> dict[str, str]:
    """The environment of programs on a node with this instance profile; empty where there is no such profile."""
    try:
        roles = client("iam").get_instance_profile(InstanceProfileName=profile)["InstanceProfile"]["Roles"]
    except ClientError:
        return {}
    assumed = client("sts").assume_role(RoleArn=roles[0]["Arn"], RoleSessionName=instance, DurationSeconds=_LASTS)[
        "Credentials"
    ]
    return {
        "AWS_ACCESS_KEY_ID": assumed["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": assumed["SecretAccessKey"],
        "AWS_SESSION_TOKEN": assumed["SessionToken"],
    }


def refuse(environ: dict[str, Any]) -> Response | None:
    """S3's answer to a request that its credentials do not allow, or None."""
    key = _ACCESS_KEY.search(environ.get("HTTP_AUTHORIZATION", ""))
    session = _session(key[1]) if key else None
    if session is None:
        return None
    own = list(policies_of_role(iam_backends[DEFAULT_ACCOUNT_ID]["aws"].get_role_by_arn(session.role_arn)))
    limit = json.loads(session.policy) if session.policy else None
    known = {"ec2:SourceInstanceARN": _instance_arn(environ, session)}
    if all(is_allowed(action, arn, context | known, own, limit) for action, arn, context in actions(environ)):
        return None
    text = (
        "<?xml version='1.0' encoding='UTF-8'?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
    )
    return Response(text, 403, content_type="application/xml")


def _session(access_key: str) -> AssumedRole | None:
    backends = sts_backends[DEFAULT_ACCOUNT_ID].values()
    sessions = (backend.get_assumed_role_from_access_key(access_key) for backend in list(backends))
    return next(filter(None, sessions), None)


def _instance_arn(environ: dict[str, Any], session: AssumedRole) -> str:
    """A node's sessions are named after its instance, as EC2 names them."""
    region = str(environ["HTTP_AUTHORIZATION"]).split("Credential=")[1].split("/")[2]
    return f"arn:aws:ec2:{region}:{DEFAULT_ACCOUNT_ID}:instance/{session.session_name}"


def policies_of_role(role: Any) -> Iterator[Policy]:
    """The policies of moto's record of a role, its own and the managed ones."""
    for text in role.policies.values():
        yield json.loads(text)
    for policy in role.managed_policies.values():
        yield json.loads(next(version.document for version in policy.versions if version.is_default))


def actions(environ: dict[str, Any]) -> list[Request]:
    """What a request to S3 does, in IAM's words."""
    method, query = environ["REQUEST_METHOD"], parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    bucket, _, key = environ["PATH_INFO"].lstrip("/").partition("/")
    context = {"s3:VersionId": query["versionId"][0]} if "versionId" in query else {}
    if not key:
        return [_of_bucket(method, bucket, query)]
    done = [(_of_object(method, query), f"arn:aws:s3:::{bucket}/{key}", context)]
    source = unquote(environ.get("HTTP_X_AMZ_COPY_SOURCE", "")).lstrip("/").partition("?")[0]
    return done + ([("s3:GetObject", f"arn:aws:s3:::{source}", {})] if source else [])


def _of_object(method: str, query: dict[str, Any]) -> str:
    if method == "DELETE":
        version = "Version" if "versionId" in query else ""
        return "s3:AbortMultipartUpload" if "uploadId" in query else f"s3:DeleteObject{version}"
    if method in ("GET", "HEAD") and "versionId" in query:
        return "s3:GetObjectVersion"
    if method == "GET" and "uploadId" in query:
        return "s3:ListMultipartUploadParts"
    return _OF_OBJECTS.get(method, "s3:Unknown")


def _of_bucket(method: str, bucket: str, query: dict[str, Any]) -> Request:
    if method == "POST" and "delete" in query:
        return "s3:DeleteObject", f"arn:aws:s3:::{bucket}/", {}
    if not bucket:
        return "s3:ListAllMyBuckets", "*", {}
    if method not in ("GET", "HEAD"):
        return f"s3:{method.title()}Bucket", f"arn:aws:s3:::{bucket}", {}
    action = next((_OF_BUCKETS[name] for name in _OF_BUCKETS if name in query), "s3:ListBucket")
    return action, f"arn:aws:s3:::{bucket}", {"s3:prefix": query.get("prefix", [""])[0]}
