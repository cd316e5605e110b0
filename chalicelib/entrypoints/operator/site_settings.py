"""Operators' commands about the whole site: settings, freeze, releases, the sweep, the audit trail."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from chalicelib.audit import context as audit_context
from chalicelib.audit import service as audit
from chalicelib.aws import lambdas
from chalicelib.core import clock
from chalicelib.core.fields import Form, read
from chalicelib.entrypoints.operator import forms
from chalicelib.entrypoints.operator.registry import Call, command
from chalicelib.jobflows.reconciliation import service as reconciliation
from chalicelib.releases import service as releases
from chalicelib.releases.forms import NewRelease, ReleaseChoices
from chalicelib.releases.schemas import release_record
from chalicelib.site_settings import service as site_settings
from chalicelib.site_settings.forms import SiteSettingsForm
from chalicelib.site_settings.schemas import settings_record


@command("settings.show", "settings.view")
def show(call: Call, form: Form) -> dict[str, Any]:
    """Show the site's settings, and who changed them last."""
    return settings_record(*site_settings.read())


@command("settings.change", "settings.change", form=SiteSettingsForm)
def change(call: Call, form: SiteSettingsForm) -> dict[str, Any]:
    """Change the site's settings. Any that are left out stay as they are."""
    return _change(call, {name: getattr(form, name) for name in form.model_fields_set})


@command("freeze", "settings.change", form=forms.Freeze)
def freeze(call: Call, form: forms.Freeze) -> dict[str, Any]:
    """Stop all new launches: slots are skipped, clusters and runs refused, with the reason. Those in progress continue."""
    return _change(call, {"frozen": True, "freeze_reason": form.reason})


@command("thaw", "settings.change")
def thaw(call: Call, form: Form) -> dict[str, Any]:
    """End the freeze, so that clusters and runs can be launched again."""
    return _change(call, {"frozen": False, "freeze_reason": None})


def _change(call: Call, changes: dict[str, Any]) -> dict[str, Any]:
    before, _ = site_settings.read()
    after = read(SiteSettingsForm, asdict(before) | changes).settings()
    return settings_record(after, site_settings.save(call.person, after, call.now))


@command("releases.list", "release.view")
def release_listing(call: Call, form: Form) -> dict[str, Any]:
    """List the EMR releases, including those that are not offered."""
    return {"items": [release_record(release) for release in releases.everything()], "next": None}


@command("releases.add", "release.change", form=NewRelease)
def add_release(call: Call, form: NewRelease) -> dict[str, Any]:
    """Offer an EMR release."""
    return release_record(releases.add(form))


@command("releases.change", "release.change", form=forms.OneRelease)
def change_release(call: Call, form: forms.OneRelease) -> dict[str, Any]:
    """Change how an EMR release is offered. Fields that are left out stay as they are."""
    before = releases.get(form.version)
    kept = {name: getattr(before, name) for name in ReleaseChoices.model_fields}
    given = {name: getattr(form, name) for name in form.model_fields_set if name != "version"}
    return release_record(releases.change(form.version, read(ReleaseChoices, kept | given)))


@command("releases.seed", "release.change")
def seed(call: Call, form: Form) -> dict[str, Any]:
    """Add the EMR releases that a new deployment offers; existing ones stay as they are."""
    added = releases.seed()
    if not added:
        audit_context.mark_noop()
    for version in added:
        audit_context.record_effect("release", version, version, "Added it.")
    return {"added": added}


@command("reconcile", "reconciliation.run")
def reconcile(call: Call, form: Form) -> dict[str, Any]:
    """Run the sweep now, and return what it found wrong."""
    lambdas.sweep(call.now)
    found = [item for item in reconciliation.newest(10).items if item.last_at >= call.now]
    last = reconciliation.last_sweep()
    return {
        "items": [reconciliation.record(item) for item in found],
        "last_sweep_at": clock.text(last) if last else None,
    }


@command("audit.list", "audit.view", form=forms.AuditQuery)
def audit_entries(call: Call, form: forms.AuditQuery) -> dict[str, Any]:
    """Show who did what, latest first; by one person, or to one object."""
    page = audit.search(call.now, form.limit, form.cursor, object_id=form.object or "", actor=form.person or "")
    return page.as_json(audit.as_json)
