"""Operators' commands about EMR releases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.audit import context as audit_context
from chalicelib.core.versions import same_version
from chalicelib.entrypoints.operator.registry import Call, command
from chalicelib.releases import service as releases
from chalicelib.releases.schemas import release_record

if TYPE_CHECKING:
    from chalicelib.entrypoints.operator import forms


@command("releases.list", "release.view")
def listing(call: Call, form: None) -> dict[str, Any]:
    """List the EMR releases, including those that are not offered."""
    return {"items": [release_record(release) for release in releases.everything()], "next": None}


def _as_it_is(call: Call, form: forms.NewRelease | forms.OneRelease, _: str) -> dict[str, Any]:
    return release_record(releases.get(form.version))


@command("releases.add", "release.change", form="NewRelease", again=_as_it_is)
def add(call: Call, form: forms.NewRelease) -> dict[str, Any]:
    """Offer an EMR release."""
    return release_record(releases.add(form))


@command("releases.change", "release.change", form="OneRelease", again=_as_it_is)
def change(call: Call, form: forms.OneRelease) -> dict[str, Any]:
    """Change how an EMR release is offered. Fields that are left out stay as they are."""
    from chalicelib.core.fields import read  # pydantic comes with it, and the list needs none
    from chalicelib.releases.forms import ReleaseChoices

    release = releases.get(form.version)
    before = {name: getattr(release, name) for name in ReleaseChoices.model_fields}
    changed = {name: getattr(form, name) for name in form.model_fields_set if name != "version"}
    choices = read(ReleaseChoices, before | changed)
    return release_record(releases.change(form.version, choices, call.now, same_version(release_record, release)))


@command("releases.seed", "release.change", again=lambda call, form, made: {"added": made.split(",") if made else []})
def seed(call: Call, form: None) -> dict[str, Any]:
    """Add the EMR releases that a new deployment offers; existing ones stay as they are."""
    audit_context.mark_steps()
    added = releases.seed()
    audit_context.note_made(",".join(added))
    return {"added": added}
