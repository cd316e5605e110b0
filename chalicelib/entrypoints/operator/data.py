"""Operators' commands about all data of the deployment. Each goes on where it is told to: a repetition is carried out, too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.archive import service as archive
from chalicelib.audit import service as audit
from chalicelib.audit.context import Effect
from chalicelib.entrypoints.operator import forms
from chalicelib.entrypoints.operator.registry import Call, command

SECONDS = 200.0
"""For how long one command works; the function has five minutes."""


@command("data.export", "data.move", form="DataPlace", again=lambda call, form, _: export(call, form))
def export(call: Call, form: forms.DataPlace) -> Mapping[str, Any]:
    """Write all records and notebooks to S3. The site must be frozen, and nothing running."""
    _begin("export everything to", form)
    return archive.export(form.place, form.cursor, call.now, SECONDS)


@command("data.import", "data.move", form="DataPlace", again=lambda call, form, _: load(call, form))
def load(call: Call, form: forms.DataPlace) -> Mapping[str, Any]:
    """Read an export into this deployment. What is there already stays as it is, but for the settings."""
    _begin("import everything from", form)
    return archive.load(form.place, form.cursor, SECONDS)


def _begin(what: str, form: forms.DataPlace) -> None:
    """A command that goes on where another stopped is part of what that one began."""
    if not form.cursor:
        audit.begin_steps(Effect("site", "", "", f"Began to {what} {form.place}."))
