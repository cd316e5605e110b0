"""Whether EMR can run clusters where the deployment puts them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from deployment import network
from deployment.place import Place
from deployment.preflight.missing import Missing
from deployment.stack import DeploymentFailed

SPOT_ROLE = "AWSServiceRoleForEC2Spot"
ON_DEMAND, SPOT = ("L-1216C47A", "on-demand"), ("L-34B43A08", "spot")
"""Quotas of vCPUs of the standard families. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-on-demand-instances.html"""


def check_network(place: Place, values: Mapping[str, str]) -> Iterator[Missing]:
    """VPC, subnets, tags, names by DNS, and a way to S3."""
    ec2, names, vpc = place.session.client("ec2"), network.named(values), values.get("VpcId", "")
    if not names:
        yield Missing(
            "No subnet is named for the clusters.", "Set VpcId and EmrSubnetId; aws ec2 describe-subnets lists them."
        )
        return
    try:
        subnets = network.read(ec2, names)
    except DeploymentFailed as error:
        yield Missing(str(error), "aws ec2 describe-subnets   (then correct EmrSubnetId)")
        return
    yield from (Missing(sentence) for sentence in network.problems(vpc, subnets))
    for attribute in ("enableDnsSupport", "enableDnsHostnames"):
        answer = ec2.describe_vpc_attribute(VpcId=subnets[0].vpc, Attribute=attribute)
        if not answer[attribute[0].upper() + attribute[1:]]["Value"]:
            option = "--enable-dns-support" if attribute == "enableDnsSupport" else "--enable-dns-hostnames"
            yield Missing(
                f"The VPC {subnets[0].vpc} has {attribute} off, without which EMR's nodes do not see each other.",
                f"aws ec2 modify-vpc-attribute --vpc-id {subnets[0].vpc} {option}",
            )
    for subnet in subnets:
        tables = network.route_tables_of(ec2, subnet.id, subnet.vpc)
        if not any(_leads_to_s3(route) for table in tables for route in table["Routes"]):
            ids = " ".join(table["RouteTableId"] for table in tables)
            yield Missing(
                f"From the subnet {subnet.id} nothing leads to S3, which has EMR's software, your notebooks and their results.",
                f"aws ec2 create-vpc-endpoint --vpc-id {subnet.vpc} --service-name com.amazonaws.{place.region}.s3 "
                f"--route-table-ids {ids}",
            )


def _leads_to_s3(route: Mapping[str, Any]) -> bool:
    """By a gateway endpoint, whose destination is a prefix list, or by any way out into the internet."""
    if route.get("State", "active") != "active":
        return False
    endpoint = str(route.get("GatewayId", "")).startswith("vpce-")
    gateways = ("GatewayId", "NatGatewayId", "TransitGatewayId", "NetworkInterfaceId", "InstanceId")
    out = route.get("DestinationCidrBlock") == "0.0.0.0/0" and any(route.get(name) for name in gateways)
    return endpoint or out


def check_spot_role(place: Place, values: Mapping[str, str]) -> Iterator[Missing]:
    """EC2's role for spot, which an account gets with its first request by hand and not by EMR."""
    try:
        place.session.client("iam").get_role(RoleName=SPOT_ROLE)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchEntity":
            raise
        command = "aws iam create-service-linked-role --aws-service-name spot.amazonaws.com"
        yield Missing(
            "The account has never used spot, so clusters with spot workers cannot start.", command, blocks=False
        )


def types_of(values: Mapping[str, str]) -> set[str]:
    """The instance types that a cluster has unless admins chose others."""
    return {values.get("MasterInstanceType", "") or "m5.xlarge", values.get("WorkerInstanceType", "") or "m5.xlarge"}


def check_instance_types(place: Place, values: Mapping[str, str]) -> Iterator[Missing]:
    """Each subnet's zone has the instance types."""
    ec2, names, types = place.session.client("ec2"), network.named(values), types_of(values)
    try:
        subnets = ec2.describe_subnets(SubnetIds=names)["Subnets"] if names else []
    except ClientError:
        return  # check_network says so
    for zone in sorted({subnet["AvailabilityZone"] for subnet in subnets}):
        filters = [{"Name": "location", "Values": [zone]}, {"Name": "instance-type", "Values": sorted(types)}]
        answer = ec2.describe_instance_type_offerings(LocationType="availability-zone", Filters=filters)
        for missing in sorted(types - {offer["InstanceType"] for offer in answer["InstanceTypeOfferings"]}):
            yield Missing(
                f"{zone} has no {missing}.",
                f"Choose another type or subnet: aws ec2 describe-instance-type-offerings --location-type availability-zone "
                f"--filters Name=instance-type,Values={missing}",
            )


def check_processors(place: Place, values: Mapping[str, str]) -> Iterator[Missing]:
    """The quotas of vCPUs allow a master and one worker."""
    described = place.session.client("ec2").describe_instance_types(InstanceTypes=sorted(types_of(values)))
    each = {kind["InstanceType"]: kind["VCpuInfo"]["DefaultVCpus"] for kind in described["InstanceTypes"]}
    needed = sum(
        each.get(values.get(name, "") or "m5.xlarge", 0) for name in ("MasterInstanceType", "WorkerInstanceType")
    )
    quotas = place.session.client("service-quotas")
    for (code, kind), blocks in ((ON_DEMAND, True), (SPOT, False)):
        quota = quotas.get_service_quota(ServiceCode="ec2", QuotaCode=code)["Quota"]["Value"]
        if quota < needed:
            yield Missing(
                f"The account may run {quota:g} {kind} vCPUs, and a cluster of two nodes has {needed}.",
                f"aws service-quotas request-service-quota-increase --service-code ec2 --quota-code {code} --desired-value 256",
                blocks,
            )


def check_releases(place: Place, values: Mapping[str, str]) -> Iterator[Missing]:
    """The region has the EMR releases that a new deployment offers."""
    from chalicelib.releases.service import FIRST_RELEASES

    here = {label.removeprefix("emr-") for label in _release_labels(place.session.client("emr"))}
    for release in FIRST_RELEASES:
        if release.version not in here:
            remedy = "aws emr list-release-labels   (then offer one of those, under Releases in the portal)"
            yield Missing(
                f"{place.region} has no EMR {release.version}, which new deployments offer.", remedy, blocks=False
            )


def _release_labels(emr: Any) -> Iterator[str]:
    """Every release of the region. boto3 has no paginator for them."""
    begin: dict[str, str] = {}
    while True:
        page = emr.list_release_labels(**begin)
        yield from page["ReleaseLabels"]
        if not page.get("NextToken"):
            return
        begin = {"NextToken": page["NextToken"]}
