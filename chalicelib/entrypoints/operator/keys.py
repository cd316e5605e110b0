"""Operators' commands about people's SSH keys."""

from __future__ import annotations

from typing import Any

from chalicelib.entrypoints.operator import forms
from chalicelib.entrypoints.operator.registry import Call, command
from chalicelib.identity.person import Person
from chalicelib.keys import service as keys
from chalicelib.keys.schemas import key_record


@command("keys.list", "key.view", form="OnePerson")
def listing(call: Call, form: forms.OnePerson) -> dict[str, Any]:
    """List a person's SSH keys, latest first."""
    return {"items": [key_record(key) for key in keys.all_of(Person(form.person, ""))], "next": None}


@command("keys.delete", "key.delete", form="OneKey", again=lambda call, form, _: {"deleted": form.key})
def delete(call: Call, form: forms.OneKey) -> dict[str, Any]:
    """Delete an SSH key, such as a stolen one. Clusters that were launched with it keep it."""
    keys.delete(call.person, form.key)
    return {"deleted": form.key}
