"""Operators' commands about the whole site: settings, freeze, the sweep, the audit trail."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from chalicelib.audit import context as audit_context
from chalicelib.audit import service as audit
from chalicelib.audit.context import Effect
from chalicelib.aws import lambdas
from chalicelib.core import clock
from chalicelib.core.fields import read
from chalicelib.entrypoints.operator import forms
from chalicelib.entrypoints.operator.registry import Call, command
from chalicelib.jobflows.reconciliation import service as reconciliation
from chalicelib.ownership import stopping
from chalicelib.ownership.stop_schemas import stop_record
from chalicelib.site_settings import service as site_settings
from chalicelib.site_settings.forms import SiteSettingsForm
from chalicelib.site_settings.schemas import settings_record
from chalicelib.site_settings.settings import SiteSettings

MAX_SECONDS = 240.0
"""For how long one command stops things; the function has five minutes."""


@command("settings.show", "settings.view")
def show(call: Call, form: None) -> dict[str, Any]:
    """Show the site's settings, and who changed them last."""
    return settings_record(*site_settings.read())


@command("settings.change", "settings.change", form="SiteSettingsForm", again=lambda call, form, _: show(call, None))
def change(call: Call, form: SiteSettingsForm) -> dict[str, Any]:
    """Change the site's settings. Any that are left out stay as they are."""
    return _change(call, {name: getattr(form, name) for name in form.model_fields_set})


@command("freeze", "settings.change", form="Freeze", again=lambda call, form, _: show(call, None))
def freeze(call: Call, form: forms.Freeze) -> dict[str, Any]:
    """Stop all new launches: slots are skipped, clusters and runs refused, with the reason. Those in progress continue."""
    return _change(call, {"frozen": True, "freeze_reason": form.reason})


@command("stop", "site.stop", form="Stop", again=lambda call, form, _: _stopped_before(form))
def stop(call: Call, form: forms.Stop) -> dict[str, Any]:
    """Freeze the site and end all clusters and runs, or only end one person's. Without `confirm`, show what that would be."""
    planned = stopping.plan(form.person)
    stopped = (
        stopping.stop(call.person, form.person, form.reason or "", call.now, MAX_SECONDS) if form.confirm else None
    )
    return stop_record(planned, stopped)


def _stopped_before(form: forms.Stop) -> dict[str, Any]:
    return stop_record(stopping.plan(form.person), stopping.Stopped() if form.confirm else None)


@command("thaw", "settings.change", again=lambda call, form, _: show(call, None))
def thaw(call: Call, form: None) -> dict[str, Any]:
    """End the freeze, so that clusters and runs can be launched again."""
    return _change(call, {"frozen": False, "freeze_reason": None})


def _change(call: Call, changes: dict[str, Any]) -> dict[str, Any]:
    def changed(before: SiteSettings) -> SiteSettings:
        return read(SiteSettingsForm, asdict(before) | changes).settings()

    return settings_record(*site_settings.change(call.person, changed, call.now))


@command("reconcile", "reconciliation.run", again=lambda call, form, made: _findings(clock.parse(made)))
def reconcile(call: Call, form: None) -> dict[str, Any]:
    """Run the sweep now, and return what it found wrong."""
    audit.begin_steps(Effect("site", "", "", "Began to reconcile EMR and the records."))
    lambdas.sweep(call.now)
    audit_context.note_made(clock.text(call.now))
    return _findings(call.now)


def _findings(since: datetime) -> dict[str, Any]:
    items = [item for item in reconciliation.newest(10).items if item.last_at >= since]
    last = reconciliation.last_sweep()
    return {
        "items": [reconciliation.record(item) for item in items],
        "last_sweep_at": clock.text(last) if last else None,
    }


@command("audit.list", "audit.view", form="AuditQuery")
def audit_entries(call: Call, form: forms.AuditQuery) -> dict[str, Any]:
    """Show who did what, latest first; by one person, or to one object."""
    page = audit.search(call.now, form.limit, form.cursor, object_id=form.object or "", actor=form.person or "")
    return page.as_json(audit.as_json)
