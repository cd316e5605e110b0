"""The subnets that a deployment is given, on moto's EC2: which it takes, and with which words it refuses the others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from deployment import network
from deployment.stack import DeploymentFailed

TAG = {"Key": "for-use-with-amazon-emr-managed-policies", "Value": "true"}


@pytest.fixture
def ec2(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with mock_aws():
        yield boto3.client("ec2", region_name="eu-central-1")


def vpc(ec2: Any) -> str:
    return str(ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"])


def subnet(ec2: Any, of_vpc: str, number: int = 0, *, tagged: bool = True, public: bool = False) -> str:
    """A subnet; a public one has a route table of its own that leads to an internet gateway."""
    made = str(ec2.create_subnet(VpcId=of_vpc, CidrBlock=f"10.1.{number}.0/24")["Subnet"]["SubnetId"])
    if tagged:
        ec2.create_tags(Resources=[made], Tags=[TAG])
    if public:
        gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=of_vpc)
        table = ec2.create_route_table(VpcId=of_vpc)["RouteTable"]["RouteTableId"]
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
        ec2.associate_route_table(RouteTableId=table, SubnetId=made)
    return made


def test_whether_subnets_are_private_is_seen_by_their_routes(ec2: Any) -> None:
    made = vpc(ec2)
    private, public = subnet(ec2, made), subnet(ec2, made, 1, public=True)
    assert network.parameters(ec2, {"VpcId": made, "EmrSubnetId": private}) == {"PrivateSubnets": "yes"}
    assert network.parameters(ec2, {"VpcId": made, "EmrSubnetId": public}) == {"PrivateSubnets": "no"}
    with pytest.raises(DeploymentFailed, match=r"^EmrSubnetId names private and public subnets"):
        network.parameters(ec2, {"VpcId": made, "EmrSubnetId": f"{private}, {public}"})


def test_an_untagged_subnet_is_refused_with_the_command_that_tags_it(ec2: Any) -> None:
    made = vpc(ec2)
    untagged = subnet(ec2, made, tagged=False)
    command = f"aws ec2 create-tags --resources {untagged} --tags Key={TAG['Key']},Value=true"
    with pytest.raises(DeploymentFailed, match=command):
        network.parameters(ec2, {"VpcId": made, "EmrSubnetId": untagged})


def test_a_subnet_of_another_vpc_is_refused(ec2: Any) -> None:
    made, other = vpc(ec2), vpc(ec2)
    of_other = subnet(ec2, other)
    with pytest.raises(DeploymentFailed, match=f"^The subnet {of_other} is in {other}, not in {made}"):
        network.parameters(ec2, {"VpcId": made, "EmrSubnetId": of_other})


def test_a_subnet_that_does_not_exist_is_named(ec2: Any) -> None:
    with pytest.raises(DeploymentFailed, match=r"^EmrSubnetId: .*subnet-0123"):
        network.parameters(ec2, {"VpcId": vpc(ec2), "EmrSubnetId": "subnet-0123"})


def test_without_subnets_there_is_nothing_to_look_at(ec2: Any) -> None:
    assert network.parameters(ec2, {}) == {}
