"""What EMR offers: releases, applications, instance types, and in which availability zone.

Sources:
- releases and the applications of each: https://docs.aws.amazon.com/emr/latest/ReleaseGuide/emr-release-components.html and the
  pages of the releases, as of November 2026
- instance types: those of EC2, and their offerings by zone, as moto ships them
"""

from __future__ import annotations

import gzip
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import moto

NEWEST_MINOR = {"5": 36, "6": 15, "7": 12}
"""The last minor release of each major one."""
APPLICATIONS = frozenset({
    "AmazonCloudWatchAgent", "Delta", "Flink", "HBase", "HCatalog", "Hadoop", "Hive", "Hudi", "Hue", "Iceberg",
    "JupyterEnterpriseGateway", "JupyterHub", "Livy", "Oozie", "Phoenix", "Pig", "Presto", "Spark", "TensorFlow", "Tez",
    "Trino", "Zeppelin", "ZooKeeper",
})  # fmt: skip
"""What EMR 7 installs."""
_EARLIER = frozenset({"Ganglia", "MXNet", "Mahout", "PrestoSQL", "Sqoop"})
"""What EMR 5 and 6 had beside it."""
_RELEASE = re.compile(r"emr-(\d+)\.(\d+)\.\d+")
_EC2 = Path(moto.__file__).parent / "ec2" / "resources"


def has_release(label: str) -> bool:
    release = _RELEASE.fullmatch(label)
    return release is not None and int(release[2]) <= NEWEST_MINOR.get(release[1], -1)


def has_python(label: str) -> bool:
    """Whether the release's nodes have the Python 3.11 that emr/bootstrap.sh needs: Amazon Linux 2023's, since EMR 7.1."""
    release = _RELEASE.fullmatch(label)
    return release is not None and (int(release[1]), int(release[2])) >= (7, 1)


def unknown_application(label: str, names: list[str]) -> str:
    """The first of these applications that the release does not have, or ""."""
    offered = {name.lower() for name in (APPLICATIONS if label.startswith("emr-7.") else APPLICATIONS | _EARLIER)}
    return next((name for name in names if name.lower() not in offered), "")


def unknown_instance_type(names: list[str]) -> str:
    """The first of these that is no instance type, or ""."""
    return next((name for name in names if name not in _instance_types()), "")


def is_offered(instance_type: str, region: str, zone: str) -> bool:
    """Whether the zone has this type. Where nothing is known of the region, it has."""
    offers = _offers(region)
    return not offers or (zone, instance_type) in offers


@cache
def _instance_types() -> frozenset[str]:
    return frozenset(_read(_EC2 / "instance_types.json.gz"))


@cache
def _offers(region: str) -> frozenset[tuple[str, str]]:
    file = _EC2 / "instance_type_offerings" / "availability-zone" / f"{region}.json.gz"
    return (
        frozenset((offer["Location"], offer["InstanceType"]) for offer in _read(file)) if file.exists() else frozenset()
    )


def _read(file: Path) -> Any:
    return json.loads(gzip.decompress(file.read_bytes()))
