"""The RunJobFlow request, for every kind of cluster: by botocore's service model, and by what EMR demands beyond it."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ListShape, ServiceModel, Shape, StringShape, StructureShape
from botocore.validate import ParamValidator

from chalicelib.clusters.models import Cluster
from chalicelib.clusters.request import cluster_request
from chalicelib.core.config import Settings
from chalicelib.runs.models import Run
from chalicelib.runs.request import run_request
from chalicelib.site_settings.forms import MOST_TYPES, SiteSettings
from localaws.emr import fleets as emr_fleets

INPUT = ServiceModel(Loader().load_service_model("emr", "service-2")).operation_model("RunJobFlow").input_shape
SETTINGS = Settings(
    stage="test", table_prefix="atmo-test-", notebooks_bucket="notebooks", results_bucket="results", logs_bucket="logs",
    scripts_uri="s3://scripts/emr/abc", cluster_machine_arn="arn:c", run_machine_arn="arn:r", portal_url="", mail_from="a@b",
    link_key_id="l", result_retention_days=90, private_webhooks=False, oidc_issuer="https://i", oidc_client_id="c",
    oidc_secret_id="s", oidc_scopes="openid", oidc_group_claims=(), oidc_trust_email=False, home_domain="", allowed_groups=(),
    emr_service_role="service", emr_instance_profile="profile", emr_subnet_ids=(), master_instance_type="m5.2xlarge",
    worker_instance_type="m5.xlarge", shared_config_uri="", commit="",
)  # fmt: skip
TYPES = ["m5.xlarge", "m5a.xlarge", "m6i.xlarge", "m6a.xlarge", "m5d.xlarge", "m5n.xlarge"]
SPOT = SiteSettings(spot=True, spot_price=70, spot_timeout=15, worker_types=TYPES)
EFS = "fs-0123456789abcdef0"


def against_model(value: Any, shape: Shape, path: str = "") -> list[str]:
    """What of a value breaks the model: botocore's own checks leave out enums, patterns and longest lengths."""
    if isinstance(shape, StructureShape):
        return [
            wrong
            for name, part in value.items()
            for wrong in against_model(part, shape.members[name], f"{path}.{name}")
        ]
    if isinstance(shape, ListShape):
        return [wrong for part in value for wrong in against_model(part, shape.member, path)]
    if not isinstance(shape, StringShape):
        return []
    rules = shape.metadata
    pattern = rules.get("pattern", "").replace("\\uD800\\uDC00-\\uDBFF\\uDFFF", "\\U00010000-\\U0010FFFF")
    broken = (
        (shape.enum and value not in shape.enum)
        or len(value) > rules.get("max", len(value))
        or (pattern and not re.fullmatch(pattern, value))
    )
    return [f"{path}: {value!r}"] if broken else []


def refused(request: dict[str, Any]) -> list[str]:
    assert INPUT is not None
    report = ParamValidator().validate(request, INPUT)
    found = [report.generate_report()] if report.has_errors() else against_model(request, INPUT)
    refusal = emr_fleets.refusal(request["Instances"])
    return found + ([refusal] if refusal else [])


def of_person(size: int, settings: Settings = SETTINGS, site: SiteSettings = SPOT) -> dict[str, Any]:
    cluster = Cluster(
        "c-1", name="atmo-test-cluster-ada-keen", owner="ada@example.org", owner_email="ada@example.org", size=size,
        emr_release="7.10.0", public_key="ssh-ed25519 AAAA ada's laptop",
    )  # fmt: skip
    return cluster_request(cluster, settings, site)


def of_job(size: int, settings: Settings = SETTINGS, site: SiteSettings = SPOT) -> dict[str, Any]:
    run = Run(
        "r-1", name="atmo-test-job-ada-flights-r-1", owner_email="ada@example.org", size=size, emr_release="7.10.0",
        notebook_key="jobs/j-1/flights.ipynb", notebook_version="v1", job_id="j-1", timeout=2, parameters={"day": "it's €"},
    )  # fmt: skip
    return run_request(run, settings, site)


def fleets(request: dict[str, Any]) -> dict[str, Any]:
    return {fleet["InstanceFleetType"]: fleet for fleet in request["Instances"]["InstanceFleets"]}


@pytest.mark.parametrize(
    ("asked", "size", "spot", "task_size", "efs", "subnets", "types"),
    list(
        product(
            (of_person, of_job),
            (1, 2, 30, 200),
            (False, True),
            (0, 3, 200),
            (None, EFS),
            ((), ("subnet-0aa",), ("subnet-0aa", "subnet-0bb")),
            ([], TYPES[:1], TYPES, [f"m{number}.xlarge" for number in range(MOST_TYPES)]),
        )
    ),
)
def test_emr_takes_every_request(
    asked: Any, size: int, spot: bool, task_size: int, efs: str | None, subnets: tuple[str, ...], types: list[str]
) -> None:
    site = SiteSettings(spot=spot, task_size=task_size, efs=efs, worker_types=types)
    request = asked(size, replace(SETTINGS, emr_subnet_ids=subnets), site)
    assert refused(request) == []
    groups = request["Instances"].get("InstanceGroups", [])
    nodes = [group["InstanceCount"] for group in groups] or [
        emr_fleets.nodes(fleet)[2] for fleet in request["Instances"]["InstanceFleets"]
    ]
    assert sum(nodes) == (1 if size == 1 else size + 1)


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


@pytest.mark.parametrize("asked", [of_person, of_job])
def test_workers_on_spot_fall_back_to_on_demand_and_the_master_never_is_on_spot(asked: Any) -> None:
    found = fleets(asked(3))
    assert set(found) == {"MASTER", "CORE"}
    assert (found["MASTER"]["TargetOnDemandCapacity"], found["MASTER"].get("TargetSpotCapacity", 0)) == (1, 0)
    assert (found["CORE"]["TargetSpotCapacity"], found["CORE"].get("TargetOnDemandCapacity", 0)) == (3, 0)
    assert found["CORE"]["LaunchSpecifications"]["SpotSpecification"] == {
        "AllocationStrategy": "price-capacity-optimized",
        "TimeoutDurationMinutes": 15,
        "TimeoutAction": "SWITCH_TO_ON_DEMAND",
    }
    assert [kind["InstanceType"] for kind in found["CORE"]["InstanceTypeConfigs"]] == TYPES
    assert {kind["BidPriceAsPercentageOfOnDemandPrice"] for kind in found["CORE"]["InstanceTypeConfigs"]} == {70}


def test_at_least_one_worker_keeps_hdfs() -> None:
    found = fleets(of_person(3, site=SPOT.model_copy(update={"task_size": 9})))
    assert {kind: fleet.get("TargetSpotCapacity", 0) for kind, fleet in found.items()} == {
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
        "--jupyter", "--efs", EFS, "--efs-home", "ada@example.org",
    ]  # fmt: skip
    assert "Zeppelin" in {application["Name"] for application in request["Applications"]}


def test_a_job_s_cluster_ends_with_its_step_and_has_no_home() -> None:
    request = of_job(2, site=SiteSettings(efs=EFS))
    assert request["Instances"]["KeepJobFlowAliveWhenNoSteps"] is False
    assert [step["ActionOnFailure"] for step in request["Steps"]] == ["TERMINATE_CLUSTER"]
    assert "--efs" not in request["BootstrapActions"][0]["ScriptBootstrapAction"]["Args"]


def changed(request: dict[str, Any], **instances: Any) -> dict[str, Any]:
    return request | {"Instances": request["Instances"] | instances}


def with_core(**members: Any) -> dict[str, Any]:
    request = of_person(3)
    master, core = request["Instances"]["InstanceFleets"]
    return changed(request, InstanceFleets=[master, core | members])


def spot(**members: Any) -> dict[str, Any]:
    specifications = fleets(of_person(3))["CORE"]["LaunchSpecifications"]
    changed = specifications["SpotSpecification"] | members
    return specifications | {"SpotSpecification": {key: value for key, value in changed.items() if value is not None}}


@pytest.mark.parametrize(
    "request_",
    [
        changed(of_person(3), InstanceGroups=of_person(1)["Instances"]["InstanceGroups"]),
        changed(of_person(3), InstanceFleets=of_person(3)["Instances"]["InstanceFleets"][1:]),
        changed(of_person(3), InstanceFleets=[*of_person(3)["Instances"]["InstanceFleets"]] * 2),
        changed(of_person(3), Ec2SubnetId="subnet-0aa", Ec2SubnetIds=["subnet-0bb"]),
        changed(of_person(1), Ec2SubnetIds=["subnet-0aa", "subnet-0bb"]),
        with_core(TargetSpotCapacity=0),
        with_core(InstanceTypeConfigs=[]),
        with_core(InstanceTypeConfigs=[{"InstanceType": "m5.xlarge"}] * 2),
        with_core(InstanceTypeConfigs=[{"InstanceType": "m5.xlarge", "WeightedCapacity": 0}]),
        with_core(LaunchSpecifications=spot(TimeoutDurationMinutes=4)),
        with_core(LaunchSpecifications=spot(TimeoutAction="GIVE_UP")),
        with_core(LaunchSpecifications=spot(AllocationStrategy="cheapest")),
        with_core(LaunchSpecifications=spot(AllocationStrategy=None)),
        of_person(3) | {"Name": "x" * 257},
        of_person(3) | {"Name": "two\nlines\x00"},
        of_person(3) | {"Colour": "red"},
    ],
)
def test_these_checks_would_find_what_is_wrong(request_: dict[str, Any]) -> None:
    assert refused(request_)
