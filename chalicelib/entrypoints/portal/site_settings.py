"""The page on which admins change the site's settings."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from chalice.app import Response

from chalicelib.core import fields
from chalicelib.core.config import settings
from chalicelib.site_settings import service as site_settings
from chalicelib.site_settings.forms import SiteSettingsForm
from chalicelib.site_settings.models import Setting
from chalicelib.site_settings.settings import SiteSettings
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.form_state import FormState
from chalicelib.web.pages import go, show
from chalicelib.web.request import Request

routes = PortalRoutes(__name__)


@routes.page("/admin/settings", "settings.change", methods=("GET", "POST"), fields=None, then="/admin/settings")
def change(request: Request) -> Response:
    """The settings as they are, and the change."""
    now, stored = site_settings.read()
    if request.method == "GET":
        form_state = FormState.filled(_typed(now))
    else:
        form_state = FormState.from_request(request)
        with form_state.collect_errors(keep=True):
            changed = fields.read(SiteSettingsForm, form_state.values).settings()
            site_settings.change(request.user, lambda _: changed, request.now, form_state.check(_typed))
            return go(request, "admin", "settings")
    return show(
        request,
        "site/settings.html",
        form_state.status,
        form_state=form_state,
        stored=stored,
        default_type=settings().worker_instance_type,
        deployment=_deployment(),
    )


def _deployment() -> dict[str, str]:
    """What only a new deployment changes, by the words that the page has for it."""
    made = settings()
    return {
        "Notebooks": f"s3://{made.notebooks_bucket}",
        "Results": f"s3://{made.results_bucket}",
        "Logs": f"s3://{made.logs_bucket}",
        "Cluster scripts": made.scripts_uri,
        "Spark configuration": made.shared_config_uri or "EMR's own",
        "Instance profile": made.emr_instance_profile,
        "Service role": made.emr_service_role,
        "Subnets": ", ".join(made.emr_subnet_ids),
        "Master instance type": made.master_instance_type,
        "Mail sender": made.mail_from,
        "Buckets whose objects may start jobs": ", ".join(made.arrival_buckets) or "None",
    }


def _typed(now: SiteSettings, stored: Setting | None = None) -> dict[str, Any]:
    """The settings as a form's fields hold them."""
    switches = {name: "yes" if getattr(now, name) else "no" for name in ("spot", "frozen")}
    return (
        asdict(now)
        | switches
        | {
            "worker_types": " ".join(now.worker_types),
            "efs": now.efs or "",
            "bastion": now.bastion or "",
            "cost_tags": "\n".join(f"{key}={value}" for key, value in now.cost_tags.items()),
            "scripts": "\n".join(now.scripts),
            "arrival_places": "\n".join(now.arrival_places),
            "help_url": now.help_url or "",
            "team_mail": now.team_mail or "",
            "freeze_reason": now.freeze_reason or "",
        }
    )
