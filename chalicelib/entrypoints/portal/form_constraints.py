"""Which forms the pages have, for the constraints that templates put at their fields:
`{{ field("hours", "Extend by", ..., **constraints("ExtendCluster").hours) }}`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.core.constraints import Attributes
    from chalicelib.core.fields import Form

FORMS: Mapping[str, str] = {
    "Because": "chalicelib.audit.forms",
    "SubjectBudget": "chalicelib.budgets.forms",
    "ExtendCluster": "chalicelib.clusters.forms",
    "LaunchCluster": "chalicelib.clusters.forms",
    "IssueToken": "chalicelib.identity.forms",
    "NewShare": "chalicelib.identity.share_forms",
    "Snooze": "chalicelib.job_changes.forms",
    "NewJob": "chalicelib.jobs.forms",
    "PastedKey": "chalicelib.keys.forms",
    "Announcement": "chalicelib.news.forms",
    "Membership": "chalicelib.ownership.forms",
    "Transfer": "chalicelib.ownership.forms",
    "NewRelease": "chalicelib.releases.forms",
    "NewBackfill": "chalicelib.runs.forms",
    "RunNow": "chalicelib.runs.forms",
    "SiteSettingsForm": "chalicelib.site_settings.forms",
    "DefaultLimits": "chalicelib.usage_limits.forms",
    "GrantLimit": "chalicelib.usage_limits.forms",
    "OwnLimits": "chalicelib.usage_limits.forms",
    "RequestLimit": "chalicelib.usage_limits.forms",
}
"""The forms by name, with the modules that declare them: a page loads those of its own fields and no others."""


def form(name: str) -> type[Form]:
    """The form of this name."""
    declared: type[Form] = getattr(import_module(FORMS[name]), name)
    return declared


@cache
def constraints(name: str) -> dict[str, Attributes]:
    """HTML's attributes of the fields of the form of this name. What forms are made of is loaded with the first of them: most pages
    have none."""
    from chalicelib.core.constraints import of_form

    return of_form(form(name))
