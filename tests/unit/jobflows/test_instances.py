"""The RunJobFlow request: machines, spot, subnets, homes, and when the cluster ends."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.jobflows.local_pages import with_ours
from chalicelib.site_settings.settings import SiteSettings
from tests.support.emr_requests import EFS, SETTINGS, SPOT, TYPES, fleets, of_job, of_person


def test_one_worker_is_the_master_alone_and_on_demand() -> None:
    (master,) = of_person(1)["Instances"]["InstanceGroups"]
    assert (master["InstanceRole"], master["Market"], master["InstanceType"]) == ("MASTER", "ON_DEMAND", "m5.2xlarge")


def test_without_spot_groups_take_the_first_type() -> None:
    groups = of_person(4, site=SiteSettings(worker_types=TYPES, task_size=1))["Instances"]["InstanceGroups"]
    shown = [
        (group["InstanceRole"], group["InstanceType"], group["InstanceCount"], group["Market"]) for group in groups
    ]
    assert shown == [
        ("MASTER", "m5.2xlarge", 1, "ON_DEMAND"),
        ("CORE", "m5.xlarge", 3, "ON_DEMAND"),
        ("TASK", "m5.xlarge", 1, "ON_DEMAND"),
    ]


@pytest.mark.parametrize("request_of", [of_person, of_job])
def test_workers_on_spot_fall_back_to_on_demand_and_the_master_never_is_on_spot(request_of: Any) -> None:
    requested = fleets(request_of(3))
    assert set(requested) == {"MASTER", "CORE"}
    assert (requested["MASTER"]["TargetOnDemandCapacity"], requested["MASTER"].get("TargetSpotCapacity", 0)) == (1, 0)
    assert (requested["CORE"]["TargetSpotCapacity"], requested["CORE"].get("TargetOnDemandCapacity", 0)) == (3, 0)
    assert requested["CORE"]["LaunchSpecifications"]["SpotSpecification"] == {
        "AllocationStrategy": "price-capacity-optimized",
        "TimeoutDurationMinutes": 15,
        "TimeoutAction": "SWITCH_TO_ON_DEMAND",
    }
    assert [kind["InstanceType"] for kind in requested["CORE"]["InstanceTypeConfigs"]] == TYPES
    assert {kind["BidPriceAsPercentageOfOnDemandPrice"] for kind in requested["CORE"]["InstanceTypeConfigs"]} == {70}


def test_at_least_one_worker_keeps_hdfs() -> None:
    requested = fleets(of_person(3, site=replace(SPOT, task_size=9)))
    assert {kind: fleet.get("TargetSpotCapacity", 0) for kind, fleet in requested.items()} == {
        "MASTER": 0,
        "CORE": 1,
        "TASK": 2,
    }


def test_fleets_choose_among_the_subnets_and_groups_take_the_first() -> None:
    settings = replace(SETTINGS, emr_subnet_ids=("subnet-0aa", "subnet-0bb"))
    assert of_person(2, settings)["Instances"]["Ec2SubnetIds"] == ["subnet-0aa", "subnet-0bb"]
    assert of_person(1, settings)["Instances"]["Ec2SubnetId"] == "subnet-0aa"


def test_people_keep_their_cluster_until_it_idles_and_get_their_home() -> None:
    request = of_person(2, site=SiteSettings(efs=EFS))
    assert request["Instances"]["KeepJobFlowAliveWhenNoSteps"] is True
    assert 60 <= request["AutoTerminationPolicy"]["IdleTimeout"] <= 604800
    assert request["BootstrapActions"][0]["ScriptBootstrapAction"]["Args"][3:] == [
        "--jupyter", "--activity", "s3://logs/activity/arn:aws:ec2:us-east-1:123456789012:instance",
        "--efs", EFS, "--efs-home", "ada@example.org",
    ]  # fmt: skip
    assert "Zeppelin" in {application["Name"] for application in request["Applications"]}


def test_a_job_s_cluster_ends_with_its_step_and_has_no_home() -> None:
    request = of_job(2, site=SiteSettings(efs=EFS))
    assert request["Instances"]["KeepJobFlowAliveWhenNoSteps"] is False
    assert [step["ActionOnFailure"] for step in request["Steps"]] == ["TERMINATE_CLUSTER"]
    assert "--efs" not in request["BootstrapActions"][0]["ScriptBootstrapAction"]["Args"]


def test_the_runner_is_told_when_its_cluster_is_ended() -> None:
    (step,) = of_job(2)["Steps"]
    command = step["HadoopJarStep"]["Args"]
    assert command[command.index("--timeout-seconds") + 1] == "7200"
    assert command[command.index("--deadline") + 1] == "2026-11-22T08:00:00.000000Z"


@pytest.mark.parametrize("request_of", [of_person, of_job])
@pytest.mark.parametrize("size", [1, 3])
def test_every_cluster_has_the_deployment_s_groups_and_encryption(request_of: Any, size: int) -> None:
    request = request_of(size)
    assert request["SecurityConfiguration"] == "security"
    assert request["Instances"]["EmrManagedMasterSecurityGroup"] == "sg-0aa"
    assert request["Instances"]["EmrManagedSlaveSecurityGroup"] == "sg-0bb"
    assert "ServiceAccessSecurityGroup" not in request["Instances"]


@pytest.mark.parametrize("request_of", [of_person, of_job])
def test_in_private_subnets_emr_comes_in_by_a_group_of_its_own(request_of: Any) -> None:
    request = request_of(2, replace(SETTINGS, emr_service_group="sg-0cc"))
    assert request["Instances"]["ServiceAccessSecurityGroup"] == "sg-0cc"


def test_zeppelin_answers_on_the_master_alone_whatever_the_site_s_file_says() -> None:
    ours = {"Classification": "zeppelin-site", "Properties": {"zeppelin.server.addr": "127.0.0.1"}}
    assert ours in of_person(2)["Configurations"]
    theirs = {"Classification": "zeppelin-site", "Properties": {"zeppelin.server.addr": "0.0.0.0", "a": "b"}}
    spark = {"Classification": "spark", "Properties": {}}
    assert with_ours([theirs, spark]) == [ours | {"Properties": {"zeppelin.server.addr": "127.0.0.1", "a": "b"}}, spark]
