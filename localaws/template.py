"""The deployment's template, reduced to what moto can make."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from moto.cloudformation.models import Stack
from samtranslator.translator.transform import transform

from localaws.patching import replace

Template = dict[str, Any]

CODE_BUCKET, CODE_KEY = "atmo-local-deployment", "deployment.zip"
_HTTP = ("AWS::Serverless::Api", "AWS::ApiGateway::", "AWS::ApiGatewayV2::", "AWS::Serverless::HttpApi")


# moto's CloudFormation does not make these.
_NOT_MADE = (
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::S3::BucketPolicy",
)


def for_moto(packaged: Template, project: Path, parameters: dict[str, str], region: str) -> Template:
    """The packaged template as plain CloudFormation: without API Gateway, and with the state machines' text in it."""
    template = without_http(packaged)
    machines = _take_machines(template, project)
    for function in _of_type(template, "AWS::Serverless::Function").values():
        function["Properties"]["CodeUri"] = f"s3://{CODE_BUCKET}/{CODE_KEY}"
    translated: Template = transform(template, dict(parameters), _NoManagedPolicies())
    made = translated["Resources"].items()
    translated["Resources"] = {name: made for name, made in made if made["Type"] not in _NOT_MADE}
    for name, (text, substitutions) in machines.items():
        properties = translated["Resources"][name]["Properties"]
        for unknown in ("DefinitionS3Location", "DefinitionSubstitutions"):
            properties.pop(unknown, None)
        properties["DefinitionString"] = substituted(text, substitutions)
    return translated


class _NoManagedPolicies:
    """SAM asks IAM for the names of AWS's managed policies; our roles spell out what they allow."""

    def load(self) -> dict[str, str]:
        return {}


def _of_type(template: Template, kind: str) -> dict[str, Any]:
    return {name: made for name, made in template["Resources"].items() if made.get("Type", "") == kind}


def read_json_as_json() -> None:
    """moto reads every template as YAML first, by Python alone; one in JSON is read as what it is."""

    def reading(original: Any) -> Any:
        def parse(text: str) -> Template:
            return json.loads(text) if text.startswith("{") else original(text)  # type: ignore[no-any-return]

        return staticmethod(parse)

    replace(Stack, "parse_template", reading)


def _take_machines(template: Template, project: Path) -> dict[str, tuple[str, dict[str, Any]]]:
    taken = {}
    for name, machine in _of_type(template, "AWS::Serverless::StateMachine").items():
        properties = machine["Properties"]
        text = (project / properties["DefinitionUri"]).read_text()
        taken[name] = (text, properties.get("DefinitionSubstitutions", {}))
        properties["DefinitionUri"] = {"Bucket": CODE_BUCKET, "Key": name}
    return taken


def substituted(text: str, substitutions: dict[str, Any]) -> Any:
    """`text` as CloudFormation would fill it: a join of its pieces and the substitutions' own expressions."""
    pieces: list[Any] = [json.dumps(json.loads(text))]
    for name, value in substitutions.items():
        pieces = [part for piece in pieces for part in _split(piece, "${" + name + "}", value)]
    return {"Fn::Join": ["", pieces]}


def _split(piece: Any, mark: str, value: Any) -> list[Any]:
    if not isinstance(piece, str):
        return [piece]
    parts: list[Any] = []
    for text in piece.split(mark):
        parts += [text, value]
    return parts[:-1]


def without_http(packaged: Template) -> Template:
    """A copy without API Gateway, which moto cannot make from SAM: Chalice's own server answers HTTP here."""
    template: Template = json.loads(json.dumps(packaged))
    gone = {name for name, made in template["Resources"].items() if made.get("Type", "").startswith(_HTTP)}
    for name, made in list(template["Resources"].items()):
        if name in gone or (made.get("Type", "") == "AWS::Lambda::Permission" and _mentions(made, gone)):
            del template["Resources"][name]
    for function in _of_type(template, "AWS::Serverless::Function").values():
        events = function["Properties"].get("Events", {})
        function["Properties"]["Events"] = {
            name: event for name, event in events.items() if event["Type"] not in ("Api", "HttpApi")
        }
    for kind in ("Api", "HttpApi"):
        template.get("Globals", {}).pop(kind, None)
    outputs = template.get("Outputs", {}).items()
    template["Outputs"] = {name: output for name, output in outputs if not _mentions(output, gone)}
    template["Resources"] = _rewrite(template["Resources"], lambda node: _unlink(node, gone))
    return template


def _mentions(node: Any, names: set[str]) -> bool:
    text = json.dumps(node)
    return any(f'"{name}"' in text or f"${{{name}}}" in text or f"${{{name}." in text for name in names)


def _unlink(node: Any, gone: set[str]) -> Any:
    """References to what is left out become its name: a dashboard may draw the API's metrics."""
    if isinstance(node, dict) and node.get("Ref") in gone:
        return node["Ref"]
    if isinstance(node, str):
        for name in gone:
            node = node.replace(f"${{{name}}}", name)
    if isinstance(node, dict) and isinstance(node.get("DependsOn"), (str, list)):
        depends = [node["DependsOn"]] if isinstance(node["DependsOn"], str) else node["DependsOn"]
        node = {**node, "DependsOn": [name for name in depends if name not in gone]}
    return node


def _rewrite(node: Any, change: Callable[[Any], Any]) -> Any:
    node = change(node)
    if isinstance(node, dict):
        return {key: _rewrite(value, change) for key, value in node.items()}
    if isinstance(node, list):
        return [_rewrite(value, change) for value in node]
    return node
