"""What machines cost an hour in this region: on demand by the AWS Price List, on spot by EC2's price history. US dollars.

Nobody waits for these answers (see chalicelib/costs/service.py), so a slow one is given up on early and not repeated.
https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-price-list-query-api.html
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from chalicelib.aws.clients import answering, asking_once

LINUX = "Linux/UNIX"
HOURS = ("Hrs", "Hours")
_EC2 = {"operatingSystem": "Linux", "tenancy": "Shared", "preInstalledSw": "NA", "capacitystatus": "Used"}
_EMR = {"softwareType": "EMR"}


def on_demand(instance_type: str) -> Decimal | None:
    """What EC2 charges for an hour of this type on Linux; None when its price list lacks it in this region.

    Raises:
        Unavailable: the price list does not answer, or not for us.
    """
    return _listed("AmazonEC2", {"instanceType": instance_type, **_EC2})


def emr_charge(instance_type: str) -> Decimal | None:
    """What EMR charges for an hour of this type on top of EC2's price, on demand or spot; None when EMR does not offer it.

    Raises:
        Unavailable: the price list does not answer, or not for us.
    """
    return _listed("ElasticMapReduce", {"instanceType": instance_type, **_EMR})


def ebs(volume_type: str) -> Decimal | None:
    """What EBS charges for a gigabyte of this type of volume, such as gp3, that is there for a whole month; None when its price
    list lacks it in this region. https://aws.amazon.com/ebs/pricing/

    Raises:
        Unavailable: the price list does not answer, or not for us.
    """
    return _listed("AmazonEC2", {"productFamily": "Storage", "volumeApiName": volume_type}, ("GB-Mo",))


def spot(instance_types: Iterable[str], now: datetime) -> dict[str, Decimal]:
    """What an hour of these types costs on spot now, the mean of the region's zones; those that have no price are missing.

    Raises:
        Unavailable: EC2 does not answer, or not for us.
    """
    zones: dict[str, dict[str, Decimal]] = defaultdict(dict)
    with answering("give us the spot prices"):
        # From now on: of every type and zone, the price that is in force.
        pages = (
            asking_once("ec2")
            .get_paginator("describe_spot_price_history")
            .paginate(InstanceTypes=list(instance_types), ProductDescriptions=[LINUX], StartTime=now, EndTime=now)
        )
        for price in (entry for answer in pages for entry in answer["SpotPriceHistory"]):
            zones[price["InstanceType"]].setdefault(price["AvailabilityZone"], Decimal(price["SpotPrice"]))
    from statistics import mean

    return {instance_type: Decimal(mean(prices.values())) for instance_type, prices in zones.items()}


def _listed(service_code: str, attributes: Mapping[str, str], units: Collection[str] = HOURS) -> Decimal | None:
    """The price list is served from a few regions and covers all. Of several prices the lowest: savings are not overstated."""
    filters = [
        {"Type": "TERM_MATCH", "Field": field, "Value": value}
        for field, value in {**attributes, "regionCode": asking_once("ec2").meta.region_name}.items()
    ]
    with answering("give us the prices"):
        answer = asking_once("pricing", "us-east-1").get_products(ServiceCode=service_code, Filters=filters)
    products = map(json.loads, answer["PriceList"])
    return min((price for product in products for price in _prices(product, units)), default=None)


def _prices(product: Mapping[str, Any], units: Collection[str]) -> Iterable[Decimal]:
    """The prices by one of these units of a product's terms on demand, without those that are free, such as capacity already
    reserved."""
    for term in product["terms"].get("OnDemand", {}).values():
        for dimension in term["priceDimensions"].values():
            price = Decimal(dimension["pricePerUnit"].get("USD", "0"))
            if price > 0 and dimension["unit"] in units:
                yield price
