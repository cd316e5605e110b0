"""Past slots on their page, and mended runs on theirs: without JavaScript, as people press it."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import pytest

from chalicelib.core import clock
from chalicelib.runs import factory
from chalicelib.runs.models import Trigger
from localaws.cloud import LocalCloud
from tests.cloud.portal.test_run_history import api_of
from tests.support.http import until
from tests.support.people import fresh, signed_in
from tests.support.visitor import Visitor


@pytest.fixture
def owner(cloud: LocalCloud) -> Visitor:
    return signed_in(cloud, fresh("bea"))


def test_a_backfill_is_counted_begun_and_stopped(cloud: LocalCloud, owner: Visitor) -> None:
    api = api_of(cloud, owner)
    job = api.schedule(fresh("slots"), timezone="Europe/Berlin")
    place = f"/jobs/{job['id']}/backfill"
    assert "Slots and backfill" in owner.get(f"/jobs/{job['id']}").text
    page = owner.get(place)
    assert "No slots yet" in page.text
    end = (clock.now() - timedelta(days=1)).replace(hour=12)
    values = {"from": f"{end - timedelta(days=3):%Y-%m-%dT%H:%M}", "to": f"{end:%Y-%m-%dT%H:%M}"}
    counted = owner.get(f"{place}?{urlencode(values)}")
    assert counted.status == 200
    assert "Run 3 slots" in counted.text
    assert api("GET", f"/jobs/{job['id']}/runs").body["items"] == []
    begun = owner.send(counted, f"{place}/begin")
    assert begun.path == place
    assert "3 slots from" in begun.text
    stopped = owner.send(begun, f"{place}/stop")
    assert "A backfill is in progress" not in stopped.text
    until(lambda: all(run["finished_at"] for run in api("GET", f"/jobs/{job['id']}/runs").body["items"]), 120)
    assert any(status in owner.get(place).text for status in ("Succeeded", "Cancelled"))


def test_a_range_without_a_slot_is_refused_and_keeps_what_was_typed(cloud: LocalCloud, owner: Visitor) -> None:
    job = api_of(cloud, owner).schedule(fresh("slots"))
    place = f"/jobs/{job['id']}/backfill"
    typed = {"from": "2026-01-01T07:00", "to": "2026-01-02T05:00", "at_once": "3"}
    refused = owner.get(f"{place}?{urlencode(typed)}")
    assert refused.status == 422
    assert "has no slot from" in refused.error("from")
    assert refused.fields(place)["at_once"] == "3"


def test_a_failed_run_is_run_again_by_its_button(cloud: LocalCloud, owner: Visitor) -> None:
    from chalicelib.identity.person import Person
    from chalicelib.jobs import service as jobs

    api = api_of(cloud, owner)
    job = api.schedule(fresh("mended"))
    now = clock.now()
    stored = jobs.get(Person(owner.name, f"{owner.name}@example.org"), job["id"])
    run = factory.of_job(stored, f"r-{job['id'][2:]}-1", Trigger.MANUAL, now, now)
    run.status, run.live, run.started_at, run.finished_at = "FAILED", None, now, now
    run.save()
    page = owner.get(f"/runs/{run.id}")
    assert "Run again with the newest notebook" in page.text
    mended = owner.send(page, f"/runs/{run.id}/repair")
    assert mended.path.startswith("/runs/r-")
    assert "An earlier run" in mended.text
    api("POST", f"/runs/{mended.path.rpartition('/')[2]}/cancel")
