"""Bringing a stack to what a template and values say, from whatever state it is in."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from deployment import changes, imports, indexes
from deployment.parameters import ANYBODY, problems
from deployment.stack import ChangeSet, DeploymentFailed, Stack
from deployment.states import Way, refusal, way_from
from deployment.values import effective, parameter_values

Template = dict[str, Any]


@dataclass(frozen=True)
class Rollout:
    """One deployment of one stage.

    Args:
        session: reaches the account; asked for what outlived an earlier stack.
        upload: puts a template where CloudFormation reads it, and returns its address.
        known: values of pseudo parameters.
        overrides: values that parameters get; others keep theirs.
        replace_data: whether a table or a bucket may be replaced by an empty one.
    """

    session: Any
    stack: Stack
    stage: str
    template: Template
    upload: Callable[[Template], str]
    known: Mapping[str, str]
    overrides: Mapping[str, str]
    replace_data: bool = False
    say: Callable[[str], None] = field(default=print)

    @property
    def declared(self) -> Mapping[str, Any]:
        return dict(self.template["Parameters"])

    def run(self) -> bool:
        """Deploys. False where the stack was up to date.

        Raises:
            DeploymentFailed: a value is missing or unsafe, the stack's state allows nothing, or CloudFormation rolled back.
        """
        self._check_values()
        way = self._cleared_way()
        self._take_over(self.left_behind())
        if way is Way.CREATE and not self.stack.status():
            return self._change("CREATE", self.template)
        steps = list(indexes.updates(self.stack.template(), self.template))
        if len(steps) > 1:
            self.say(f"DynamoDB changes one index of a table at a time: this takes {len(steps)} updates.")
        changed = [self._change("UPDATE", template) for template in steps]
        return any(changed)

    def preview(self) -> list[str]:
        """What `run` would do, in words; nothing of the stack is changed.

        Raises:
            DeploymentFailed: as `run`, as far as that is known before.
        """
        self._check_values()
        status = self.stack.status()
        way = way_from(status)
        if way is Way.WAIT:
            return [f"{self.stack.name} is in the state {status}: deploying would wait until that has ended."]
        self._refuse_unless(way, status)
        if way is Way.CREATE_ANEW:
            return [f"{self.stack.name} was never created ({status}): it would be deleted, then created."]
        if left := self.left_behind():
            lines = [f"  take over {each.name} ({each.type})" for each in left]
            return ["What outlived an earlier stack would be taken over; the rest can be told only then.", *lines]
        change_set = self._prepare("CREATE" if way is Way.CREATE else "UPDATE", self.template)
        if change_set is None:
            return [f"Stack {self.stack.name} is up to date."]
        self.stack.discard(change_set.name)
        return list(changes.described(change_set.changes, _coloured()))

    def left_behind(self) -> list[imports.Retained]:
        """What the template would create and the account already has."""
        present = self.stack.resources() if self.stack.current() else {}
        values = {**self.known, **effective(self.declared, self.overrides, self.stack.parameters())}
        missing = [each for each in imports.retained(self.template, values) if each.logical_id not in present]
        return imports.existing(self.session, missing)

    def _check_values(self) -> None:
        before = self.stack.parameters()
        values = effective(self.declared, self.overrides, before)
        unknown = {name: value for name, value in self.overrides.items() if name not in self.declared}
        if wrong := list(problems({**values, **unknown}, self.declared)):
            raise DeploymentFailed("\n".join(wrong))
        if missing := parameter_values(self.declared, self.overrides, before)[1]:
            raise DeploymentFailed(
                f"Set {', '.join(missing)} in .chalice/parameters/{self.stage}.json; see docs/deploy.md."
            )

    def _cleared_way(self) -> Way:
        """Waits for what goes on, and deletes what was never created."""
        status = self.stack.status()
        way = way_from(status)
        if way is Way.WAIT:
            self.say(f"{self.stack.name} is in the state {status}; waiting until that has ended ...")
            status = self.stack.settle()
            way = way_from(status)
        self._refuse_unless(way, status)
        if way is Way.CREATE_ANEW:
            self.say(
                f"{self.stack.name} was never created ({status}): deleting what is left of it, then creating it ..."
            )
            self.stack.delete()
            return Way.CREATE
        return way

    def _refuse_unless(self, way: Way, status: str | None) -> None:
        if way is Way.REFUSE:
            raise DeploymentFailed(refusal(self.stack.name, self.stage, str(status), self.stack.failures()))

    def _take_over(self, left: list[imports.Retained]) -> None:
        if not left:
            return
        self.say(f"Taking over what outlived an earlier stack: {', '.join(each.name for each in left)} ...")
        before = self.stack.template() if self.stack.current() else None
        values = {**self.known, **effective(self.declared, self.overrides, self.stack.parameters())}
        template = imports.with_imported(before, self.template, left, values)
        had = [{"ParameterKey": name, "UsePreviousValue": True} for name in template.get("Parameters", {})]
        request = {"Parameters": had, "ResourcesToImport": [each.reference() for each in left]}
        change_set = self.stack.prepare("IMPORT", TemplateURL=self.upload(template), **request)
        if change_set:
            self.stack.execute(change_set)

    def _change(self, kind: str, template: Template) -> bool:
        change_set = self._prepare(kind, template)
        if change_set is None:
            return False
        for line in changes.described(change_set.changes, _coloured()):
            self.say(line)
        lost = changes.data_at_risk(change_set.changes)
        if lost and not self.replace_data:
            self.stack.discard(change_set.name)
            raise DeploymentFailed(
                f"{', '.join(lost)} would be replaced by something empty. If that is what you want, say REPLACE_DATA=yes."
            )
        self.stack.execute(change_set)
        return True

    def _prepare(self, kind: str, template: Template) -> ChangeSet | None:
        overrides = {name: value for name, value in self.overrides.items() if name != ANYBODY}
        values, _ = parameter_values(self.declared, overrides, self.stack.parameters())
        tags = [{"Key": "Application", "Value": "atmo"}, {"Key": "Environment", "Value": self.stage}]
        return self.stack.prepare(kind, TemplateURL=self.upload(template), Parameters=values, Tags=tags)


def _coloured() -> bool:
    return sys.stdout.isatty()
