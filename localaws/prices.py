"""Prices as AWS gives them: the Price List's GetProducts and EC2's history of spot prices. (moto's history has one price for
all instance types and takes seconds to load.)

On demand: Linux in us-east-1, as AWS published them at https://aws.amazon.com/ec2/pricing/on-demand/ and
https://aws.amazon.com/emr/pricing/ in 2024, and EBS as at https://aws.amazon.com/ebs/pricing/ in the same year. Spot prices change
all the time; these are made up, about 40 % of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from werkzeug.wrappers import Request, Response

from localaws.clock import CloudClock

Params = dict[str, Any]

TARGET = "AWSPriceListService."
SPOT = f"{TARGET}Spot"
"""Our own name for EC2's action."""
_NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"

EC2_AND_EMR = {
    "m5.xlarge": ("0.192", "0.048"),
    "m5.2xlarge": ("0.384", "0.096"),
    "m5a.xlarge": ("0.172", "0.043"),
    "m6i.xlarge": ("0.192", "0.048"),
    "m6g.xlarge": ("0.154", "0.0385"),
    "c5.xlarge": ("0.17", "0.0425"),
    "c5.2xlarge": ("0.34", "0.085"),
    "r5.xlarge": ("0.252", "0.063"),
    "r5.2xlarge": ("0.504", "0.126"),
}
"""US dollars an hour: EC2's price on demand, and EMR's charge on top."""

EBS = {"gp3": "0.08", "gp2": "0.10"}
"""US dollars for a gigabyte and month."""

SPOT_OF_ON_DEMAND = {"us-east-1a": 0.38, "us-east-1b": 0.40, "us-east-1c": 0.42}


class Prices:
    """Answers the Price List's calls through `call`, which tests replace to throttle or fail them; and EC2's spot prices."""

    def __init__(self, region: str, clock: CloudClock) -> None:
        self._region = region
        self._clock = clock
        self.call: Callable[[Params], Params] = self.answer
        self.spot_call: Callable[[list[str]], list[Params]] = self.spot

    def wsgi(self, environ: Params, start_response: Any) -> Iterable[bytes]:
        """The Price List's JSON protocol, and for spot prices EC2's of forms and XML."""
        if environ["HTTP_X_AMZ_TARGET"] == SPOT:
            form = Request(environ).form.items()
            history = self.spot_call([value for name, value in form if name.startswith("InstanceType.")])
            return Response(_xml(history), content_type="text/xml")(environ, start_response)
        text = json.dumps(self.call(json.loads(Request(environ).get_data() or b"{}")))
        return Response(text, content_type="application/x-amz-json-1.1")(environ, start_response)

    def answer(self, params: Params) -> Params:
        """GetProducts: one product for a type that the table has, none for others."""
        filters = {field["Field"]: field["Value"] for field in params["Filters"]}
        if filters.get("productFamily") == "Storage":
            return self._volume(params["ServiceCode"], filters)
        ec2_and_emr = EC2_AND_EMR.get(filters["instanceType"])
        if ec2_and_emr is None or filters.get("regionCode") != self._region:
            return {"FormatVersion": "aws_v1", "PriceList": []}
        price = ec2_and_emr[params["ServiceCode"] == "ElasticMapReduce"]
        return {"FormatVersion": "aws_v1", "PriceList": [json.dumps(_product(params["ServiceCode"], filters, price))]}

    def _volume(self, service: str, filters: dict[str, str]) -> Params:
        price = EBS.get(filters["volumeApiName"]) if filters.get("regionCode") == self._region else None
        products = [json.dumps(_product(service, filters, price, "GB-Mo"))] if price else []
        return {"FormatVersion": "aws_v1", "PriceList": products}

    def spot(self, instance_types: list[str]) -> list[Params]:
        """What spot costs now in each zone."""
        return [
            {
                "InstanceType": name,
                "ProductDescription": "Linux/UNIX",
                "SpotPrice": f"{float(EC2_AND_EMR[name][0]) * share:.6f}",
                "AvailabilityZone": zone,
                "Timestamp": self._clock.now().isoformat(),
            }
            for name in instance_types
            if name in EC2_AND_EMR
            for zone, share in SPOT_OF_ON_DEMAND.items()
        ]


def name_the_target(environ: Params) -> None:
    """Give a request to EC2 for spot prices a target of its own. EC2 names the action in the form, which stays readable."""
    if "/ec2/aws4_request" in environ.get("HTTP_AUTHORIZATION", ""):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        if b"Action=DescribeSpotPriceHistory&" in body:
            environ["HTTP_X_AMZ_TARGET"] = SPOT


def _xml(prices: list[Params]) -> str:
    """An answer of EC2, whose members begin with a small letter."""
    items = (
        "".join(f"<{name[0].lower()}{name[1:]}>{value}</{name[0].lower()}{name[1:]}>" for name, value in price.items())
        for price in prices
    )
    history = "".join(f"<item>{item}</item>" for item in items)
    answer = f"<requestId>r</requestId><spotPriceHistorySet>{history}</spotPriceHistorySet><nextToken/>"
    return f'<DescribeSpotPriceHistoryResponse xmlns="{_NAMESPACE}">{answer}</DescribeSpotPriceHistoryResponse>'


def _product(service: str, attributes: dict[str, str], price: str, unit: str = "Hrs") -> Params:
    dimension = {"unit": unit, "pricePerUnit": {"USD": price}, "beginRange": "0", "endRange": "Inf"}
    term = {"priceDimensions": {"SKU.TERM.RATE": dimension}, "effectiveDate": "2024-01-01T00:00:00Z"}
    return {
        "product": {"productFamily": "Compute Instance", "attributes": {"servicecode": service, **attributes}},
        "serviceCode": service,
        "terms": {"OnDemand": {"SKU.TERM": term}},
    }
