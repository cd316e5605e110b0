"""Jobs that start when objects have arrived, in the browser."""

from __future__ import annotations

from chalicelib.core import clock
from chalicelib.dispatch import service as dispatch
from chalicelib.jobs.models import Job
from localaws.cloud import LocalCloud
from tests.cloud.portal.test_job_form import fill
from tests.cloud.schedules.test_bursts import ALLOWED, arrive, event, place
from tests.support.people import fresh
from tests.support.settings import site_settings
from tests.support.visitor import Visitor


def test_a_job_is_made_to_start_when_objects_arrive(cloud: LocalCloud, alice: Visitor) -> None:
    under, now = place(), f"{clock.now():%Y-%m-%dT%H:%M}"
    with site_settings(arrival_places=[ALLOWED]):
        page = fill(
            alice, identifier=fresh("objects"), schedule="objects", on_arrival=under, quiet_minutes="7", start_date=now
        )
        assert f"When objects have arrived under {under}, and none for 7 minutes" in page.text
        assert "Slots and backfill" not in page.text
        form = alice.get(f"{page.path}/edit").fields(f"{page.path}/edit")
        assert (form["schedule"], form["on_arrival"], form["quiet_minutes"]) == ("objects", under, "7")
        assert "when objects arrive" in alice.get("/jobs").text
        arrive(cloud, event(cloud, under, "a.csv"), event(cloud, under, "b.csv"))
    assert "for 2 objects so far, unless more arrive" in " ".join(alice.get(page.path).text.split())
    cloud.clock.advance(minutes=7, seconds=1)
    dispatch.dispatch(clock.now())
    run = Job.get(page.path.rpartition("/")[2], consistent_read=True).last_run
    shown = " ".join(alice.get(f"/runs/{run}").text.split())
    assert f"2 objects that arrived under {under}" in shown
    assert f"{under.partition('/in/')[2]}a.csv and 1 more" in shown


def test_another_schedule_takes_the_place_away(alice: Visitor) -> None:
    with site_settings(arrival_places=[ALLOWED]):
        page = fill(alice, identifier=fresh("objects"), schedule="objects", on_arrival=place())
        edited = alice.send(alice.get(f"{page.path}/edit"), f"{page.path}/edit", schedule="daily")
    assert "Every day at 06:00 UTC" in edited.text
    assert Job.get(page.path.rpartition("/")[2]).on_arrival is None


def test_a_place_is_refused_at_its_field(alice: Visitor) -> None:
    refused = fill(alice, identifier=fresh("objects"), schedule="objects", on_arrival=ALLOWED)
    assert (refused.status, "lets no objects start jobs" in refused.error("on_arrival")) == (422, True)
    preview = alice.get("/jobs/preview?schedule=objects&timezone=UTC")
    assert "It starts when objects have arrived" in preview.text
