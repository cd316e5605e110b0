"""The portal as a whole: the routes of its pages."""

from __future__ import annotations

from chalicelib.admin.portal import routes as admin
from chalicelib.clusters.portal import routes as clusters
from chalicelib.dashboard.portal import routes as dashboard
from chalicelib.jobs.portal import routes as jobs
from chalicelib.jobs.runs_portal import routes as runs
from chalicelib.keys.portal import routes as keys
from chalicelib.news.portal import routes as news
from chalicelib.shares.portal import routes as shares
from chalicelib.site.portal import routes as settings
from chalicelib.users.portal import routes as users
from chalicelib.web.site import routes as site

BLUEPRINTS = [dashboard, clusters, jobs, runs, keys, shares, users, news, admin, settings, site]
