"""The operators' command that explains the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.core.errors import Invalid
from chalicelib.core.limits import LIMITS
from chalicelib.entrypoints.operator import forms
from chalicelib.entrypoints.operator.registry import KEY, MAX_IDS, Call, Command, all_commands, command, unknown


@command("help", "admin.look", form="Help")
def explain(call: Call, form: forms.Help) -> dict[str, Any]:
    """List the commands, with the fields that each takes."""
    commands = all_commands()
    if form.about and form.about not in commands:
        raise Invalid.field("about", unknown(form.about))
    return {name: _explained(one) for name, one in commands.items() if form.about in (None, name)}


def _explained(one: Command) -> dict[str, Any]:
    schema = getattr(forms, one.form).model_json_schema() if one.form else {}
    required = schema.get("required", [])
    fields = {name: _field(name in required, said) for name, said in schema.get("properties", {}).items()}
    if one.several:
        fields[f"{one.several}s"] = {
            "required": False,
            "type": "array",
            "items": fields[one.several],
            "maxItems": MAX_IDS,
        }
    if one.again:
        fields[KEY] = {"required": False, "type": "string", "maxLength": LIMITS.idempotency_key}
    return {"does": one.does, "actions": list(one.actions), "fields": fields}


def _field(is_required: bool, said: Mapping[str, Any]) -> dict[str, Any]:
    """What a field may be, as JSON Schema has it."""
    choices = [one for one in said.get("anyOf", [said]) if one.get("type") != "null"]
    return {"required": is_required} | {
        name: value for name, value in (choices[0] | said).items() if name not in ("anyOf", "title")
    }
