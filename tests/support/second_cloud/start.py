"""Starts MiniStack, an emulator of AWS that others wrote, with what it lacks filled in. Run by its own Python, never by ours.

Each function below fills one gap of version 1.5.33 and says which; nothing here stands in for anything that it has.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlparse

from ministack import app
from ministack.services import ec2, eventbridge, stepfunctions
from ministack.services.cloudformation import changesets, engine, handlers, helpers, provisioners, stacks


def find_templates_by_virtual_host() -> None:
    """`https://bucket.s3.region.amazonaws.com/key`, the address that S3 itself names, is looked for by its path only."""
    by_path = helpers._resolve_document

    def resolve(params: Any, body_key: str, url_key: str, label: str) -> Any:
        parsed = urlparse(helpers._p(params, url_key) or "")
        bucket, dot, _ = (parsed.hostname or "").partition(".s3.")
        if dot and bucket:
            params = {**params, url_key: f"http://localhost/{bucket}{parsed.path}"}
        return by_path(params, body_key, url_key, label)

    helpers._resolve_document = resolve


def call_emr_from_machines() -> None:
    """It has EMR, and tasks of `aws-sdk`, but not the one in the other."""
    stepfunctions._AWS_SDK_SERVICE_MAP["emr"] = {
        "target_prefix": "ElasticMapReduce", "protocol": "json", "service_key": "elasticmapreduce",
    }  # fmt: skip
    stepfunctions._AWS_SDK_ERROR_PREFIX["emr"] = "Emr"


def compute_timeouts() -> None:
    """`TimeoutSeconds` may be an expression: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html"""
    execute = stepfunctions._execute_task

    def with_timeout(state_def: Any, raw_input: Any, execution: Any, ctx: Any) -> Any:
        seconds = state_def.get("TimeoutSeconds")
        if isinstance(seconds, str):
            seconds = stepfunctions._apply_jsonata_template(seconds, raw_input, ctx)
            state_def = {**state_def, "TimeoutSeconds": int(seconds)}
        return execute(state_def, raw_input, execution, ctx)

    stepfunctions._execute_task = with_timeout


def take_alarms_on_expressions() -> None:
    """Alarms on an expression of metrics are refused. They are made on the first of the metrics, and raised by nobody here."""
    record = provisioners._cw_metric_alarm_record

    def recorded(name: str, props: Any) -> Any:
        if metrics := props.get("Metrics"):
            first = next(each["MetricStat"] for each in metrics if "MetricStat" in each)
            plain = {key: value for key, value in props.items() if key != "Metrics"}
            props = plain | first["Metric"] | {"Period": first["Period"], "Statistic": first["Stat"]}
        return record(name, props)

    provisioners._cw_metric_alarm_record = recorded


def split_in_conditions() -> None:
    """`Fn::Split` within a condition is left as it stands."""
    evaluate = engine._evaluate_conditions

    def filled(value: Any, params: Any) -> Any:
        if isinstance(value, list):
            return [filled(each, params) for each in value]
        if not isinstance(value, dict):
            return value
        if "Fn::Split" in value:
            by, text = value["Fn::Split"]
            return str(params[text["Ref"]]["Value"]).split(by)
        return {key: filled(each, params) for key, each in value.items()}

    def evaluated(template: Any, params: Any) -> Any:
        return evaluate({**template, "Conditions": filled(template.get("Conditions", {}), params)}, params)

    for module in (engine, changesets, handlers, stacks):
        if hasattr(module, "_evaluate_conditions"):
            module._evaluate_conditions = evaluated


def make_other_resources() -> None:
    """Rules of security groups as resources of their own, and EMR's security configurations, are not made."""

    def make_rule(logical_id: str, props: Any, stack_name: str) -> Any:
        group = ec2._security_groups[props["GroupId"]]
        (rule,) = provisioners._ec2_sg_permissions([props])
        group["IpPermissions"].append(rule)
        return f"{stack_name}-{logical_id}", {"rule": rule}

    def end_rule(physical_id: str, props: Any) -> None:
        """Goes with its group."""

    def make_configuration(logical_id: str, props: Any, stack_name: str) -> Any:
        return props.get("Name", f"{stack_name}-{logical_id}"), {}

    provisioners._RESOURCE_HANDLERS |= {
        "AWS::EC2::SecurityGroupIngress": {"create": make_rule, "delete": end_rule},
        "AWS::EMR::SecurityConfiguration": {"create": make_configuration, "delete": end_rule},
    }


def let_emr_speak() -> None:
    """Its EMR sends no events, so the test sends them; as on AWS, only a service may speak as a service."""
    put = eventbridge._put_events

    def put_events(data: Any, allow_aws_source: bool = False) -> Any:
        of_emr = all(entry.get("Source") == "aws.emr" for entry in data.get("Entries", []))
        return put(data, allow_aws_source or of_emr)

    eventbridge._put_events = put_events


find_templates_by_virtual_host()
let_emr_speak()
make_other_resources()
split_in_conditions()
call_emr_from_machines()
compute_timeouts()
take_alarms_on_expressions()
app.main()
