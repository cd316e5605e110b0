"""What a site adds to every request to EMR: its tags, which do not replace atmo's, and its scripts, after atmo's own."""

from __future__ import annotations

from chalicelib.site_settings.settings import SiteSettings
from chalicelib.site_settings.tags import OWN
from tests.support.emr_requests import SETTINGS, of_job, of_person

HASH = "0f" * 32


def tags(request: dict[str, object]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in request["Tags"]}  # type: ignore[attr-defined]


def test_a_site_s_tags_are_on_every_cluster_beside_atmo_s() -> None:
    site = SiteSettings(cost_tags={"CostCentre": "4711", "Record": "somebody else's"})
    for request in (of_person(2, site=site), of_job(2, site=site)):
        assert tags(request)["CostCentre"] == "4711"
        assert tags(request)["Record"] != "somebody else's"
        assert tags(request).keys() - {"CostCentre"} == OWN


def test_a_site_s_scripts_run_after_atmo_s_with_their_hashes() -> None:
    site = SiteSettings(scripts=[f"s3://site/a.sh {HASH}", f"s3://site/b.sh {HASH}"])
    for request in (of_person(2, site=site), of_job(2, site=site)):
        first, *others = request["BootstrapActions"]
        assert first["Name"] == "atmo"
        assert [(one["Name"], one["ScriptBootstrapAction"]) for one in others] == [
            ("site-1", {"Path": f"{SETTINGS.scripts_uri}/site_script.sh", "Args": ["s3://site/a.sh", HASH]}),
            ("site-2", {"Path": f"{SETTINGS.scripts_uri}/site_script.sh", "Args": ["s3://site/b.sh", HASH]}),
        ]
