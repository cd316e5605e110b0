"""Operators' commands about limits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from chalicelib.entrypoints.operator import forms
from chalicelib.entrypoints.operator.registry import Call, command
from chalicelib.site_settings.models import Setting
from chalicelib.usage_limits import accounts, limit_requests, policy
from chalicelib.usage_limits.forms import GrantLimit
from chalicelib.usage_limits.rules import Policy
from chalicelib.usage_limits.schemas import limits_record, request_record


@command("limits.show", "limit.view", form="MaybePerson")
def show(call: Call, form: forms.MaybePerson) -> dict[str, Any]:
    """Show the limits of the site; with a person, how much they may have and have of each."""
    return _record(call, form.person or "", *policy.read())


@command(
    "limits.change", "limit.change", form="LimitsForm", again=lambda call, form, _: _record(call, "", *policy.read())
)
def change(call: Call, form: forms.LimitsForm) -> dict[str, Any]:
    """Change limits: `default`, `groups` or `people`. Any of the three that are left out stay as they are."""

    def changed(before: Policy) -> Policy:
        changes = {name: getattr(form, name) for name in form.model_fields_set}
        if "default" in changes:
            changes["default"] = {**before.default, **changes["default"]}
        return replace(before, **changes)

    return _record(call, "", *policy.change(call.person, changed, call.now))


def _record(call: Call, person: str, decided: Policy, stored: Setting | None) -> dict[str, Any]:
    return limits_record(accounts.of(person, call.now) if person else accounts.NOBODY, decided, stored)


@command("limits.requests", "limit.view")
def listing(call: Call, form: None) -> dict[str, Any]:
    """List the requests of more that nobody has answered."""
    return {"items": [request_record(one) for one in limit_requests.unanswered()], "next": None}


@command(
    "limits.grant",
    "limit.answer",
    form="GrantRequest",
    again=lambda call, form, _: request_record(limit_requests.get(form.request)),
)
def grant(call: Call, form: forms.GrantRequest) -> dict[str, Any]:
    """Grant a request as it is, or another number (`most`) or last day (`until`)."""
    answer = GrantLimit(most=form.most, until=form.until)
    return request_record(limit_requests.grant(call.person, form.request, answer, call.now))


@command(
    "limits.decline",
    "limit.answer",
    form="OneRequest",
    again=lambda call, form, _: request_record(limit_requests.get(form.request)),
)
def decline(call: Call, form: forms.OneRequest) -> dict[str, Any]:
    """Decline a request."""
    return request_record(limit_requests.decline(call.person, form.request, call.now))
