"""The subnets that clusters are to run in, as EC2 has them: what EMR would end every cluster for is said before anything changes.

What EMR asks of subnets: https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-clusters-in-a-vpc.html; of their tags:
https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-managed-iam-policies.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from deployment.stack import DeploymentFailed

TAG, TAGGED = "for-use-with-amazon-emr-managed-policies", "true"


@dataclass(frozen=True)
class Subnet:
    """A subnet; a private one has no route to an internet gateway."""

    id: str
    vpc: str
    is_tagged: bool
    is_private: bool


def named(values: Mapping[str, str]) -> list[str]:
    """The subnets that the parameters name."""
    return [name for part in values.get("EmrSubnetId", "").split(",") if (name := part.strip())]


def read(ec2: Any, names: Sequence[str]) -> list[Subnet]:
    """These subnets as EC2 has them.

    Raises:
        DeploymentFailed: one does not exist, in EC2's words.
    """
    try:
        subnets = ec2.describe_subnets(SubnetIds=list(names))["Subnets"]
    except ClientError as error:
        raise DeploymentFailed(f"EmrSubnetId: {error.response['Error']['Message']}") from error
    return [
        Subnet(
            id=subnet["SubnetId"],
            vpc=subnet["VpcId"],
            is_tagged={"Key": TAG, "Value": TAGGED} in subnet.get("Tags", []),
            is_private=not _reaches_a_gateway(ec2, subnet["SubnetId"], subnet["VpcId"]),
        )
        for subnet in subnets
    ]


def _reaches_a_gateway(ec2: Any, subnet: str, vpc: str) -> bool:
    """Whether its route table leads to an internet gateway."""
    tables = route_tables_of(ec2, subnet, vpc)
    return any(str(route.get("GatewayId", "")).startswith("igw-") for table in tables for route in table["Routes"])


def route_tables_of(ec2: Any, subnet: str, vpc: str) -> list[Any]:
    """The subnet's route table, or the VPC's main one if it has none of its own."""
    own = _route_tables(ec2, {"Name": "association.subnet-id", "Values": [subnet]})
    main = {"Name": "association.main", "Values": ["true"]}
    return own or _route_tables(ec2, {"Name": "vpc-id", "Values": [vpc]}, main)


def _route_tables(ec2: Any, *filters: Any) -> list[Any]:
    return list(ec2.describe_route_tables(Filters=list(filters))["RouteTables"])


def problems(vpc: str, subnets: Sequence[Subnet]) -> Iterator[str]:
    """A sentence for each thing that EMR would end every cluster for."""
    for subnet in subnets:
        if subnet.vpc != vpc:
            yield f"The subnet {subnet.id} is in {subnet.vpc}, not in {vpc}. Correct VpcId or EmrSubnetId."
        if not subnet.is_tagged:
            yield (
                f"EMR may not use the subnet {subnet.id}, which lacks a tag. Add it: "
                f"aws ec2 create-tags --resources {subnet.id} --tags Key={TAG},Value={TAGGED}"
            )
    if len({subnet.is_private for subnet in subnets}) > 1:
        yield "EmrSubnetId names private and public subnets. Name one kind: EMR reaches the two by different ways."


def parameters(ec2: Any, values: Mapping[str, str]) -> dict[str, str]:
    """What a deployment finds out about the subnets that `values` name; nothing while they name none.

    Raises:
        DeploymentFailed: EMR would refuse them.
    """
    if not (names := named(values)):
        return {}
    subnets = read(ec2, names)
    if wrong := list(problems(values.get("VpcId", ""), subnets)):
        raise DeploymentFailed("\n".join(wrong))
    return {"PrivateSubnets": "yes" if subnets[0].is_private else "no"}
