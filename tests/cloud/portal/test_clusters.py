"""What the pages of a cluster tell, while it launches, once it is ready, and after its end."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import pytest

from chalicelib.releases.models import Release
from localaws.cloud import LocalCloud
from tests.support.executions import awaits_expiry
from tests.support.http import Api, fresh_key, reaches, until
from tests.support.settings import site_settings
from tests.support.visitor import Page, Visitor

EFS = "fs-0123456789abcdef0"


@dataclass
class Watched:
    """A cluster, its owner's browser and API."""

    visitor: Visitor
    api: Api
    at: str

    def page(self) -> Page:
        return self.visitor.get(self.at)


@pytest.fixture
def watch(keyed: tuple[Visitor, Api]) -> Callable[..., Watched]:
    def launch(**fields: object) -> Watched:
        cluster = keyed[1].launch(ssh_key=keyed[1]("GET", "/keys").body["items"][0]["id"], **fields)
        return Watched(*keyed, f"/clusters/{cluster['id']}")

    return launch


def ended(page: Page) -> str:
    """What the page says of the end."""
    return page.text.partition("This cluster ")[2].rpartition("Launch another")[0]


def test_one_that_was_terminated(watch: Callable[..., Watched]) -> None:
    watched = watch()
    owner = reaches(watched.api, watched.at, "WAITING")["owner"]
    watched.api("POST", f"{watched.at}/terminate")
    record = reaches(watched.api, watched.at, "TERMINATED")
    said = ended(watched.page())
    assert f"Terminated by {owner}." in said
    assert re.search(rf"Ended at 20..-..-.. ..:.. UTC by {re.escape(owner)}, after \d+ min\.", said)
    assert record["instance_hours"] > 0
    assert f"It used {record['instance_hours']} normalized instance hours." in said


def test_one_whose_lifetime_was_over(cloud: LocalCloud, watch: Callable[..., Watched]) -> None:
    watched = watch(lifetime=2)
    reaches(watched.api, watched.at, "WAITING")
    awaits_expiry(cloud, watched.at.rpartition("/")[2])
    cloud.clock.advance(hours=2, minutes=1)
    reaches(watched.api, watched.at, "TERMINATED")
    said = ended(watched.page())
    assert "Its lifetime of 2 hours ended." in said
    assert re.search(r"UTC by atmo, after 2 h \d min\. It used \d+ normalized instance hours\.", said)


def test_one_that_emr_ended(cloud: LocalCloud, watch: Callable[..., Watched]) -> None:
    watched = watch()
    jobflow = reaches(watched.api, watched.at, "WAITING")["jobflow_id"]
    cloud.emr.clusters[jobflow].fail("INSTANCE_FAILURE", "The master node was terminated")
    reaches(watched.api, watched.at, "TERMINATED_WITH_ERRORS")
    said = ended(watched.page())
    assert "AWS lost a machine that the cluster cannot run without" in said
    assert "The master node was terminated" in said
    assert "UTC by EMR, after " in said


def test_a_ready_one_leads_to_the_examples_and_says_what_is_kept(watch: Callable[..., Watched]) -> None:
    with site_settings(efs=EFS):
        second = watch()
    lost = watch()
    for watched in (second, lost):
        reaches(watched.api, watched.at, "WAITING")
        assert "open examples/flights.ipynb" in watched.page().text
    assert "and will be on your next cluster" in second.page().text
    assert "Keep anything important in S3" in lost.page().text


def test_one_on_spot_says_so_while_its_machines_start(cloud: LocalCloud, watch: Callable[..., Watched]) -> None:
    with site_settings(spot=True, spot_timeout=25):
        cloud.emr.spot_delay = 10**6
        watched = watch(size=2)
        page = until(lambda: page if "EMR is starting the machines" in (page := watched.page()).text else None)
        cloud.emr.spot_delay = 0
    assert "25 minutes" in page.text
    watched.api("POST", f"{watched.at}/terminate")


TYPED = {"identifier": "as-typed", "size": "3", "lifetime": "5", "emr_release": "7.5.0"}


def add_key(visitor: Visitor, page: Page) -> Page:
    form = page.form("/keys/new")
    return visitor.post(form.action, form.fields | {"title": "new", "key": fresh_key()}, {"file": ("", b"")})


def test_adding_a_key_leads_back_to_the_filled_form(keyed: tuple[Visitor, Api]) -> None:
    visitor, api = keyed
    page = visitor.submit("/clusters/new", add_key="yes", **TYPED)
    assert page.url.partition("?")[0].endswith("/keys/new")
    form = add_key(visitor, page).form("/clusters/new")
    assert {name: form.fields[name] for name in TYPED} == TYPED
    latest = api("GET", "/keys").body["items"][0]
    assert (latest["title"], form.fields["ssh_key"]) == ("new", latest["id"])
    assert api("GET", "/clusters").body["items"] == []


def test_somebody_without_a_key_who_followed_a_filled_link(visitor: Visitor) -> None:
    page = visitor.get("/clusters/new?identifier=as-typed&size=3&lifetime=5&emr_release=7.5.0")
    (back,) = parse_qs(urlsplit(page.url).query)["next"]
    assert back == "/clusters/new?identifier=as-typed&size=3&lifetime=5&emr_release=7.5.0"
    form = add_key(visitor, page).form("/clusters/new")
    assert {name: form.fields[name] for name in TYPED} == TYPED


def test_releases_are_in_natural_order_marked_and_explained(keyed: tuple[Visitor, Api]) -> None:
    page = keyed[0].get("/clusters/new")
    shown = re.findall(r'name="emr_release"[^>]*value="([^"]+)"', page.html)
    assert shown == ["7.12.0", "7.10.0", "7.5.0"]
    assert page.form("/clusters/new").fields["emr_release"] == "7.10.0"
    assert "7.12.0 experimental" in page.text
    assert "7.5.0 deprecated" in page.text
    assert "For notebooks that need its packages. Release notes" in page.text


def test_a_release_that_is_not_active_is_neither_offered_nor_taken(keyed: tuple[Visitor, Api]) -> None:
    visitor, api = keyed
    unwanted = Release("7.1.0", changelog_url="https://example.com", is_active=False)
    unwanted.save()
    page = visitor.submit("/clusters/new", emr_release="7.1.0")
    assert (page.status, page.error("emr_release")[:34]) == (422, "EMR release '7.1.0' is not offered")
    assert "7.1.0" not in [release["version"] for release in api("GET", "/releases").body["items"]]
    assert api("GET", "/clusters").body["items"] == []
    unwanted.delete()


def test_a_launch_that_is_refused_for_now_keeps_what_was_typed(keyed: tuple[Visitor, Api]) -> None:
    visitor, _ = keyed
    with site_settings(frozen=True, freeze_reason="We move house."):
        refused = visitor.submit("/clusters/new", identifier="kept-name", size="7", lifetime="5")
    assert refused.status == 409
    assert "Not possible right now atmo is frozen: We move house." in refused.text
    form = refused.form("/clusters/new")
    assert [form.fields[name] for name in ("identifier", "size", "lifetime")] == ["kept-name", "7", "5"]
    assert "kept-name" in visitor.post(form.action, form.fields).text


def test_the_form_says_what_ends_a_cluster_before_its_lifetime(keyed: tuple[Visitor, Api]) -> None:
    text = keyed[0].get("/clusters/new").text
    assert "It is idle when no cell and no Spark stage runs" in text
    assert "You will get a mail before it ends and can keep it." in text
