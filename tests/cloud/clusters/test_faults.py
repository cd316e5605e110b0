"""Every AWS call in a cluster's life fails in every way, and every event that an await waits for is lost, doubled or early.

The calls are those that two undisturbed lives make; nobody lists them here. Disturbed lives are lived side by side. A life
has three stages, each with a check at its end, and at most one disturbance in each.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count, zip_longest
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.budgets.models import Spending
from chalicelib.budgets.rules import Budget, month_of
from chalicelib.clusters import launching, service
from chalicelib.clusters.forms import ExtendCluster, LaunchCluster
from chalicelib.clusters.models import Cluster
from chalicelib.core import clock
from chalicelib.core.tables import find
from chalicelib.identity.person import Person
from chalicelib.keys import service as keys
from chalicelib.site_settings import service as site
from localaws.cloud import LocalCloud
from tests.support import sweeps
from tests.support.budgets import budgeted
from tests.support.calls import FAULTS, MACHINE, OF_CALLS, Calls, Place
from tests.support.faults import Death, Params, emr_answers, events_go, without_bootstrap
from tests.support.http import RELEASE, fresh_key, until
from tests.support.prices import forget_prices

LATE, EARLY = "late", "early"
"""Two lives. In a late one EMR's events come when the machine waits for them already, in an early one just before. The
first is extended and terminated by its owner, the second expires."""

STAGES = LAUNCHING, RUNNING, ENDING = "launching", "running", "ending"


@dataclass
class Life:
    """One cluster's life and what disturbs it: a call in each stage, or the events of a state."""

    word: str
    kind: str
    fault: str = ""
    places: list[Place] = field(default_factory=list)
    state: str = ""
    record_id: str = ""
    seen: Cluster | None = None
    held_back: list[Params] = field(default_factory=list)
    patience: int = 2

    def disturbance(self, stage: str) -> str:
        """What goes wrong in this stage, for people."""
        place = next((place for place in self.places if place.stage == stage), None)
        return f"{place} {self.fault}" if place else f"{stage}, the events of {self.state} are {self.fault}"

    @property
    def record(self) -> Cluster:
        """The record as last looked at."""
        assert self.seen
        return self.seen

    def look(self) -> Cluster:
        self.seen = find(Cluster, self.record_id)
        return self.record


_numbers = count(1)


def life(kind: str, fault: str = "", places: list[Place] | None = None, state: str = "") -> Life:
    return Life(f"life-{next(_numbers):05}-{uuid4().hex[:4]}", kind, fault, places or [], state)


class World:
    """Lives side by side, by one clock that is moved on while nobody is busy."""

    def __init__(self, cloud: LocalCloud, calls: Calls, person: Person, lives: list[Life]) -> None:
        self.cloud, self.calls, self.person, self.lives = cloud, calls, person, lives
        self.key = keys.add(person, "laptop", fresh_key(), clock.now()).id
        self.by_word = {life.word: life for life in lives}
        self.wrong: dict[tuple[str, str], list[str]] = defaultdict(list)
        self.told: set[tuple[str, str]] = set()
        self.older = len(cloud.emr.clusters)
        calls.before = self.just_before
        for one in lives:
            calls.planned.update({(one.word, place): one.fault for place in one.places})

    def live(self) -> None:
        """From the launch to long after the end."""
        began = clock.now()
        self.launching()
        self.move_to(began + timedelta(minutes=70))
        self.running()
        self.ending(began + timedelta(minutes=125))

    def launching(self) -> None:
        self.calls.stage = LAUNCHING
        self.everyone(LATE, "launch", self.launch)
        self.everyone(EARLY, "launch", self.launch)
        self.tick(1, times=4)
        for _ in range(3):
            self.sweep()
            self.tick(2, times=3)
        self.check_running()

    def running(self) -> None:
        self.calls.stage = RUNNING
        self.two_sweeps_at_once()
        self.sweep()
        self.everyone(LATE, "extend", self.extend)
        self.tick(2, times=4)
        self.look()
        self.check(lambda one: self.mails[one.word] == 1, "the owner was not warned once")
        extended = lambda one: int(one.record.lifetime_extension_count) == (one.kind == LATE)  # noqa: E731
        self.check(extended, "it was not extended as often as asked")
        self.check(lambda one: one.record.awaiting_until == one.record.expires_at, "its expiry is not awaited")
        self.check_running()

    def ending(self, expired_at: Any) -> None:
        self.calls.stage = ENDING
        self.everyone(LATE, "terminate", lambda one: service.terminate(self.person, one.record_id, clock.now()))
        self.tick(2, times=3)
        self.move_to(expired_at)
        for _ in range(4):
            self.tick(2, times=3)
            self.sweep()
        self.tick(5, times=2)
        self.check_ended()

    def launch(self, one: Life) -> None:
        form = LaunchCluster(identifier=one.word, size=1, lifetime=2, ssh_key=self.key, emr_release=RELEASE)
        one.record_id = launching.launch(self.person, form, f"launch {one.word}", clock.now()).id

    def extend(self, one: Life) -> None:
        service.extend(self.person, one.record_id, ExtendCluster(hours=1), f"extend {one.word}", clock.now())

    def everyone(self, kind: str, what: str, act: Callable[[Life], Any]) -> None:
        """Act as a person's request does, who repeats it when it did not work."""
        for one in self.lives:
            tries = [what, f"{what} again", f"{what} once more"] if one.kind == kind else []
            while tries:
                try:
                    with self.calls.acting(one.word, tries.pop(0)):
                        act(one)
                    break
                except (Exception, Death) as error:
                    if not tries:
                        self.wrong[one.word, self.calls.stage].append(f"{what} does not work: {error!r}")

    def just_before(self, word: str, who: str) -> None:
        """In early lives, what the machine is about to wait for happens just before it does."""
        one = self.by_word.get(word)
        if one and one.kind == EARLY and who in ("wait ready 1", "wait end 1"):
            until(lambda: self.emr_is_steady(one))
            self.hand_over(one)

    def keep(self, event: Params, deliver: Callable[[Params], None]) -> None:
        one = self.by_word.get(self.calls.word_of_jobflow(event["detail"]["clusterId"]))
        if one is None:
            deliver(event)
            return
        one.held_back.append(event)
        self.told.add((event["detail"]["clusterId"], event["detail"]["state"]))

    def hand_over(self, one: Life) -> None:
        """Deliver what was held back, in order, trying again as Lambda does."""
        while one.held_back:
            event = one.held_back.pop(0)
            disturbed = one.state == event["detail"]["state"]
            for _ in range({"lost": 0, "doubled": 2}[one.fault] if disturbed else 1):
                any(self.cloud.functions.invoke("on_emr_event", event).error is None for _attempt in range(3))

    def is_awaited(self, one: Life) -> bool:
        """Whether the machine waits for what was held back. One that does not come to that gets its events all the same."""
        until_what = {"STARTING": "ready", "WAITING": "ready"}.get(one.held_back[0]["detail"]["state"], "end")
        record = one.look()
        one.patience -= 1
        return bool(record.token and record.awaiting == until_what) or one.patience < 0

    def emr_is_steady(self, one: Life | None = None) -> bool:
        """EMR has sent every event that it has to send by now, about one life or all of them."""
        return all(
            (jobflow.id, jobflow.state) in self.told and (jobflow.state == "WAITING") == jobflow.is_alive
            for jobflow in (self.clusters(one) if one else self.all_clusters())
        )

    def all_clusters(self) -> list[Any]:
        made = list(self.cloud.emr.clusters.values())[self.older :]
        return [jobflow for jobflow in made if self.calls.word_of_jobflow(jobflow.id) in self.by_word]

    def clusters(self, one: Life) -> list[Any]:
        return [jobflow for jobflow in self.all_clusters() if one.word in jobflow.name]

    def settle(self) -> None:
        """Until nobody is busy, and EMR has sent what it has to send."""
        until(lambda: self.calls.quiet(0.15) and self.emr_is_steady(), 120)

    def tick(self, minutes: float, times: int) -> None:
        for _ in range(times):
            self.settle()
            ready = [one for one in self.lives if one.held_back and (one.kind == EARLY or self.is_awaited(one))]
            for one in ready:
                self.hand_over(one)
                one.patience = 2
            if ready:
                self.settle()
            self.cloud.clock.advance(minutes=minutes)
        self.settle()

    def move_to(self, moment: Any) -> None:
        self.cloud.clock.advance(seconds=max(0, (moment - clock.now()).total_seconds()))
        self.settle()

    def sweep(self) -> None:
        event = self.cloud.events.event("aws.events", "Scheduled Event", {})
        assert self.cloud.functions.invoke("sweep", event).error is None
        self.settle()

    def two_sweeps_at_once(self) -> None:
        both = [threading.Thread(target=self.sweep) for _ in range(2)]
        for sweep in both:
            sweep.start()
        for sweep in both:
            sweep.join()

    def check(self, holds: Callable[[Life], bool], otherwise: str) -> None:
        for one in self.lives:
            if not holds(one):
                self.wrong[one.word, self.calls.stage].append(otherwise)

    def look(self) -> None:
        """See every record, and how many mails there are about each."""
        by_id = {one.record_id: one for one in self.lives}
        for record in Cluster.batch_get(list(by_id), consistent_read=True):
            by_id[record.id].seen = record
        texts = [sent.text or "" for sent in self.cloud.mails.to(str(self.person.email))]
        self.mails = {one.word: sum(one.word in text for text in texts) for one in self.lives}

    def check_running(self) -> None:
        self.look()
        alive: dict[str, list[str]] = defaultdict(list)
        for jobflow in self.all_clusters():
            if jobflow.is_alive:
                alive[self.calls.word_of_jobflow(jobflow.id)].append(jobflow.id)
        self.check(lambda one: one.record.status == "WAITING", "its record is not WAITING")
        self.check(lambda one: bool(one.record.master_address), "its record has no address")
        self.check(lambda one: alive[one.word] == [one.record.jobflow_id], "it has not one cluster, the recorded one")
        reserves = lambda one: int((one.record.reservation or {}).get("micros", 0)) > 0  # noqa: E731
        self.check(reserves, "nothing is reserved for it")
        self.check_struck()

    def check_ended(self) -> None:
        self.look()
        alive = {self.calls.word_of_jobflow(jobflow.id) for jobflow in self.all_clusters() if jobflow.is_alive}
        self.check(lambda one: one.word not in alive, "a cluster of it still runs")
        self.check(lambda one: one.record.is_final and not one.record.live, "its record is still live")
        self.check(lambda one: one.record.status == "TERMINATED", "its record is not TERMINATED")
        self.check(lambda one: one.record.status_reason == self.reason(one), "it ended for another reason")
        self.check(lambda one: one.record.finished_at is not None, "it has no time of its end")
        self.check(lambda one: execution(self.cloud, one.record_id) == "SUCCEEDED", "its execution has not ended")
        self.check(lambda one: self.mails[one.word] == 1, "the owner was not told once")
        settled = lambda one: one.record.settled and not one.record.reservation  # noqa: E731
        self.check(settled, "money is still reserved for it")
        self.check_spent()
        self.check_struck()

    def check_spent(self) -> None:
        """All lives draw on their person's budget, so what is too much or too little of it is no single one's. What has no receipt,
        as EMR did not answer, is settled by its estimate."""
        month = month_of(self.lives[0].record.created_at)
        spending = find(Spending, f"{month}/person/{self.person.username}")
        assert spending
        assert spending.ended > 0
        if all(one.record.receipt for one in self.lives):
            assert spending.committed == spending.ended, "what is drawn on the budget is not what the receipts say"

    def check_struck(self) -> None:
        struck = self.calls.struck
        now = self.calls.stage
        came = lambda one: all((one.word, place) in struck for place in one.places if place.stage == now)  # noqa: E731
        self.check(came, "its fault never came")

    def reason(self, one: Life) -> str:
        return f"Terminated by {self.person.username}." if one.kind == LATE else "Its lifetime of 2 hours ended."


def execution(cloud: LocalCloud, record_id: str) -> str:
    arn = f"arn:aws:states:{cloud.region}:{cloud.account}:execution:atmo-local-cluster:{record_id}"
    return str(cloud.client("stepfunctions").describe_execution(executionArn=arn)["status"])


Lived = Callable[[list[Life]], World]


@pytest.fixture(scope="module")
def lived(cloud: LocalCloud) -> Iterator[Lived]:
    """Lives lives side by side; returns the world after them."""
    with pytest.MonkeyPatch.context() as patch, emr_answers(cloud, without_bootstrap):
        patch.setattr(cloud.emr.runtime, "phase_seconds", 0.02)
        # A process asks for the site's settings once a minute; here every launch does, as the first in a process.
        patch.setattr(site, "_in_minute", site._in_minute.__wrapped__)
        forget_prices()
        sweeps.sweep(cloud)

        def side_by_side(lives: list[Life]) -> World:
            name = f"u-{uuid4().hex[:8]}"
            with budgeted(people={name: Budget("1000000")}), Calls(cloud).watching() as calls:
                world = World(cloud, calls, Person(name, f"{name}@example.org", frozenset()), lives)
                with events_go(cloud, world.keep):
                    world.live()
            return world

        yield side_by_side
        forget_prices()


@pytest.fixture(scope="module")
def undisturbed(lived: Lived) -> dict[str, list[Place]]:
    """The calls of each kind of life, in order. Those of the second that the first makes too are left out."""
    lives = [life(LATE), life(EARLY)]
    world = lived(lives)
    assert not world.wrong, dict(world.wrong)
    late, early = (world.calls.made[one.word] for one in lives)
    return {LATE: late, EARLY: [place for place in early if place not in late]}


@pytest.fixture(scope="module")
def disturbed(lived: Lived, undisturbed: dict[str, list[Place]]) -> World:
    """The world after a life, or a stage of one, for every call and every fault, and for every event lost or doubled."""
    return lived([*lives_with_faults(undisturbed), *lives_with_events()])


def lives_with_faults(undisturbed: dict[str, list[Place]]) -> Iterator[Life]:
    for fault in FAULTS:
        for kind, places in undisturbed.items():
            failing = [place for place in places if place.who != MACHINE or fault in OF_CALLS]
            by_stage = [[place for place in failing if place.stage == stage] for stage in STAGES]
            for together in zip_longest(*by_stage):
                yield life(kind, fault, [place for place in together if place])


def lives_with_events() -> Iterator[Life]:
    for how in ("lost", "doubled"):
        for state in ("STARTING", "WAITING", "TERMINATED"):
            for kind in (LATE, EARLY):
                yield life(kind, how, state=state)


@pytest.mark.parametrize("fault", FAULTS)
def test_every_call(fault: str, disturbed: World, undisturbed: dict[str, list[Place]], subtests: Any) -> None:
    """Every single call of a life is throttled, and so on; whatever becomes of it, nothing is lost or doubled."""
    lives = [one for one in disturbed.lives if one.fault == fault]
    cases = sum(len(one.places) for one in lives)
    assert cases == sum(
        place.who != MACHINE or fault in OF_CALLS for places in undisturbed.values() for place in places
    )
    print(f"{cases} cases: a call {fault}")
    report(disturbed, lives, subtests)


def test_every_event(disturbed: World, subtests: Any) -> None:
    """Each event of a life does not come, or comes twice, when its await has begun and just before that."""
    lives = [one for one in disturbed.lives if one.state]
    print(f"{len(lives)} cases: events lost or doubled")
    report(disturbed, lives, subtests)


def report(world: World, lives: list[Life], subtests: Any) -> None:
    """One result for each stage of a life, named by its disturbance."""
    for one in lives:
        for stage in STAGES:
            with subtests.test(msg=f"{one.disturbance(stage)} ({one.kind})"):
                assert world.wrong.get((one.word, stage), []) == []
