"""An idle month costs less than a dollar besides the key of the clusters' disks, which can be one's own."""

from __future__ import annotations

import json
import re
from decimal import Decimal

from deployment.idle_bill import FREE_METRICS, lines, total
from docs.idle_bill import page
from tests.packaging.conftest import ROOT, Packaged


def test_an_idle_month_costs_less_than_a_dollar(packaged: Packaged) -> None:
    bill = list(lines(packaged.template))
    keys = [line for line in bill if "KMS" in line.what]
    assert total(bill) - total(keys) < 1
    assert total(keys) == Decimal(1)
    (key,) = packaged.resources("AWS::KMS::Key")
    assert packaged.template["Resources"][key]["Condition"] == "MakesDisksKey"


def test_the_dashboard_is_free(packaged: Packaged) -> None:
    ((name, dashboard),) = packaged.resources("AWS::CloudWatch::Dashboard").items()
    widgets = json.loads(dashboard["DashboardBody"]["Fn::Sub"])["widgets"]
    shown = [metric for widget in widgets for metric in widget["properties"].get("metrics", [])]
    assert 20 < len(shown) <= FREE_METRICS
    assert packaged.template["Resources"][name]["Condition"] == "HasDashboard"


def test_the_dashboard_shows_what_there_is(packaged: Packaged) -> None:
    """Metrics that we write, by the table of docs/architecture.md, and functions that there are."""
    body = packaged.resources("AWS::CloudWatch::Dashboard")["Overview"]["DashboardBody"]["Fn::Sub"]
    widgets = [widget["properties"] for widget in json.loads(body)["widgets"]]
    shown = [metric for widget in widgets for metric in widget.get("metrics", [])]
    documented = (ROOT / "docs" / "architecture.md").read_text().partition("# Metrics")[2]
    assert [metric[1] for metric in shown if metric[0] == "atmo" and f"`{metric[1]}`" not in documented] == []
    functions = packaged.resources("AWS::Serverless::Function").values()
    names = {function["FunctionName"]["Fn::Sub"] for function in functions}
    assert {metric[3] for metric in shown if metric[0] == "AWS/Lambda"} == names
    (by_release,) = [widget["query"] for widget in widgets if "query" in widget]
    sources = set(re.findall(r"SOURCE '/aws/lambda/([^']+)'", by_release))
    assert sources < names
    assert all(f"`{metric}`" in documented for metric in re.findall(r"ispresent\((\w+)\)", by_release))


def test_the_page_is_up_to_date() -> None:
    assert (ROOT / "docs" / "idle-bill.md").read_text() == page(), "Run make docs."


def test_everything_that_is_charged_by_the_hour_has_a_line(packaged: Packaged) -> None:
    """Of what the stack makes, only alarms, keys and ticks cost something while nobody uses it."""
    kinds = {resource["Type"] for resource in packaged.template["Resources"].values()}
    by_the_hour = (
        "AWS::EC2::NatGateway",
        "AWS::EC2::VPCEndpoint",
        "AWS::ElasticLoadBalancing",
        "AWS::WAFv2",
        "AWS::RDS",
        "AWS::EFS",
    )
    assert not [kind for kind in kinds if kind.startswith(by_the_hour)]
    tables = packaged.resources("AWS::DynamoDB::Table")
    assert not [name for name, table in tables.items() if "SSESpecification" in table], "KMS would charge by request"
