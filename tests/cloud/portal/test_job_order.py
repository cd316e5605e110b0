"""Jobs that start after one another, in the browser."""

from __future__ import annotations

from chalicelib.jobs.models import Job
from localaws.cloud import LocalCloud
from tests.cloud.portal.test_job_form import fill
from tests.support.mailbox import mails_about, subject_of
from tests.support.people import fresh, signed_in
from tests.support.visitor import Visitor


def test_a_job_is_made_to_start_after_another_and_both_pages_say_so(alice: Visitor) -> None:
    before = fresh("before")
    first = fill(alice, identifier=before)
    page = fill(alice, schedule="after", after=before, after_outcome="end", lateness_limit="6")
    assert f"After {before} has ended, in whatever way" in page.text
    assert f"After the next run of {before} , within 6 hours of its end" in " ".join(page.text.split())
    assert first.path in page.addresses()
    assert page.path in alice.get(first.path).addresses()
    assert "however it ended" in alice.get(first.path).text
    form = alice.get(f"{page.path}/edit").fields(f"{page.path}/edit")
    assert (form["schedule"], form["after"], form["after_outcome"]) == ("after", before, "end")


def test_a_ring_is_refused_at_its_field(alice: Visitor) -> None:
    names = [fresh("ring"), fresh("ring")]
    first = fill(alice, identifier=names[0])
    fill(alice, identifier=names[1], schedule="after", after=names[0])
    refused = alice.send(alice.get(f"{first.path}/edit"), f"{first.path}/edit", schedule="after", after=names[1])
    assert refused.status == 422
    assert f"{names[0]} → {names[1]} → {names[0]}" in refused.text


def test_another_schedule_takes_the_job_before_away(alice: Visitor) -> None:
    before = fresh("before")
    fill(alice, identifier=before)
    page = fill(alice, schedule="after", after=before)
    edited = alice.send(alice.get(f"{page.path}/edit"), f"{page.path}/edit", schedule="daily")
    assert "Every day at 06:00 UTC" in edited.text
    assert Job.get(page.path.rpartition("/")[2]).after is None


def test_whose_job_before_is_deleted_is_told(cloud: LocalCloud) -> None:
    owner, before = signed_in(cloud, fresh("owner")), fresh("before")
    first = fill(owner, identifier=before)
    page = fill(owner, schedule="after", after=before)
    owner.send(owner.get(first.path), f"{first.path}/delete")
    assert "It waits for a job that no longer exists" in owner.get(page.path).text
    (mail,) = [mail for mail in mails_about(cloud, before) if "no longer starts" in mail.subject]
    assert subject_of(mail).endswith(f"no longer starts: {before} was deleted")
    again = fill(owner, identifier=before)
    owner.send(owner.get(f"{page.path}/edit"), f"{page.path}/edit", description="Joins it again.")
    assert again.path in owner.get(page.path).addresses()
