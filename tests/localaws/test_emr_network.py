"""What the embedded EMR says of subnets, groups, a security configuration and releases without Python 3.11, as EMR does."""

from __future__ import annotations

import os
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.cloud import LocalCloud
from tests.localaws.conftest import Launcher

TAG = {"Key": "for-use-with-amazon-emr-managed-policies", "Value": "true"}


def instances(**more: Any) -> dict[str, Any]:
    return {"MasterInstanceType": "m5.xlarge", "KeepJobFlowAliveWhenNoSteps": True, **more}


def groups(master: str = "", worker: str = "") -> dict[str, str]:
    return {
        "EmrManagedMasterSecurityGroup": master or os.environ["EMR_MASTER_GROUP"],
        "EmrManagedSlaveSecurityGroup": worker or os.environ["EMR_WORKER_GROUP"],
    }


def first_subnet() -> str:
    return os.environ["EMR_SUBNET_ID"].partition(",")[0]


def test_the_deployment_s_own_network_is_taken_and_described(emr: Launcher) -> None:
    security = os.environ["EMR_SECURITY_CONFIGURATION"]
    name = emr.run(Instances=instances(Ec2SubnetId=first_subnet(), **groups()), SecurityConfiguration=security)
    waiting = emr.reaches(name, "WAITING")
    assert waiting["SecurityConfiguration"] == security
    attributes = waiting["Ec2InstanceAttributes"]
    assert attributes["Ec2SubnetId"] == first_subnet()
    assert {kind: attributes[kind] for kind in groups()} == groups()


def test_an_untagged_subnet_ends_the_cluster(cloud: LocalCloud, emr: Launcher) -> None:
    ec2 = cloud.client("ec2")
    untagged = next(
        subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"] if TAG not in subnet.get("Tags", [])
    )
    ended = emr.reaches(emr.run(Instances=instances(Ec2SubnetId=untagged)), "TERMINATED_WITH_ERRORS")
    assert ended["Status"]["StateChangeReason"] == {
        "Code": "VALIDATION_ERROR",
        "Message": "Service role arn:aws:iam::123456789012:role/service has insufficient EC2 permissions",
    }


def test_an_untagged_group_ends_the_cluster(cloud: LocalCloud, emr: Launcher) -> None:
    ec2 = cloud.client("ec2")
    untagged = ec2.create_security_group(GroupName=f"g-{os.urandom(4).hex()}", Description="untagged")["GroupId"]
    name = emr.run(Instances=instances(Ec2SubnetId=first_subnet(), **groups(worker=untagged)))
    ended = emr.reaches(name, "TERMINATED_WITH_ERRORS")
    assert "insufficient EC2 permissions" in ended["Status"]["StateChangeReason"]["Message"]


def test_a_subnet_that_does_not_exist_ends_the_cluster(emr: Launcher) -> None:
    ended = emr.reaches(emr.run(Instances=instances(Ec2SubnetId="subnet-0123")), "TERMINATED_WITH_ERRORS")
    assert "The subnet subnet-0123 does not exist." in ended["Status"]["StateChangeReason"]["Message"]


def test_groups_come_in_pairs(emr: Launcher) -> None:
    one = {"EmrManagedMasterSecurityGroup": os.environ["EMR_MASTER_GROUP"]}
    with pytest.raises(ClientError, match="both EmrManagedMasterSecurityGroup and EmrManagedSlaveSecurityGroup"):
        emr.run(Instances=instances(**one))


def test_a_security_configuration_must_exist(emr: Launcher) -> None:
    with pytest.raises(ClientError, match="Security configuration with name 'none' does not exist"):
        emr.run(SecurityConfiguration="none")


@pytest.mark.parametrize("release", ["emr-6.15.0", "emr-7.0.0"])
def test_the_bootstrap_fails_on_a_release_without_its_python(release: str, emr: Launcher) -> None:
    ended = emr.reaches(emr.run(ReleaseLabel=release, keep=True), "TERMINATED_WITH_ERRORS")
    assert ended["Status"]["StateChangeReason"]["Code"] == "BOOTSTRAP_FAILURE"
