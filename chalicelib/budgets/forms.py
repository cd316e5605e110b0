"""What is filled in about budgets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Annotated, Any

from chalicelib.budgets import policy, rules
from chalicelib.budgets.caps import Cap
from chalicelib.budgets.rules import Budget, Policy
from chalicelib.core.choices import Choice
from chalicelib.core.errors import Invalid
from chalicelib.core.fields import Checked, Form, choice, refuse, text, whole_number
from chalicelib.core.limits import LIMITS
from chalicelib.site_settings.names import MAX_NAMES, by_name

AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")
USUAL = Budget("")
"""What a budget has where it is not filled in; only an amount must be."""
FIELDS = asdict(USUAL)


def _budget(value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
    """One budget, whole."""
    if not isinstance(value, Mapping):
        refuse('Give an object with an amount, such as {"amount": "100.00"}, or null.')
    if unknown := [str(name)[: LIMITS.name] for name in value if name not in FIELDS]:
        refuse(f"A budget has no field named {unknown[0]}. It has {', '.join(FIELDS)}.")
    budget = FIELDS | dict(value)
    if not isinstance(budget["amount"], str) or not AMOUNT.fullmatch(budget["amount"]):
        refuse('Give the amount as US dollars in digits, such as "100.00".')
    for name in ("tell_at", "refuse_at"):
        if (
            isinstance(budget[name], bool)
            or not isinstance(budget[name], int)
            or budget[name] not in LIMITS.budget_percent
        ):
            refuse(f"Give {name} as a whole number from {LIMITS.budget_percent}.")
    if not isinstance(budget["hard"], bool):
        refuse("Give hard as true or false.")
    return budget


def _budgets(value: Any, context: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Budgets by the name of a group or a person, or the id of a job."""
    return {name: _budget(one, context) for name, one in by_name(value, "budget").items()}


_PERCENT = {"type": "integer", "minimum": LIMITS.budget_percent.low, "maximum": LIMITS.budget_percent.high}
_FIELDS: dict[str, dict[str, Any]] = {
    "amount": {"type": "string", "pattern": f"^{AMOUNT.pattern}$", "examples": ["100.00"]},
    "tell_at": _PERCENT,
    "refuse_at": _PERCENT,
    "hard": {"type": "boolean"},
}
_ONE = {"type": "object", "properties": _FIELDS}
OneBudget = Annotated[dict[str, Any], Checked(_budget, _ONE)]
_BY_NAME = {"type": "object", "additionalProperties": _ONE}
NamedBudgets = Annotated[dict[str, dict[str, Any]], Checked(_budgets, _BY_NAME)]


def _of_groups(value: Any, context: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Budgets by the name of a group."""
    budgets = _budgets(value, context)
    if len(budgets) > rules.MAX_GROUPS:
        refuse(f"Up to {rules.MAX_GROUPS} groups may have budgets.")
    return budgets


GroupBudgets = Annotated[dict[str, dict[str, Any]], Checked(_of_groups, _BY_NAME | {"maxProperties": rules.MAX_GROUPS})]
Note = Annotated[str, text("Say in up to {limit:,} characters why.", LIMITS.reason)]


def _cap(value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
    """What one may cost, whole."""
    if not isinstance(value, Mapping):
        refuse('Give an object with an amount, such as {"amount": "20.00"}, or null.')
    if unknown := [str(name)[: LIMITS.name] for name in value if name not in ("amount", "hard")]:
        refuse(
            f"It has no field named {unknown[0]}, but amount and hard: a single one is refused or ended, and nobody is told before."
        )
    known = _budget(value, context)
    return {name: known[name] for name in ("amount", "hard")}


_OF_ONE = {"type": "object", "properties": {name: _FIELDS[name] for name in ("amount", "hard")}}
OneCap = Annotated[dict[str, Any], Checked(_cap, _OF_ONE)]


class BudgetsForm(Form):
    """All budgets of the site, and what a single cluster or run may cost: what is left out has none. Raising or removing one takes
    a note."""

    site: OneBudget | None = None
    everybody: OneBudget | None = None
    groups: GroupBudgets = {}
    people: NamedBudgets = {}
    jobs: NamedBudgets = {}
    cluster: OneCap | None = None
    run: OneCap | None = None
    note: Note | None = None

    def policy(self) -> Policy:
        return policy.of_value(self.model_dump())


class Subject(Choice):
    """Whose budget is given on a page."""

    SITE = "site", "The whole site"
    EVERYBODY = "everybody", "Everybody else"
    GROUP = "group", "One group"
    PERSON = "person", "One person"
    JOB = "job", "One job"
    CLUSTER = "cluster", "Each cluster by itself"
    RUN = "run", "Each run by itself"


class AtEnd(Choice):
    """What becomes of what runs when all is spent."""

    FINISH = "finish", "Let it finish"
    END = "end", "End it"


PARTS = {str(Subject.GROUP): "groups", str(Subject.PERSON): "people", str(Subject.JOB): "jobs"}
"""Where the policy has the budgets of those that have a name."""
CAPPED = (str(Subject.CLUSTER), str(Subject.RUN))
"""What costs something once, and not by the month."""


def subjects_budget(decided: Policy, subject: str, name: str) -> Budget | None:
    """The budget that a page is about, if there is one. A single cluster or run has an amount, and what becomes of it, alone."""
    if subject in CAPPED:
        cap = getattr(decided, subject)
        return replace(USUAL, **asdict(cap)) if cap else None
    named = {subject: getattr(decided, part) for subject, part in PARTS.items()}
    whole = {str(Subject.SITE): decided.site, str(Subject.EVERYBODY): decided.everybody}
    return named[subject].get(name) if subject in named else whole.get(subject)


def _amount(value: Any, context: Mapping[str, Any]) -> str:
    if not isinstance(value, str) or not AMOUNT.fullmatch(value):
        refuse("Give US dollars in digits, such as 100.00.")
    return value


NAMELESS = "Give the name of a group or person, or the id of a job."


class SubjectBudget(Form):
    """One budget on a page; without an amount it is removed."""

    subject: Annotated[str, choice(Subject)]
    name: Annotated[str, text(NAMELESS, LIMITS.owner_name)] | None = None
    amount: Annotated[str, Checked(_amount, {"type": "string", "pattern": f"^{AMOUNT.pattern}$"})] | None = None
    tell_at: Annotated[int, whole_number(LIMITS.budget_percent)] = USUAL.tell_at
    refuse_at: Annotated[int, whole_number(LIMITS.budget_percent)] = USUAL.refuse_at
    at_end: Annotated[str, choice(AtEnd)] = AtEnd.FINISH
    note: Note | None = None

    @staticmethod
    def filled(budget: Budget | None) -> dict[str, Any]:
        """The fields with this budget in them, or with what is usual and no amount where there is none."""
        one = budget or USUAL
        at_end = AtEnd.END if one.hard else AtEnd.FINISH
        return {"amount": one.amount, "tell_at": one.tell_at, "refuse_at": one.refuse_at, "at_end": str(at_end)}

    @property
    def own_name(self) -> str:
        """Of whom or what this is the budget, "" for one that needs no name.

        Raises:
            Invalid: naming the name, where there is none.
        """
        if self.subject not in PARTS:
            return ""
        if not self.name:
            raise Invalid.field("name", NAMELESS)
        return self.name

    def changed(self, before: Policy) -> Policy:
        """All budgets with this one.

        Raises:
            Invalid: naming the name, where there are as many as there may be, or a percentage that a single cluster or run does
                not have. So does `own_name`.
        """
        name = self.own_name
        if self.subject in CAPPED:
            capped: dict[str, Any] = {self.subject: self._cap()}
            return replace(before, **capped)
        budget = Budget(self.amount, self.tell_at, self.refuse_at, self.at_end == AtEnd.END) if self.amount else None
        if not name:
            changes: dict[str, Any] = {self.subject: budget}
            return replace(before, **changes)
        part = PARTS[self.subject]
        named = {**getattr(before, part), name: budget}
        changes = {part: {name: one for name, one in sorted(named.items()) if one}}
        most = rules.MAX_GROUPS if self.subject == str(Subject.GROUP) else MAX_NAMES
        if len(changes[part]) > most:
            raise Invalid.field("name", f"{most} {part} have budgets of their own already: remove one first.")
        return replace(before, **changes)

    def _cap(self) -> Cap | None:
        for field in ("tell_at", "refuse_at"):
            if getattr(self, field) != getattr(USUAL, field):
                message = f"A single {self.subject} has no such percentage. Leave it at {getattr(USUAL, field)}."
                raise Invalid.field(field, message)
        return Cap(self.amount, self.at_end == AtEnd.END) if self.amount else None
