"""What is filled in about limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from chalicelib.core.fields import Checked, Form, choice, refuse, text, whole_number
from chalicelib.core.limits import LIMITS
from chalicelib.identity.forms import Day
from chalicelib.site_settings.names import by_name
from chalicelib.usage_limits.models import UsageLimit
from chalicelib.usage_limits.rules import DEFAULT, GROUPS, Holder, Policy

Most = Annotated[int, whole_number(LIMITS.usage_limit)]


def _limits(value: Any, context: Mapping[str, Any]) -> dict[str, int]:
    """Numbers by limit."""
    if not isinstance(value, Mapping):
        refuse("Give an object with a whole number for each limit.")
    if unknown := [str(name)[: LIMITS.name] for name in value if name not in set(UsageLimit)]:
        refuse(f"There is no limit named {unknown[0]}. There are {', '.join(UsageLimit)}.")
    bounds = LIMITS.usage_limit
    for name, most in value.items():
        if isinstance(most, bool) or not isinstance(most, int) or not bounds.low <= most <= bounds.high:
            refuse(f"Give a whole number from {bounds.low} to {bounds.high} for {name}.")
    return dict(value)


def _named_limits(value: Any, context: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """Limits by the name of a group or person."""
    return {name: _limits(limits, context) for name, limits in by_name(value, "limits").items() if limits}


_NUMBERS = {
    "type": "object",
    "properties": {
        str(limit): {"type": "integer", "minimum": LIMITS.usage_limit.low, "maximum": LIMITS.usage_limit.high}
        for limit in UsageLimit
    },
}
Numbers = Annotated[dict[str, int], Checked(_limits, _NUMBERS)]
NamedNumbers = Annotated[
    dict[str, dict[str, int]], Checked(_named_limits, {"type": "object", "additionalProperties": _NUMBERS})
]


class LimitsForm(Form):
    """All limits of the site; what is left out is as it is without any change by admins."""

    default: Numbers = dict(DEFAULT)
    groups: NamedNumbers = {name: dict(most) for name, most in GROUPS.items()}
    people: NamedNumbers = {}

    def policy(self) -> Policy:
        return Policy(DEFAULT | self.default, self.groups, self.people)


class DefaultLimits(Form):
    """The limits of everybody."""

    clusters: Most
    workers: Most
    cluster_hours: Most
    jobs: Most
    runs: Most


class OwnLimits(Form):
    """The limits of a group or a person where they are other than everybody's."""

    holder: Annotated[str, choice(Holder)]
    name: Annotated[str, text("Give the name of a group or a person.", LIMITS.owner_name)]
    clusters: Most | None = None
    workers: Most | None = None
    cluster_hours: Most | None = None
    jobs: Most | None = None
    runs: Most | None = None

    @property
    def limits(self) -> dict[str, int]:
        """Those that were filled in."""
        return {str(limit): most for limit in UsageLimit if (most := getattr(self, limit)) is not None}


class RequestLimit(Form):
    """More of a limit, the last day of it in UTC, and why."""

    limit: Annotated[str, choice(UsageLimit)]
    most: Most
    until: Day
    reason: Annotated[str, text("Say in up to {limit:,} characters what you need it for.", LIMITS.reason)]


class GrantLimit(Form):
    """What is granted where it is not what was requested."""

    most: Most | None = None
    until: Day | None = None
