"""What is left out of the template, and what stands in for it."""

from __future__ import annotations

from typing import Any

from localaws.template import substituted, without_http

PACKAGED: dict[str, Any] = {
    "Globals": {"Function": {"Timeout": 3}, "Api": {"TracingEnabled": True}},
    "Resources": {
        "RestAPI": {"Type": "AWS::Serverless::Api", "Properties": {}},
        "MayCall": {"Type": "AWS::Lambda::Permission", "Properties": {"SourceArn": {"Fn::Sub": "arn/${RestAPI}/*"}}},
        "MayTick": {"Type": "AWS::Lambda::Permission", "Properties": {"Principal": "events.amazonaws.com"}},
        "Handler": {
            "Type": "AWS::Serverless::Function",
            "DependsOn": ["RestAPI", "Table"],
            "Properties": {"Events": {"Get": {"Type": "Api"}, "Tick": {"Type": "Schedule"}}},
        },
        "Board": {"Type": "AWS::CloudWatch::Dashboard", "Properties": {"DashboardBody": {"Ref": "RestAPI"}}},
    },
    "Outputs": {"Url": {"Value": {"Fn::Sub": "https://${RestAPI}.aws"}}, "Name": {"Value": {"Ref": "Handler"}}},
}


def test_api_gateway_is_left_out_with_all_that_needs_it() -> None:
    left = without_http(PACKAGED)
    assert set(left["Resources"]) == {"MayTick", "Handler", "Board"}
    assert left["Resources"]["Handler"]["Properties"]["Events"] == {"Tick": {"Type": "Schedule"}}
    assert left["Resources"]["Handler"]["DependsOn"] == ["Table"]
    assert left["Resources"]["Board"]["Properties"]["DashboardBody"] == "RestAPI"
    assert set(left["Outputs"]) == {"Name"}
    assert left["Globals"] == {"Function": {"Timeout": 3}}


def test_the_packaged_template_stays_as_it_is() -> None:
    without_http(PACKAGED)
    assert set(PACKAGED["Resources"]) == {"RestAPI", "MayCall", "MayTick", "Handler", "Board"}


def test_substitutions_are_cloudformations_to_resolve() -> None:
    arn = {"Fn::GetAtt": ["Task", "Arn"]}
    assert substituted('{"a": "${Arn}", "b": ["${Arn}", "${Other}"]}', {"Arn": arn}) == {
        "Fn::Join": ["", ['{"a": "', arn, '", "b": ["', arn, '", "${Other}"]}']]
    }
