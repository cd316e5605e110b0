"""Our requests for every kind of cluster: by botocore's service model, and by what EMR demands beyond it."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ListShape, ServiceModel, Shape, StringShape, StructureShape
from botocore.validate import ParamValidator

from chalicelib.core.limits import LIMITS
from chalicelib.site_settings.settings import SiteSettings
from localaws.emr import fleets as emr_fleets
from tests.support.emr_requests import EFS, SETTINGS, TYPES, fleets, of_job, of_person

INPUT = ServiceModel(Loader().load_service_model("emr", "service-2")).operation_model("RunJobFlow").input_shape


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
    errors = [report.generate_report()] if report.has_errors() else against_model(request, INPUT)
    refusal = emr_fleets.refusal(request["Instances"])
    return errors + ([refusal] if refusal else [])


@pytest.mark.parametrize(
    ("request_of", "size", "spot", "task_size", "efs", "subnets", "types"),
    list(
        product(
            (of_person, of_job),
            (1, 2, 30, 200),
            (False, True),
            (0, 3, 200),
            (None, EFS),
            (("subnet-0aa",), ("subnet-0aa", "subnet-0bb")),
            ([], TYPES[:1], TYPES, [f"m{number}.xlarge" for number in range(LIMITS.instance_types)]),
        )
    ),
)
def test_emr_takes_every_request(
    request_of: Any, size: int, spot: bool, task_size: int, efs: str | None, subnets: tuple[str, ...], types: list[str]
) -> None:
    site = SiteSettings(spot=spot, task_size=task_size, efs=efs, worker_types=types)
    request = request_of(size, replace(SETTINGS, emr_subnet_ids=subnets), site)
    assert refused(request) == []
    groups = request["Instances"].get("InstanceGroups", [])
    nodes = [group["InstanceCount"] for group in groups] or [
        emr_fleets.nodes(fleet)[2] for fleet in request["Instances"]["InstanceFleets"]
    ]
    assert sum(nodes) == (1 if size == 1 else size + 1)


def changed(request: dict[str, Any], **instances: Any) -> dict[str, Any]:
    return request | {"Instances": request["Instances"] | instances}


def with_core(**members: Any) -> dict[str, Any]:
    request = of_person(3)
    master, core = request["Instances"]["InstanceFleets"]
    return changed(request, InstanceFleets=[master, core | members])


def spot(**members: Any) -> dict[str, Any]:
    specifications: dict[str, Any] = fleets(of_person(3))["CORE"]["LaunchSpecifications"]
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
