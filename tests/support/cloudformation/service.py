"""The operations of CloudFormation that a deployment calls, with their refusals."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from boto3 import Session
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from tests.support.cloudformation.resources import Failed, check_changed, check_made, fixed_name, replaces
from tests.support.cloudformation.stacks import StackRecord, changes_of, check_import, invalid

FINAL = {"CREATE": "CREATE_COMPLETE", "UPDATE": "UPDATE_COMPLETE", "IMPORT": "IMPORT_COMPLETE"}
UPDATABLE = {*FINAL.values(), "UPDATE_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"}
NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."


class CloudFormation:
    """`account` has what exists: (type, name) -> properties. `faults` fail a resource's next change: logical id -> reason."""

    def __init__(self, account_id: str, region: str) -> None:
        self.account: dict[tuple[str, str], dict[str, Any]] = {}
        self.faults: dict[str, str] = {}
        self.templates: dict[str, dict[str, Any]] = {}
        self.stacks: dict[str, StackRecord] = {}
        self.executed: list[str] = []
        self.known = {"AWS::AccountId": account_id, "AWS::Region": region, "AWS::Partition": "aws"}
        self._numbers = itertools.count(1)
        self._change_sets: dict[tuple[str, str], dict[str, Any]] = {}

    def upload(self, template: Mapping[str, Any]) -> str:
        """What S3 does for a deployment."""
        url = f"https://bucket/{len(self.templates)}.json"
        self.templates[url] = json.loads(json.dumps(template))
        return url

    # ---- what CloudFormation answers; the arguments are boto3's ----

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803
        stack = self._stack(StackName)
        parameters = [{"ParameterKey": name, "ParameterValue": value} for name, value in stack.parameters.items()]
        outputs = [
            {"OutputKey": "EndpointURL", "OutputValue": "https://abc.execute-api.eu-central-1.amazonaws.com/portal/"}
        ]
        return {"Stacks": [{"StackStatus": stack.status, "Parameters": parameters, "Outputs": outputs}]}

    def create_change_set(self, StackName: str, ChangeSetName: str, ChangeSetType: str, **request: Any) -> None:  # noqa: N803
        stack = self._ready(StackName, ChangeSetType)
        parameters = self._values(stack, request.get("Parameters", []))
        template = self._plain(self.templates[request["TemplateURL"]], parameters, ChangeSetType)
        if missing := sorted(set(template.get("Parameters", {})) - set(parameters)):
            raise invalid(f"Parameters: [{', '.join(missing)}] must have values")
        imported = {each["LogicalResourceId"]: each for each in request.get("ResourcesToImport", [])}
        if ChangeSetType == "IMPORT":
            check_import(stack, template, imported)
        changes = list(changes_of(stack, template, imported, {**self.known, **parameters}))
        same = not changes and parameters == stack.parameters and stack.status != "REVIEW_IN_PROGRESS"
        self._change_sets[StackName, ChangeSetName] = {
            "Status": "FAILED" if same else "CREATE_COMPLETE", "StatusReason": NO_CHANGES if same else "", "Changes": changes,
            "kind": ChangeSetType, "template": template, "parameters": parameters, "imported": imported,
        }  # fmt: skip

    def describe_change_set(self, StackName: str, ChangeSetName: str) -> dict[str, Any]:  # noqa: N803
        return self._change_sets[StackName, ChangeSetName]

    def delete_change_set(self, StackName: str, ChangeSetName: str) -> None:  # noqa: N803
        del self._change_sets[StackName, ChangeSetName]

    def execute_change_set(self, StackName: str, ChangeSetName: str) -> None:  # noqa: N803
        change_set, stack = self._change_sets.pop((StackName, ChangeSetName)), self._stack(StackName)
        kind = change_set["kind"]
        self.executed.append(kind)
        self._event(stack, stack.name, f"{kind}_IN_PROGRESS", "User Initiated")
        before = (deepcopy(self.account), deepcopy(stack.template), dict(stack.parameters), dict(stack.resources))
        first = stack.status == "REVIEW_IN_PROGRESS"
        stack.parameters = change_set["parameters"]
        try:
            self._apply(stack, change_set["template"], change_set["imported"])
        except Failed:
            self._roll_back(stack, before, kind, first)
        else:
            stack.template, stack.status = change_set["template"], FINAL[kind]

    def delete_stack(self, StackName: str, RetainResources: tuple[str, ...] = ()) -> None:  # noqa: N803
        stack = self._stack(StackName)
        if RetainResources and stack.status != "DELETE_FAILED":
            raise invalid(
                f"Invalid operation on stack [{StackName}]. RetainResources can be used only on DELETE_FAILED stacks."
            )
        self._event(stack, stack.name, "DELETE_IN_PROGRESS", "User Initiated")
        try:
            for logical_id in list(stack.resources):
                self._delete(stack, logical_id, keep=logical_id in RetainResources)
        except Failed:
            stack.status = "DELETE_FAILED"
        else:
            del self.stacks[StackName]

    def describe_stack_events(self, StackName: str) -> dict[str, Any]:  # noqa: N803
        return {"StackEvents": list(reversed(self._stack(StackName).events))}

    def get_template(self, StackName: str, TemplateStage: str) -> dict[str, Any]:  # noqa: N803
        assert TemplateStage == "Processed"
        return {"TemplateBody": deepcopy(self._stack(StackName).template)}

    def get_paginator(self, operation: str) -> CloudFormation:
        assert operation == "list_stack_resources"
        return self

    def paginate(self, StackName: str) -> list[dict[str, Any]]:  # noqa: N803
        stack = self._stack(StackName)
        summary = [
            {
                "LogicalResourceId": name,
                "PhysicalResourceId": made,
                "ResourceType": stack.template["Resources"][name]["Type"],
                "ResourceStatus": "DELETE_FAILED" if name in stack.undeletable else "CREATE_COMPLETE",
            }
            for name, made in stack.resources.items()
        ]
        return [{"StackResourceSummaries": summary}]

    # ---- how it comes to that ----

    def _stack(self, name: str) -> StackRecord:
        if name not in self.stacks:
            raise invalid(f"Stack with id {name} does not exist")
        return self.stacks[name]

    def _ready(self, name: str, kind: str) -> StackRecord:
        stack = self.stacks.get(name)
        under_review = stack is None or stack.status == "REVIEW_IN_PROGRESS"
        if kind == "CREATE" and not under_review:
            raise invalid(f"Stack [{name}] already exists and cannot be created again with the changeSet.")
        if kind == "UPDATE" and under_review:
            raise invalid(f"Stack [{name}] does not exist")
        if stack and not under_review and stack.status not in UPDATABLE:
            raise invalid(f"Stack:{name} is in {stack.status} state and can not be updated.")
        return self.stacks.setdefault(name, StackRecord(name))

    def _values(self, stack: StackRecord, requested: list[dict[str, Any]]) -> dict[str, str]:
        return {
            each["ParameterKey"]: stack.parameters[each["ParameterKey"]]
            if each.get("UsePreviousValue")
            else each["ParameterValue"]
            for each in requested
        }

    def _plain(self, template: dict[str, Any], parameters: dict[str, str], kind: str) -> dict[str, Any]:
        template = deepcopy(template)
        for name, declared in template.get("Parameters", {}).items():
            if name not in parameters and "Default" in declared:
                parameters[name] = str(declared["Default"])
        if "Transform" not in template:
            return template
        if kind == "IMPORT":
            raise invalid("Transforms are not supported in a change set of the type IMPORT.")
        translator = Translator(None, Parser(), boto_session=Session(region_name=self.known["AWS::Region"]))
        return dict(translator.translate(template, dict(parameters)))

    def _apply(self, stack: StackRecord, template: Mapping[str, Any], imported: Mapping[str, Any]) -> None:
        known = {**self.known, **stack.parameters}
        for logical_id, resource in template["Resources"].items():
            if logical_id in imported:
                stack.resources[logical_id] = next(iter(imported[logical_id]["ResourceIdentifier"].values()))
            else:
                self._make(stack, logical_id, resource, known)
        for logical_id in [name for name in stack.resources if name not in template["Resources"]]:
            self._delete(stack, logical_id)

    def _make(self, stack: StackRecord, logical_id: str, resource: Mapping[str, Any], known: Mapping[str, str]) -> None:
        made_up = stack.resources.get(logical_id) or f"{stack.name}-{logical_id}-{next(self._numbers)}"
        name = fixed_name(resource, known) or made_up
        old = stack.template["Resources"].get(logical_id) if logical_id in stack.resources else None
        new = (resource["Type"], name)
        try:
            if reason := self.faults.pop(logical_id, ""):
                raise Failed(reason)
            if old:
                same_name = stack.resources[logical_id] == name
                check_changed(old, resource, same_name and bool(replaces(old, resource, known)), name)
            if not old or stack.resources[logical_id] != name:
                check_made(resource, name, new in self.account)
        except Failed as failure:
            self._event(stack, logical_id, "UPDATE_FAILED" if old else "CREATE_FAILED", str(failure))
            raise
        self.account[new] = dict(resource.get("Properties", {}))
        stack.resources[logical_id] = name

    def _delete(self, stack: StackRecord, logical_id: str, keep: bool = False) -> None:
        resource = stack.template["Resources"][logical_id]
        if not keep and not str(resource.get("DeletionPolicy", "")).startswith("Retain"):
            if reason := self.faults.pop(logical_id, ""):
                self._event(stack, logical_id, "DELETE_FAILED", reason)
                stack.undeletable.append(logical_id)
                raise Failed(reason)
            self.account.pop((resource["Type"], stack.resources[logical_id]), None)
        del stack.resources[logical_id]

    def _roll_back(self, stack: StackRecord, before: Any, kind: str, first: bool) -> None:
        """What this operation made goes, which is all that RetainExceptOnCreate allows to be deleted; the rest is as it was."""
        self.account.clear()
        self.account.update(before[0])
        _, stack.template, stack.parameters, stack.resources = before
        operation = "IMPORT" if kind == "IMPORT" else "UPDATE"
        stack.status = "ROLLBACK_COMPLETE" if first and kind == "CREATE" else f"{operation}_ROLLBACK_COMPLETE"

    def _event(self, stack: StackRecord, logical_id: str, status: str, reason: str) -> None:
        stack.events.append({"LogicalResourceId": logical_id, "ResourceStatus": status, "ResourceStatusReason": reason})
