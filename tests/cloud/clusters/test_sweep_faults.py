"""Every AWS call of a sweep fails in every way; the next sweep that nothing disturbs leaves the world right.

The world is small: one of each thing that a sweep mends. Which calls it takes is seen in a first sweep; nobody lists them here.
Of cases that cannot differ one is lived. A call that only reads fails in one way, whatever its error and whether or not
it worked. A death leaves what was written until then: so it comes after each write, which is also before all that follows.
Calls for different things go wrong in one sweep.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import zip_longest
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.clusters.models import Cluster
from chalicelib.core import clock
from chalicelib.entrypoints import sweep
from chalicelib.jobflows.reconciliation.findings import Report
from chalicelib.mail.models import UNCONFIRMED, WAITING, Mail
from chalicelib.mail.webhooks.models import Delivery
from localaws.cloud import LocalCloud
from tests.support.calls import FAULTS, Place
from tests.support.faults import Death, Params
from tests.support.http import until
from tests.support.mailbox import mails_about
from tests.support.reconciliation import OURS, record
from tests.support.wiretap import tapped

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@dataclass
class World:
    """One of each thing that a sweep mends, by what is amiss with it: records and jobflows."""

    cloud: LocalCloud
    word: str = field(default_factory=lambda: f"swept-{uuid4().hex[:8]}")
    records: dict[str, str] = field(default_factory=dict)
    jobflows: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        now = clock.now()
        forget_what_others_have_to_send()
        self.launch("orphan")
        self.record("warn", "WAITING", expires_at=now + HOUR / 2, jobflow_id=self.launch("warn"))
        self.record("lost event", "STARTING", jobflow_id=self.launch("lost event"))
        self.record("overdue", "TERMINATING", ending_at=now - 12 * MINUTE, jobflow_id=self.launch("overdue"))
        self.record("unrecorded", "REQUESTED", jobflow_id=None, started_at=None, created_at=now - 5 * MINUTE)
        self.launch("unrecorded")
        self.record("forgotten", "WAITING", jobflow_id=f"j-{self.word.upper()}")
        Mail(self.mail, to="ada@example.org", subject=self.word, text=self.mail, html=self.mail, pending=WAITING,
             created_at=now - HOUR).save()  # fmt: skip
        until(lambda: all(self.emr(what).state == "WAITING" for what in self.jobflows))
        for what in self.jobflows:
            self.emr(what).created = self.emr(what).ready = now - 20 * MINUTE

    @property
    def mail(self) -> str:
        return f"{self.word}-in-the-outbox"

    def emr(self, what: str) -> Any:
        return self.cloud.emr.clusters[self.jobflows[what]]

    def name(self, what: str) -> str:
        return f"atmo-local-cluster-{self.word}-{what.replace(' ', '-')}"

    def launch(self, what: str) -> str:
        """A cluster in EMR, ready for a while, tagged with the record that it is to be of."""
        tags = OURS | {"Record": self.records.setdefault(what, f"c-{uuid4().hex[:16]}")}
        made = self.cloud.emr.answer(
            "RunJobFlow",
            {
                "Name": self.name(what), "ReleaseLabel": "emr-7.10.0", "ServiceRole": "role", "JobFlowRole": "profile",
                "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
                "Instances": {"KeepJobFlowAliveWhenNoSteps": True, "MasterInstanceType": "m5.xlarge", "InstanceCount": 1},
            },
        )  # fmt: skip
        self.jobflows[what] = str(made["JobFlowId"])
        return self.jobflows[what]

    def record(self, what: str, status: str, **more: Any) -> None:
        now, who = clock.now(), self.word
        # A second apart, so that every sweep serves them in the same order.
        known: Params = {
            "created_at": now - HOUR + timedelta(seconds=len(self.records)),
            "started_at": now - HOUR,
            "expires_at": now + 20 * HOUR,
        }
        Cluster(
            self.records.setdefault(what, f"c-{uuid4().hex[:16]}"), identifier=f"{who}-{what}", name=self.name(what),
            owner=who, owner_email=f"{who}@example.org", owner_state=f"{who}#active", live="yes",
            size=1, lifetime=24, emr_release="7.10.0", ssh_key="k", public_key="ssh-ed25519 A", status=status,
            master_address="ec2-203-0-113-1", ready_at=now - HOUR, ended_by=who if status == "TERMINATING" else None,
            status_reason="Terminated." if status == "TERMINATING" else "", **(known | more),
        ).save()  # fmt: skip

    def wrong(self) -> list[str]:
        """What is not as it should be."""

        def ended(what: str) -> bool:
            return record(self.records[what]).is_final

        with suppress(AssertionError):
            until(lambda: ended("overdue") and not any(self.emr(what).is_alive for what in ("orphan", "overdue")), 5)
        warning, mail = self.mails("ends in"), self.mails(self.mail)
        right = {
            "the orphan is ended": not self.emr("orphan").is_alive,
            "the overdue cluster and its record are ended": not self.emr("overdue").is_alive and ended("overdue"),
            "the record learnt of the lost event": record(self.records["lost event"]).status == "WAITING",
            "the cluster is on its record": record(self.records["unrecorded"]).jobflow_id
            == self.jobflows["unrecorded"],
            "what is somebody's runs": all(self.emr(what).is_alive for what in ("warn", "lost event", "unrecorded")),
            "a record without a cluster has ended": ended("forgotten"),
            "the owner was warned once": warning == 1 or (warning == 0 and self.in_doubt("cluster-expires#")),
            "the mail was sent once": mail == 1 or (mail == 0 and self.in_doubt(self.mail)),
        }
        return [what for what, holds in right.items() if not holds]

    def mails(self, about: str) -> int:
        return sum(about in str(vars(sent)) for sent in mails_about(self.cloud, self.word))

    def in_doubt(self, start: str) -> bool:
        """Whether admins read of a mail that nobody knows whether SES has sent."""
        mails = [mail for mail in Mail.by_pending.query(UNCONFIRMED) if mail.id.startswith(start)]
        return any(self.word in mail.id + mail.subject for mail in mails)

    def end(self) -> None:
        """Leave nothing to the next world's sweeps."""
        for what, record_id in self.records.items():
            if what != "orphan":
                record(record_id).update([Cluster.live.remove(), Cluster.status.set("TERMINATED")])
        for what in self.jobflows:
            self.emr(what).halt()


def forget_what_others_have_to_send() -> None:
    """A sweep would try mails and webhooks of other tests again, now and then: calls that nobody can plan for."""
    for mail in Mail.by_pending.query(WAITING):
        mail.delete()
    for delivery in Delivery.by_pending.query("yes"):
        delivery.delete()


Where = tuple[str, str, int]
"""A call of a sweep: while what is served ("" for what is about all), which operation, and its number there."""


class Watched:
    """The AWS calls of this thread's sweep, by what it serves; those that are planned to go wrong do. A Lambda that died
    calls nothing more."""

    def __init__(self, world: World, planned: dict[Where, str]) -> None:
        self.served = {world.records[what]: what for what in world.records}
        self.served |= {world.jobflows["orphan"]: "orphan"}
        self.serving = ""
        self.planned = dict(planned)
        self.made: list[Where] = []
        self.dead = False

    @contextmanager
    def watching(self) -> Iterator[Watched]:
        serving = Report.serving

        @contextmanager
        def named(report: Report, record: str) -> Iterator[None]:
            self.serving = self.served.get(record, "others")
            with serving(report, record):
                yield
            self.serving = ""

        with (
            tapped(lambda call, really: self.answer(call.operation, really), this_thread=True),
            pytest.MonkeyPatch.context() as patch,
        ):
            patch.setattr(Report, "serving", named)
            yield self

    def answer(self, operation: str, really: Callable[[], Any]) -> Any:
        if self.dead:
            raise Death(operation)
        number = 1 + sum(made[:2] == (self.serving, operation) for made in self.made)
        where = (self.serving, operation, number)
        self.made.append(where)
        if not (fault := self.planned.pop(where, "")):
            return really()
        self.dead = fault.startswith("our Lambda")
        return FAULTS[fault](Place(self.serving, "the sweep", operation, number), really)


def swept(world: World, planned: dict[Where, str]) -> list[Where]:
    """One sweep, in which the planned calls go wrong. Returns all that it made."""
    with Watched(world, planned).watching() as watched, suppress(Death, Exception):
        sweep.sweep(clock.now())
    assert not watched.planned, f"never made: {list(watched.planned)}"
    return watched.made


@pytest.fixture(scope="module")
def quiet(cloud: LocalCloud) -> Iterator[LocalCloud]:
    """The cloud once sweeps have dealt with what other tests left behind."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cloud.emr.runtime, "phase_seconds", 0.01)
        for _ in range(2):
            cloud.clock.advance(minutes=11)
            sweep.sweep(clock.now())
        yield cloud


def one_undisturbed_sweep(quiet: LocalCloud) -> list[Where]:
    world = World(quiet)
    made = swept(world, {})
    assert world.wrong() == []
    world.end()
    quiet.clock.advance(minutes=11)
    return made


@pytest.fixture(scope="module")
def undisturbed(quiet: LocalCloud) -> list[Where]:
    """The calls of a sweep that nothing disturbs, which leaves the world right."""
    # Twice the same: without what a process asks for once, and without what other tests left to be done.
    before: list[Where] = []
    while (made := one_undisturbed_sweep(quiet)) != before:
        before = made
    kinds = {
        "ListClusters",
        "DescribeCluster",
        "TerminateJobFlows",
        "StartExecution",
        "SendEmail",
        "UpdateItem",
        "PutItem",
    }
    assert kinds <= {operation for _, operation, _ in made}
    return [where for where in made if where[0] != "others"]


READS = ("Get", "BatchGet", "Query", "Describe", "List")


def side_by_side(calls: list[Where]) -> list[list[Where]]:
    """The calls in rounds: in each, one of every thing that is served. What is about all goes wrong alone."""
    by_thing: dict[str, list[Where]] = defaultdict(list)
    for call in calls:
        by_thing[call[0]].append(call)
    alone = [[call] for call in by_thing.pop("", [])]
    return alone + [[call for call in together if call] for together in zip_longest(*by_thing.values())]


def writes(calls: list[Where]) -> list[Where]:
    return [call for call in calls if not call[1].startswith(READS)]


def check(world: World) -> list[str]:
    """What the next sweep that nothing disturbs leaves wrong."""
    world.cloud.clock.advance(minutes=11)
    sweep.sweep(clock.now())
    wrong = world.wrong()
    world.end()
    return wrong


@pytest.mark.parametrize("fault", ["throttled", "fails with a 5xx", "times out after having worked"])
def test_every_call_of_a_sweep(quiet: LocalCloud, undisturbed: list[Where], fault: str) -> None:
    calls = undisturbed if fault == "throttled" else writes(undisturbed)
    wrong: dict[str, list[str]] = {}
    for together in side_by_side(calls):
        world = World(quiet)
        swept(world, dict.fromkeys(together, fault))
        if problem := check(world):
            wrong[str(together)] = problem
    print(f"{len(calls)} cases: a call of a sweep {fault}")
    assert wrong == {}


def test_a_sweep_that_dies_anywhere(quiet: LocalCloud, undisturbed: list[Where]) -> None:
    """Of one world's sweeps each dies while it serves another thing, before what comes after it is served."""
    deaths = writes(undisturbed)
    wrong: dict[str, list[str]] = {}
    for together in side_by_side(deaths):
        world = World(quiet)
        for where in together:
            swept(world, {where: "our Lambda dies after it"})
        if problem := check(world):
            wrong[str(together)] = problem
    print(f"{len(deaths)} cases: our Lambda dies after a call of a sweep")
    assert wrong == {}
