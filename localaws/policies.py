"""IAM's evaluation of policies within one account, as far as the clusters', the runs' and the functions' policies go.

Allowed is what a role's policies allow, none of them denies, and the session's policy, where there is one, allows as well:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
Variables of policies are replaced where the context has their values, and match nothing where it has not.
Conditions other than StringEquals and StringLike never hold for an Allow and always do for a Deny, which errs on the safe side.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Policy = Mapping[str, Any]
Context = Mapping[str, str]
_ESCAPES = {"${*}": "*", "${?}": "?", "${$}": "$"}
_TOKENS = re.compile(r"\$\{[*?$]\}|[*?]")
_VARIABLES = re.compile(r"\$\{([a-z0-9]+:[A-Za-z0-9/]+)\}")


def is_allowed(
    action: str, resource: str, context: Context, role: Iterable[Policy], session: Policy | None = None
) -> bool:
    """Whether a session of a role with these policies may do this to the resource with this ARN."""
    own = list(role)
    if any(_says("Deny", policy, action, resource, context) for policy in [*own, session or {}]):
        return False
    allowed = any(_says("Allow", policy, action, resource, context) for policy in own)
    return allowed and (session is None or _says("Allow", session, action, resource, context))


def allowed_by(role: Iterable[Policy]) -> Iterator[tuple[str, str]]:
    """Each (action, pattern of ARNs) that policies allow, whatever their conditions ask."""
    for statement in (one for policy in role for one in _listed(policy["Statement"]) if one["Effect"] == "Allow"):
        for action in _listed(statement.get("Action", [])):
            yield from ((action, resource) for resource in _listed(statement["Resource"]))


def _says(effect: str, policy: Policy, action: str, resource: str, context: Context) -> bool:
    return any(
        one["Effect"] == effect and _applies(one, action, resource, context) and _holds(one, context)
        for one in _listed(policy.get("Statement", []))
    )


def _applies(statement: Policy, action: str, resource: str, context: Context) -> bool:
    if "NotAction" in statement:
        acts = not any(matches(each.lower(), action.lower()) for each in _listed(statement["NotAction"]))
    else:
        acts = any(matches(each.lower(), action.lower()) for each in _listed(statement["Action"]))
    named = [_filled(each, context) for each in _listed(statement["Resource"])]
    return acts and any(matches(each, resource) for each in named if each)


def _filled(pattern: str, context: Context) -> str:
    """The pattern with its variables' values, which are no patterns themselves; "" where one has none."""
    if any(name not in context for name in _VARIABLES.findall(pattern)):
        return ""
    return _VARIABLES.sub(lambda variable: re.sub(r"[*?$]", r"${\g<0>}", context[variable[1]]), pattern)


def _holds(statement: Policy, context: Context) -> bool:
    """Whether the statement's conditions are met."""
    for operator, tests in statement.get("Condition", {}).items():
        if operator not in ("StringEquals", "StringLike"):
            return bool(statement["Effect"] == "Deny")
        for key, values in tests.items():
            value = context.get(key)
            if value is None or not any(_fits(operator, each, value) for each in _listed(values)):
                return False
    return True


def _fits(operator: str, pattern: str, value: str) -> bool:
    return matches(pattern, value) if operator == "StringLike" else pattern == value


def matches(pattern: str, text: str) -> bool:
    """Whether a text is what a policy's pattern names: `*` for anything, `?` for one sign, `${*}` for the sign itself."""
    expression, position = "", 0
    for token in _TOKENS.finditer(pattern):
        expression += re.escape(pattern[position : token.start()])
        sign = token[0]
        expression += re.escape(_ESCAPES[sign]) if sign in _ESCAPES else ".*" if sign == "*" else "."
        position = token.end()
    return re.fullmatch(expression + re.escape(pattern[position:]), text, re.DOTALL) is not None


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]
