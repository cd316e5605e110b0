"""The portal as a whole: the routes of its pages."""

from __future__ import annotations

from chalicelib.entrypoints.portal.account import routes as account
from chalicelib.entrypoints.portal.admin import routes as admin
from chalicelib.entrypoints.portal.audit import routes as audit
from chalicelib.entrypoints.portal.clusters import routes as clusters
from chalicelib.entrypoints.portal.comparison import routes as comparison
from chalicelib.entrypoints.portal.dashboard import routes as dashboard
from chalicelib.entrypoints.portal.health import routes as health
from chalicelib.entrypoints.portal.import_export import routes as import_export
from chalicelib.entrypoints.portal.job_form import routes as job_form
from chalicelib.entrypoints.portal.jobs import routes as jobs
from chalicelib.entrypoints.portal.keys import routes as keys
from chalicelib.entrypoints.portal.mail_links import routes as mail_links
from chalicelib.entrypoints.portal.news import routes as news
from chalicelib.entrypoints.portal.notebooks import routes as notebooks
from chalicelib.entrypoints.portal.notices import notices
from chalicelib.entrypoints.portal.ownership import routes as ownership
from chalicelib.entrypoints.portal.people import routes as people
from chalicelib.entrypoints.portal.releases import routes as releases
from chalicelib.entrypoints.portal.runs import routes as runs
from chalicelib.entrypoints.portal.schedule_preview import routes as schedule_preview
from chalicelib.entrypoints.portal.shares import routes as shares
from chalicelib.entrypoints.portal.sign_in import routes as sign_in
from chalicelib.entrypoints.portal.site_settings import routes as site_settings
from chalicelib.entrypoints.portal.tokens import routes as tokens
from chalicelib.web import pages

pages.add_notices(notices)

BLUEPRINTS = [
    dashboard,
    clusters,
    job_form,
    schedule_preview,
    jobs,
    runs,
    import_export,
    comparison,
    notebooks,
    keys,
    shares,
    mail_links,
    sign_in,
    account,
    tokens,
    news,
    admin,
    audit,
    releases,
    people,
    ownership,
    site_settings,
    health,
]
