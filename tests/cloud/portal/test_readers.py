"""Each sentence is for its reader: nobody is promised a mail that they do not get, or told to do what they may not."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.runs.models import Trigger
from tests.support.http import RELEASE, fresh_key
from tests.support.visitor import Visitor

OWNER = f"owner-{uuid4().hex[:6]}"
ROLES = ("owner", "viewer", "changer", "deleter", "receiver", "maintainer", "admin")
GROUPS = {"maintainer": ("cluster-maintainers", "job-maintainers"), "admin": ("admins",)}
MINE, EVERYBODY = {"owner"}, set(ROLES)
MAY_CHANGE = {"owner", "changer", "deleter", "maintainer", "admin"}
MAY_DELETE = MAY_CHANGE - {"changer"}
MAY_TRANSFER = {"owner", "maintainer", "admin"}
OTHERS_WHO_MAY_CHANGE, OTHERS_WHO_MAY_DELETE = MAY_CHANGE - MINE, MAY_DELETE - MINE
SENTENCES: list[tuple[str, str, set[str]]] = [
    ("cluster", "You will get a mail an hour before", MINE),
    ("cluster", f"{OWNER} will get a mail an hour before", EVERYBODY - MINE),
    ("cluster", "or your home directory", MINE),
    ("cluster", "or the home directory", EVERYBODY - MINE),
    ("cluster", "Leave this running, then open", MAY_CHANGE),
    ("cluster", "Copy files to it and back", MINE),
    ("cluster", "Your home directory", MINE),
    ("cluster", "that is not one of yours", OTHERS_WHO_MAY_CHANGE),
    ("cluster", "Somebody who may change it can connect", EVERYBODY - MAY_CHANGE),
    ("cluster", "It is shared with you to look at", {"viewer"}),
    ("cluster", "It is not yours yet", {"receiver"}),
    ("cluster", "End this cluster now", MAY_DELETE),
    ("cluster", "Extend by", MAY_CHANGE),
    ("cluster", f"{OWNER} gets a mail that you did this", OTHERS_WHO_MAY_DELETE),
    ("cluster", f"{OWNER} wants to hand this over to you", {"receiver"}),
    ("cluster", "Offered to receiver", MAY_TRANSFER),
    ("cluster", "It stays yours until they accept", MINE),
    ("cluster", "Launch another like this", EVERYBODY),
    ("ended cluster", "will get a mail", set()),
    ("ended cluster", "Leave this running, then open", set()),
    ("ended cluster", "Extend by", set()),
    ("ended cluster", "End this cluster now", set()),
    ("ended cluster", "Launch another like this", EVERYBODY),
    ("job", "Stop its scheduled runs", OTHERS_WHO_MAY_CHANGE),
    ("job", "gets a mail that you did this", OTHERS_WHO_MAY_CHANGE),
    ("job", "Delete this job?", MAY_DELETE),
    ("job", f"{OWNER} wants to hand this over to you", {"receiver"}),
    ("job", "Run now", MAY_CHANGE),
    ("paused job", "then resume the job", MAY_CHANGE),
    ("paused job", f"Nothing runs until {OWNER} resumes it", EVERYBODY - MAY_CHANGE),
    ("run", "you will get a mail if the run fails", MINE),
    ("run", "you can close this page", EVERYBODY),
    ("run", "Stop this run?", MAY_CHANGE),
    ("run", f"{OWNER} gets a mail that you did this", OTHERS_WHO_MAY_CHANGE),
    ("next attempt", "if a retry will not help, cancel it", MAY_CHANGE),
]
"""On which page, which sentence, and who reads it."""
PAGES = sorted({page for page, _, _ in SENTENCES})
RECEIVERS_SEE = {"cluster", "ended cluster", "job", "paused job"}
"""What is offered; the runs of a job are the receiver's to see when the job is theirs."""


@pytest.fixture(scope="module")
def places() -> dict[str, str]:
    return {}


@pytest.fixture
def place_of(signed_in: Callable[..., Visitor], places: dict[str, str]) -> Callable[[str], str]:
    """The page's address; the first test makes what all of them show, shared and offered to the readers."""
    if not places:
        signed_in(OWNER)
        places |= _make()
    return places.__getitem__


def _make() -> dict[str, str]:
    from chalicelib.clusters.models import Cluster
    from chalicelib.core import clock
    from chalicelib.identity.share_models import Share
    from chalicelib.jobs.models import Job
    from chalicelib.keys import service as keys
    from chalicelib.runs import factory

    now, suffix = clock.now(), uuid4().hex[:8]
    key = keys.add(_person(), "laptop", fresh_key(), now)
    owned: dict[str, Any] = {
        "owner": OWNER, "owner_email": f"{OWNER}@example.org", "created_at": now, "size": 1, "emr_release": RELEASE,
        "transfer_to": "receiver",
    }  # fmt: skip
    for name, status in (("cluster", "WAITING"), ("ended", "TERMINATED")):
        Cluster(
            f"c-{name}{suffix}", identifier=name, name=name, owner_state=f"{OWNER}#active", lifetime=2, status=status,
            ssh_key=key.id, public_key=key.key, efs="fs-1", master_address="ec2.example.org", master_instance="i-0123456789abcdef0",
            started_at=now, ready_at=now,
            jobflow_id="j-1", expires_at=now + timedelta(hours=9), finished_at=now if name == "ended" else None, **owned,
        ).save()  # fmt: skip
    jobs = {
        name: Job(
            f"j-{name}{suffix}", identifier=f"{name}-{suffix}", description="", notebook_name="n.ipynb", notebook_key="n",
            notebook_version="1", result_visibility="private", schedule="daily", timezone="UTC", start_date=now, job_timeout=1,
            modified_at=now, is_enabled=name != "paused", paused_by="atmo" if name == "paused" else None,
            pause_reason="It failed 5 times.", failures_in_a_row=5, **owned,
        )
        for name in ("job", "paused")
    }  # fmt: skip
    for job in jobs.values():
        job.save()
    run, attempt = (factory.of_job(jobs["job"], f"r-{n}{suffix}", Trigger.MANUAL, now, now) for n in ("run", "attempt"))
    attempt.attempt, attempt.attempts, attempt.not_before = 2, 3, now + timedelta(hours=1)
    run.status = "RUNNING"
    for one in (run, attempt):
        one.live = None
        one.save()
    for shared in (f"c-cluster{suffix}", f"c-ended{suffix}", *(job.id for job in jobs.values())):
        for name, level in (("viewer", "view"), ("changer", "change"), ("deleter", "delete")):
            Share(shared, f"person:{name}", level=level, shared_by=OWNER, created_at=now).save()
    return {
        "cluster": f"/clusters/c-cluster{suffix}", "ended cluster": f"/clusters/c-ended{suffix}",
        "job": f"/jobs/{jobs['job'].id}", "paused job": f"/jobs/{jobs['paused'].id}", "run": f"/runs/{run.id}",
        "next attempt": f"/runs/{attempt.id}",
    }  # fmt: skip


def _person() -> Any:
    from chalicelib.identity.person import Person

    return Person(OWNER, f"{OWNER}@example.org", frozenset())


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("page", PAGES)
def test_each_sentence_has_its_readers(
    signed_in: Callable[..., Visitor], place_of: Callable[[str], str], page: str, role: str
) -> None:
    name = OWNER if role == "owner" else role
    answer = signed_in(name, *GROUPS.get(role, ())).get(place_of(page))
    if role == "receiver" and page not in RECEIVERS_SEE:
        assert answer.status == 404
        return
    assert answer.status == 200
    text = re.sub(r"\s+", " ", answer.text)
    shown = {sentence for place, sentence, _ in SENTENCES if place == page and sentence in text}
    assert shown == {sentence for place, sentence, readers in SENTENCES if place == page and role in readers}
