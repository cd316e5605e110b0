"""Which module has the routes of which addresses, so that a process loads those that it is asked for and no others: all of
them take longer to load than a page takes to be made.

An address belongs to the module with the longest place that it is, or lies below. A test compares this with what the modules
declare.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_JOBS, _CLUSTERS = "/jobs/{job_id}", "/clusters/{cluster_id}"

PORTAL: dict[str, tuple[str, ...]] = {
    "portal.dashboard": ("/",),
    "portal.lists": ("/clusters", "/jobs", "/runs"),
    "portal.cluster_form": ("/clusters/new",),
    "portal.clusters": (_CLUSTERS,),
    "portal.cluster_extension": (f"{_CLUSTERS}/extend",),
    "portal.job_form": ("/jobs/new", "/jobs/available", f"{_JOBS}/edit"),
    "portal.schedule_preview": ("/jobs/preview",),
    "portal.estimates": ("/clusters/estimate", "/jobs/estimate"),
    "portal.jobs": (_JOBS,),
    "portal.runs": ("/runs/{run_id}",),
    "portal.backfills": (f"{_JOBS}/backfill",),
    "portal.import_export": ("/jobs/import", f"{_JOBS}/export"),
    "portal.comparison": ("/runs/{run_id}/compare", f"{_JOBS}/compare"),
    "portal.notebooks": ("/jobs/uploads", f"{_JOBS}/notebooks", "/runs/{run_id}/source"),
    "portal.keys": ("/keys",),
    "portal.shares": (f"{_JOBS}/shares", f"{_CLUSTERS}/shares"),
    "portal.mail_links": ("/links",),
    "portal.sign_in": ("/login", "/logout"),
    "portal.account": ("/account",),
    "portal.tokens": ("/tokens",),
    "portal.api_reference": ("/api-reference",),
    "portal.news": ("/news", "/admin/announcement"),
    "portal.admin": ("/admin",),
    "portal.audit": ("/admin/audit", f"{_JOBS}/audit", f"{_CLUSTERS}/audit"),
    "portal.releases": ("/admin/releases",),
    "portal.people": ("/admin/users",),
    "portal.ownership": (f"{_JOBS}/transfer", f"{_CLUSTERS}/transfer"),
    "portal.site_settings": ("/admin/settings",),
    "portal.month_costs": ("/costs",),
    "portal.stopping": ("/admin/stop",),
    "portal.budgets": ("/admin/budgets",),
    "portal.usage_limits": ("/limits", "/admin/limits"),
    "portal.health": ("/static", "/favicon.ico", "/__version__", "/__heartbeat__", "/__lbheartbeat__"),
}
"""The modules of the pages."""

_BELOW = "/api/v1"
_API_JOBS, _API_CLUSTERS = _BELOW + _JOBS, _BELOW + _CLUSTERS

API: dict[str, tuple[str, ...]] = {
    "api.description": (f"{_BELOW}/openapi.json",),
    "api.tokens": (f"{_BELOW}/me", f"{_BELOW}/tokens"),
    "api.keys": (f"{_BELOW}/keys",),
    "api.clusters": (f"{_BELOW}/clusters",),
    "api.cluster_changes": (f"{_BELOW}/clusters",),
    "api.jobs": (f"{_BELOW}/jobs", f"{_BELOW}/runs"),
    "api.job_changes": (f"{_BELOW}/jobs", f"{_BELOW}/runs"),
    "api.backfills": (f"{_API_JOBS}/backfill", f"{_API_JOBS}/slots"),
    "api.schedules": (f"{_BELOW}/schedules",),
    "api.import_export": (f"{_BELOW}/jobs/import", f"{_API_JOBS}/export"),
    "api.comparison": (f"{_BELOW}/runs/{{run_id}}/compare",),
    "api.notebooks": (f"{_BELOW}/uploads", f"{_API_JOBS}/notebooks"),
    "api.shares": (f"{_API_JOBS}/shares", f"{_API_CLUSTERS}/shares"),
    "api.releases": (f"{_BELOW}/releases",),
    "api.news": (f"{_BELOW}/announcement",),
    "api.costs": (f"{_BELOW}/prices", f"{_BELOW}/estimates", f"{_BELOW}/costs", f"{_API_JOBS}/advice"),
    "api.site_settings": (f"{_BELOW}/settings",),
    "api.stopping": (f"{_BELOW}/stop",),
    "api.budgets": (f"{_BELOW}/budgets",),
    "api.usage_limits": (f"{_BELOW}/limits",),
    "api.reconciliation": (f"{_BELOW}/reconciliations",),
    "api.audit": (f"{_BELOW}/audit", f"{_API_JOBS}/audit", f"{_API_CLUSTERS}/audit"),
    "api.ownership": (f"{_BELOW}/users", f"{_API_JOBS}/transfer", f"{_API_CLUSTERS}/transfer"),
}
"""The modules of the endpoints, in the order in which the API's description has them."""

CHANGES = frozenset({"api.cluster_changes", "api.job_changes"})
"""The modules whose endpoints change what another module's show at the same addresses: they load the forms, which take half as
long to load as all else that a list needs."""

_MODULES = {(place, module in CHANGES): module for module, places in (PORTAL | API).items() for place in places}


def module_of(address: str, method: str) -> str | None:
    """The module with the routes of this address, which has names in place of values, as API Gateway's resources have."""
    place, is_change = address, method not in ("GET", "HEAD")
    while place and (place, False) not in _MODULES:
        place = place.rpartition("/")[0]
    return _MODULES.get((place, is_change)) or _MODULES.get((place, False))


def routes_of(module: str) -> Any:
    """The routes of one of these modules, which is loaded if need be."""
    return import_module(f"{__package__}.{module}").routes
