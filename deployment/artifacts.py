"""What CloudFormation and EMR read from S3: the zip, the state machines' definitions, the template and emr/.

Every key carries the hash of its content, so that uploading again changes nothing and going back to an earlier
version of a stack finds what that version used.
"""

from __future__ import annotations

import hashlib
import json
import os
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from deployment.stack import DeploymentFailed

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Template = dict[str, Any]
WHEELS = "wheels.txt"
"""The file beside the clusters' scripts that says where their wheels are, for emr/bootstrap.sh."""
# The properties of SAM's resources that name a local file, and the folder in the bucket such files go to.
LOCAL_FILES = {
    "AWS::Serverless::Function": ("CodeUri", "code"),
    "AWS::Serverless::StateMachine": ("DefinitionUri", "statemachines"),
}


@dataclass(frozen=True)
class ArtifactBucket:
    """The bucket that holds what deployments upload; one for each account and region."""

    s3: S3Client
    name: str
    region: str

    def ensure(self) -> None:
        """Makes the bucket, private and reached over TLS only, where it does not exist yet."""
        try:
            self.s3.head_bucket(Bucket=self.name)
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("404", "NoSuchBucket"):
                raise
            self._create()

    def _create(self) -> None:
        # us-east-1 is where a bucket goes without saying; S3 refuses to be told.
        elsewhere: Any = {"CreateBucketConfiguration": {"LocationConstraint": self.region}}
        self.s3.create_bucket(Bucket=self.name, **({} if self.region == "us-east-1" else elsewhere))
        closed = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
        access: Any = dict.fromkeys(closed, True)
        self.s3.put_public_access_block(Bucket=self.name, PublicAccessBlockConfiguration=access)
        self.s3.put_bucket_policy(Bucket=self.name, Policy=json.dumps(_only_over_tls(self.name)))

    def put(self, key: str, content: bytes) -> str:
        """Stores the content unless the key is there already, and returns its s3:// URI."""
        try:
            self.s3.head_object(Bucket=self.name, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("404", "NoSuchKey"):
                raise
            self.s3.put_object(Bucket=self.name, Key=key, Body=content)
        return f"s3://{self.name}/{key}"

    def put_file(self, key: str, path: Path) -> None:
        """Stores a large file unless the key is there already, in parts where S3 takes no more at once."""
        try:
            self.s3.head_object(Bucket=self.name, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("404", "NoSuchKey"):
                raise
            self.s3.upload_file(str(path), self.name, key)

    def url(self, key: str) -> str:
        """The https address by which CloudFormation reads a template."""
        return f"https://{self.name}.s3.{self.region}.amazonaws.com/{key}"


def _only_over_tls(bucket: str) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "OnlyOverTls",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }


def content_hash(files: dict[str, bytes]) -> str:
    """One hash of several files' names and content."""
    whole = hashlib.sha256()
    for name in sorted(files):
        whole.update(f"{name}\0{len(files[name])}\0".encode())
        whole.update(files[name])
    return whole.hexdigest()[:16]


def script_files(folder: Path) -> dict[str, bytes]:
    """The files the clusters' nodes get, by their path in the folder; links are followed, into folders as well."""
    files = (Path(root, name) for root, _, names in os.walk(folder, followlinks=True) for name in names)
    named = {path.relative_to(folder): path for path in files}
    return {
        str(name): path.read_bytes()
        for name, path in named.items()
        if not any(part.startswith((".", "__pycache__")) for part in name.parts)
    }


def wheels_prefix(folder: Path) -> str:
    """Where the wheels that emr/requirements*.txt pin are kept, by the pins: in the build's folder and in the bucket."""
    return f"wheels/{content_hash({path.name: path.read_bytes() for path in folder.glob('requirements*.txt')})}"


def upload_wheels(bucket: ArtifactBucket, folder: Path, prefix: str) -> None:
    """Uploads the archives of wheels that `make package` left below the folder.

    Raises:
        DeploymentFailed: it left none for the pins as they are.
    """
    archives = sorted((folder / prefix).glob("*/*.tar"))
    if not archives:
        raise DeploymentFailed(f"{folder / prefix} has no wheels for the clusters' nodes. Run `make package`.")
    for path in archives:
        bucket.put_file(str(path.relative_to(folder)), path)


def upload_scripts(bucket: ArtifactBucket, folder: Path, wheels: str = "") -> str:
    """Uploads emr/ under the hash of its content, with the prefix of its wheels in a file; returns the URI of that version."""
    files = script_files(folder) | ({WHEELS: wheels.encode()} if wheels else {})
    prefix = f"emr/{content_hash(files)}"
    for name, content in files.items():
        bucket.put(f"{prefix}/{name}", content)
    return f"s3://{bucket.name}/{prefix}"


def upload_code(bucket: ArtifactBucket, template: Template, folder: Path) -> Template:
    """A copy of the template that names uploaded files where it named files in the folder."""
    uploaded = deepcopy(template)
    for resource in uploaded["Resources"].values():
        if resource["Type"] in LOCAL_FILES:
            name, prefix = LOCAL_FILES[resource["Type"]]
            path = folder / resource["Properties"][name]
            content = path.read_bytes()
            key = f"{prefix}/{content_hash({'': content})}{path.suffix}"
            resource["Properties"][name] = bucket.put(key, content)
    return uploaded


def upload_template(bucket: ArtifactBucket, template: Template) -> str:
    """Uploads the template as JSON and returns its address.

    CloudFormation takes 51,200 bytes directly and no YAML aliases, which Chalice writes.
    """
    content = json.dumps(template, indent=1).encode()
    key = f"templates/{content_hash({'': content})}.json"
    bucket.put(key, content)
    return bucket.url(key)
