"""`make deploy` for the embedded cloud: the same steps, through the same AWS API calls, with parameters of its own."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3

from deployment import link_key
from deployment.artifacts import ArtifactBucket, upload_scripts
from deployment.sam import sam_template
from deployment.stack import DeploymentFailed
from localaws import iam, template
from localaws.service_limits import policies_too_long

STAGE = "local"
SCRIPTS_BUCKET = "atmo-local-scripts"
ARRIVAL_BUCKET = "atmo-local-arrivals"
"""A bucket of the team's, whose new objects may start jobs."""
MAIL_FROM = "atmo@example.org"
CLIENT_ID = "atmo"
SECRET_ID = "atmo/local/oidc"


@dataclass(frozen=True)
class Target:
    """Where to deploy to, and the deployment's parameters."""

    project: Path
    region: str
    portal_url: str
    oidc_issuer: str
    oidc_secret: str
    parameters: dict[str, str] = field(default_factory=dict)


def deploy(target: Target) -> None:
    """Make everything of the template that moto can make.

    Raises:
        DeploymentFailed: CloudFormation could not make it.
    """
    s3 = boto3.client("s3")
    for name in (SCRIPTS_BUCKET, template.CODE_BUCKET):
        s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=template.CODE_BUCKET, Key=template.CODE_KEY, Body=b"")
    s3.create_bucket(Bucket=ARRIVAL_BUCKET)
    s3.put_bucket_notification_configuration(
        Bucket=ARRIVAL_BUCKET, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    boto3.client("secretsmanager").create_secret(Name=SECRET_ID, SecretString=target.oidc_secret)
    link_key.ensure(boto3.client("ssm"), STAGE)
    boto3.client("sesv2").create_email_identity(EmailIdentity=MAIL_FROM)
    boto3.client("ses").verify_email_identity(EmailAddress=MAIL_FROM)
    scripts = upload_scripts(ArtifactBucket(s3, SCRIPTS_BUCKET, target.region), target.project / "emr")
    _create_stack(target, _parameters(target, scripts))


def _tagged_network() -> dict[str, str]:
    """The account's default VPC and two of its subnets, tagged as EMR's service policy wants them."""
    ec2 = boto3.client("ec2")
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    in_vpc = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
    subnets = [subnet["SubnetId"] for subnet in in_vpc][:2]
    ec2.create_tags(Resources=subnets, Tags=[{"Key": "for-use-with-amazon-emr-managed-policies", "Value": "true"}])
    return {"VpcId": vpc, "EmrSubnetId": ",".join(subnets)}


def _parameters(target: Target, scripts_uri: str) -> dict[str, str]:
    return {
        "Stage": STAGE,
        "PortalUrl": target.portal_url,
        "MailFrom": MAIL_FROM,
        "OidcIssuer": target.oidc_issuer,
        "OidcClientId": CLIENT_ID,
        "OidcSecretId": SECRET_ID,
        "HomeDomain": "example.org",
        "PrivateWebhooks": "yes",
        "ArrivalBuckets": ARRIVAL_BUCKET,
        "ScriptsBucket": SCRIPTS_BUCKET,
        "ScriptsUri": scripts_uri,
        **_tagged_network(),
        **target.parameters,
    }


def _create_stack(target: Target, parameters: dict[str, str]) -> None:
    packaged = sam_template(target.project, target.region)
    declared = packaged.get("Parameters", {})
    values = {name: value for name, value in parameters.items() if name in declared}
    template.read_json_as_json()
    body = template.for_moto(packaged, target.project, values, target.region)
    cloudformation = boto3.client("cloudformation")
    cloudformation.create_stack(
        StackName=f"atmo-{STAGE}",
        TemplateBody=json.dumps(body),
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    stack = cloudformation.describe_stacks(StackName=f"atmo-{STAGE}")["Stacks"][0]
    if stack["StackStatus"] != "CREATE_COMPLETE":
        raise DeploymentFailed(str(stack.get("StackStatusReason", stack["StackStatus"])))
    iam.store_policies_as_json()
    _attach_policies(body)
    if long := policies_too_long(boto3.client("iam")):
        raise DeploymentFailed(f"IAM limits the size of policies: {', '.join(long)}.")
    _configure_buckets(body, values)


def _attach_policies(body: dict[str, Any]) -> None:
    """Give roles the template's managed policies, which moto's CloudFormation makes and does not attach."""
    client = boto3.client("iam")
    made = boto3.client("cloudformation").describe_stack_resources(StackName=f"atmo-{STAGE}")["StackResources"]
    ids = {one.get("LogicalResourceId"): one.get("PhysicalResourceId", "") for one in made}
    for name, resource in body["Resources"].items():
        for policy in resource.get("Properties", {}).get("ManagedPolicyArns", []):
            if isinstance(policy, dict) and "Ref" in policy:  # AWS's own are not in moto
                client.attach_role_policy(RoleName=ids[name], PolicyArn=ids[policy["Ref"]])


def _configure_buckets(body: dict[str, Any], parameters: dict[str, str]) -> None:
    """Set the buckets' versioning and CORS rules, which moto's CloudFormation ignores."""
    s3, portal = boto3.client("s3"), parameters.get("PortalUrl", "")
    for resource in boto3.client("cloudformation").describe_stack_resources(StackName=f"atmo-{STAGE}")[
        "StackResources"
    ]:
        # Rules of security groups have no name in moto.
        properties = body["Resources"].get(resource.get("LogicalResourceId", ""), {}).get("Properties", {})
        if versioning := properties.get("VersioningConfiguration"):
            s3.put_bucket_versioning(Bucket=resource["PhysicalResourceId"], VersioningConfiguration=versioning)
        if portal and "CorsConfiguration" in properties:
            rule = {"AllowedMethods": ["POST"], "AllowedOrigins": [portal], "AllowedHeaders": ["*"]}
            s3.put_bucket_cors(Bucket=resource["PhysicalResourceId"], CORSConfiguration={"CORSRules": [rule]})
