"""The portal as a whole: the routes of its pages."""

from __future__ import annotations

from chalicelib.admin.portal import routes as admin
from chalicelib.audit.portal import routes as audit
from chalicelib.clusters.portal import routes as clusters
from chalicelib.dashboard.portal import routes as dashboard
from chalicelib.jobs.comparison.portal import routes as history
from chalicelib.jobs.exchange.portal import routes as exchange
from chalicelib.jobs.form_portal import routes as job_form
from chalicelib.jobs.notebooks.portal import routes as notebooks
from chalicelib.jobs.portal import routes as jobs
from chalicelib.jobs.runs.portal import routes as runs
from chalicelib.keys.portal import routes as keys
from chalicelib.links.portal import routes as links
from chalicelib.news.portal import routes as news
from chalicelib.ownership.people_portal import routes as people
from chalicelib.ownership.portal import routes as ownership
from chalicelib.releases.portal import routes as releases
from chalicelib.shares.portal import routes as shares
from chalicelib.site.portal import routes as settings
from chalicelib.users.account_portal import routes as account
from chalicelib.users.sign_in_portal import routes as sign_in
from chalicelib.users.tokens_portal import routes as tokens
from chalicelib.web.site import routes as site

BLUEPRINTS = [
    dashboard,
    clusters,
    job_form,
    jobs,
    runs,
    exchange,
    history,
    notebooks,
    keys,
    shares,
    links,
    sign_in,
    account,
    tokens,
    news,
    admin,
    audit,
    releases,
    people,
    ownership,
    settings,
    site,
]
