"""Jobs that start after one another, in the browser."""

from __future__ import annotations

import itertools

from chalicelib.jobs.models import Job
from localaws.cloud import LocalCloud
from tests.cloud.portal.test_job_form import fill
from tests.support.html_page import text_of
from tests.support.mailbox import mails_about, subject_of
from tests.support.people import fresh, signed_in
from tests.support.visitor import Page, Visitor


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
    assert f"None: {before} was deleted" in owner.get("/").text
    assert f"{before}, which was deleted" in owner.get(f"{page.path}?tab=order").text
    (mail,) = [mail for mail in mails_about(cloud, before) if "no longer starts" in mail.subject]
    assert subject_of(mail).endswith(f"no longer starts: {before} was deleted")
    again = fill(owner, identifier=before)
    owner.send(owner.get(f"{page.path}/edit"), f"{page.path}/edit", description="Joins it again.")
    assert again.path in owner.get(page.path).addresses()


def test_what_waits_for_what_is_shown_as_a_tree(alice: Visitor) -> None:
    names = [fresh(f"step{number}") for number in range(6)]
    pages = [fill(alice, identifier=names[0])]
    for before, name in itertools.pairwise(names):
        pages.append(fill(alice, identifier=name, schedule="after", after=before))
    assert "Before and after" in alice.get(pages[0].path).text
    assert f"{pages[0].path}?tab=order" in alice.get(pages[0].path).addresses()
    tree = graph_of(alice.get(f"{pages[1].path}?tab=order"))
    assert [name for name in names if name in tree] == names[:5]
    assert tree.count("<ul") == tree.count("</ul>") == 6
    assert f'<strong aria-current="true">{names[1]}</strong>' in tree
    assert f"1 more job after {names[4]}" in text_of(tree)
    above = text_of(graph_of(alice.get(f"{pages[4].path}?tab=order")))
    assert f"Another job , for which {names[1]} waits" in above
    assert names[0] not in above


def test_a_job_alone_has_no_tab_for_it(alice: Visitor) -> None:
    page = fill(alice, identifier=fresh("alone"))
    assert "Before and after" not in page.text
    assert alice.get(f"{page.path}?tab=order").status == 200


def test_somebody_with_a_share_sees_which_jobs_are_shared_and_that_there_is_another(cloud: LocalCloud) -> None:
    owner, reader = signed_in(cloud, fresh("owner"), "analysts"), signed_in(cloud, fresh("reader"), "analysts")
    names = [fresh("first"), fresh("hidden"), fresh("shared")]
    first, hidden, shared = (
        fill(owner, identifier=name, **({"schedule": "after", "after": names[0]} if name != names[0] else {}))
        for name in names
    )
    for page, kind, name in ((first, "person", reader.name), (shared, "group", "analysts")):
        owner.send(owner.get(f"{page.path}/shares"), f"{page.path}/shares", kind=kind, name=name, level="view")
    tree = reader.get(f"{first.path}?tab=order")
    assert (names[2] in tree.text, names[1] in tree.text) == (True, False)
    assert "A job that is not shared with you" in tree.text
    assert "1 job that is not shared with you" in reader.get(first.path).text
    assert hidden.path not in tree.html


def graph_of(page: Page) -> str:
    return (
        '<ul class="job-graph"'
        + page.html.partition('<ul class="job-graph"')[2].partition("</nav>")[0].partition("<aside")[0]
    )
