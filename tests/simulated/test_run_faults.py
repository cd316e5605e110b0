"""Every AWS call in the life of a slot and its runs fails in every way, and every event is lost, doubled, early or late.

A life begins with a due slot and ends long after its last run: dispatch, the run's machine (the production ASL, interpreted
on a timeline), EMR's events, the owner's cancelling and the sweep make its calls. The calls are those that the undisturbed
lives make; nobody lists them here. DynamoDB, S3 and SES are the embedded cloud's.

The suite tries each fault once for each operation of each task, another one of its calls for each fault, and each event
in one life. ATMO_LONG=1 (make test-long) tries each fault for every call, and each event in every life.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import count, zip_longest
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.budgets import amounts
from chalicelib.budgets.models import Spending
from chalicelib.budgets.rules import Budget
from chalicelib.core import clock
from chalicelib.core.tables import find
from chalicelib.costs import receipts
from chalicelib.identity.person import Person
from chalicelib.jobs.models import Job
from chalicelib.mail.models import Mail
from chalicelib.mail.outbox import unconfirmed
from chalicelib.runs import service as runs
from chalicelib.runs.models import Run
from chalicelib.usage_limits.models import Usage
from localaws.cloud import LocalCloud
from tests.simulated.emr import Notebook
from tests.simulated.life import ANOTHER, LONG, Life
from tests.support.budgets import budgeted
from tests.support.calls import FAULTS, MACHINE, OF_CALLS, OF_LAMBDA, Place
from tests.support.http import Api
from tests.support.prices import forget_prices, know_prices

SUCCEEDS, FAILS, HANGS = Notebook(10), Notebook(10, "FAILED"), Notebook(10_000)


@dataclass(frozen=True)
class Kind:
    """What the attempts' notebooks do, what becomes of them, and of how many mails the owner should get."""

    notebooks: tuple[Notebook, ...]
    statuses: tuple[str, ...]
    mails: int
    cancelled: bool = False


KINDS = {
    "succeeds": Kind((SUCCEEDS,), ("SUCCEEDED",), 0),
    "fails, then succeeds": Kind((FAILS, SUCCEEDS), ("FAILED", "SUCCEEDED"), 0),
    "fails for good": Kind((FAILS, FAILS), ("FAILED", "FAILED"), 1),
    "times out": Kind((HANGS,), ("TIMED_OUT",), 1),
    "is cancelled": Kind((HANGS,), ("CANCELLED",), 0, cancelled=True),
}
EVENTS = ("STARTING", "RUNNING", "COMPLETED", "FAILED", "TERMINATED", "TERMINATED_WITH_ERRORS")
SWEEPS = (9, 24, 39, 54, 69, 84, 99, 114, 129, 144, 159)
"""Minutes after the slot, until all is over. One of every five minutes would only make more of the same calls."""
ALL_FAULTS = (*FAULTS, ANOTHER)
LOST, TWICE = "times out after having worked", "is made twice by the SDK"
UNKNOWN = (LOST, *OF_LAMBDA)
"""The faults after which nobody knows whether a mail was sent."""
assert {LOST, TWICE} <= FAULTS.keys()

_numbers = count(1)


@dataclass
class Lived:
    """A life after its end: the faults that struck, the calls it made, and what is wrong."""

    struck: set[Place] = field(default_factory=set)
    made: list[Place] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


Live = Callable[..., Lived]


@pytest.fixture(scope="module")
def budget() -> Iterator[None]:
    """The site has a month's budget, on which every run draws."""
    with budgeted(site=Budget("1000000.00")):
        yield


@pytest.fixture(scope="module")
def live(cloud: LocalCloud, budget: None) -> Live:
    from chalicelib.identity import tokens, users

    person, now = Person("ada", "ada@example.org", frozenset()), clock.now()
    users.remember(person, now)
    secret = tokens.new_secret()
    tokens.issue("ada", "test", now + timedelta(days=3650), now, "write", secret)
    api = Api(cloud.portal_url, secret)

    def one(
        name: str,
        fault: str = "",
        places: tuple[Place, ...] = (),
        events: dict[str, str] | None = None,
        word: bool = True,
    ) -> Lived:
        kind = KINDS[name]
        life = Life(cloud, lambda record: kind.notebooks[min(_attempt(record), len(kind.notebooks)) - 1])
        if not word:
            life.emr.reported = lambda record, state: None
        life.planned = dict.fromkeys(places, fault)
        life.events = events or {}
        know_prices(clock.now())
        job = _schedule(api, len(kind.statuses) - 1)
        slot = clock.parse(job["next_run_at"])
        with life.lived():
            _plan(life, kind, person, job, slot)
            for minute in SWEEPS:
                life.timeline.run(slot + timedelta(minutes=minute))
                life.sweep()
                if life.is_over() and not any(run.live for run in Run.by_job.query(job["id"])):
                    break
        wrong = _wrong(cloud, life, kind, job, slot) + _unheard(cloud, kind, job, fault in UNKNOWN)
        _forget(job)
        return Lived(life.struck, life.made, wrong)

    return one


def _forget(job: Any) -> None:
    """Leave nothing to the next life, whose calls would be others."""
    for run in Run.by_job.query(job["id"]):
        run.delete()
    for mail in Mail.by_pending.query("yes"):
        mail.delete()
    Job(job["id"]).delete()
    for account in Usage.scan():
        account.delete()
    for spending in Spending.scan():
        spending.delete()
    forget_prices()


def _schedule(api: Api, retries: int) -> Any:
    start = clock.text(clock.now() + timedelta(minutes=2))
    identifier = f"life-{next(_numbers):05}-{uuid4().hex[:4]}"
    return api.schedule(identifier, start_date=start, retries=retries, retry_delay=5, pause_after=0)


def _plan(life: Life, kind: Kind, person: Person, job: Any, slot: Any) -> None:
    for minute in range(4):
        life.timeline.at(slot + timedelta(minutes=minute), life.dispatch)
    life.timeline.at(slot - timedelta(seconds=40), life.dispatch)
    if kind.cancelled:
        life.timeline.at(slot + timedelta(minutes=12), lambda: _cancel(life, person, job))


def _cancel(life: Life, person: Person, job: Any) -> None:
    """As the owner does, who tries again when it did not work."""
    for _ in range(3):
        (run,) = Run.by_job.query(job["id"])
        if run.cancelled_by:
            return
        life.doing("cancel", partial(runs.cancel, person, run.id, life.timeline.now))


def _attempt(run_id: str) -> int:
    return int(run_id[-1]) if run_id[-2] == "-" else 1


def _wrong(cloud: LocalCloud, life: Life, kind: Kind, job: Any, slot: Any) -> list[str]:
    """Each due slot has one first attempt, each run one end, each incident its mails; nothing is left over or stuck."""
    made = sorted(Run.by_job.query(job["id"]), key=lambda run: run.attempt)
    stored = find(Job, job["id"])
    assert stored
    mails = {
        "slots": [run.scheduled_at for run in made if run.attempt == 1] == [slot],
        "statuses": tuple(run.status for run in made) == kind.statuses,
        "runs still live": not any(run.live for run in made),
        "money still reserved": not any(run.reservation for run in made),
        "something else is spent than what runs cost": _spent() == sum(map(_cost, made)) > 0,
        "clusters still alive": not life.emr.alive(),
        "clusters": all(run.jobflow_id in life.emr.clusters for run in made),
        "executions": not life.machine.running,
        "the job is occupied": stored.active_run is None and not stored.further_runs,
        "the job's last run": stored.last_run == made[-1].id and stored.last_run_status == kind.statuses[-1]
        if made
        else False,
        "the job's next slot": stored.next_run_at == slot + timedelta(days=1),
    }
    seen = f"{[(run.id, run.status, run.status_reason, run.live) for run in made]} {life.machine.running}"
    return [f"{what}: {seen}" for what, holds in mails.items() if not holds]


def _spent() -> int:
    """What is drawn on the site's budget, of all months, in millionths of a dollar."""
    return sum(int(one.committed) for one in Spending.scan() if one.id.endswith("/site"))


def _cost(run: Run) -> int:
    """What a run has cost by its receipt, or without one as it was estimated at its launch."""
    cost = receipts.cost_of(run, clock.now()).amount
    return amounts.micros(cost) if cost else 0


def _unheard(cloud: LocalCloud, kind: Kind, job: Any, may_be_unknown: bool) -> list[str]:
    """Each due mail is sent once; or not, and then admins read of it, where nobody can know whether SES was asked."""
    sent = [mail.subject for mail in cloud.mails.sent if job["identifier"] in f"{mail.subject} {mail.text}"]
    listed = [mail.subject for mail in unconfirmed() if job["identifier"] in f"{mail.subject} {mail.text}"]
    known = len(sent) == kind.mails or (may_be_unknown and len(sent) < kind.mails == len(listed))
    return [] if known else [f"mails: {sent} sent, {listed} unconfirmed"]


@pytest.fixture(scope="module")
def undisturbed(live: Live) -> dict[str, list[Place]]:
    """The calls of each kind of life, in order."""
    lives = {name: live(name) for name in KINDS}
    assert {name: lived.wrong for name, lived in lives.items() if lived.wrong} == {}
    return {name: list(dict.fromkeys(lived.made)) for name, lived in lives.items()}


def _fits(place: Place, fault: str) -> bool:
    if place.operation == "SendEmail" and fault == TWICE:
        return False  # the client for SES never asks again by itself
    if fault == ANOTHER:
        return place.who.startswith(("dispatch", "sweep"))
    return place.who != MACHINE or fault in OF_CALLS


def _failing(undisturbed: dict[str, list[Place]], fault: str) -> dict[str, list[Place]]:
    """The calls that are to fail so, each in the first kind of life that makes it."""
    known: set[Place] = set()
    all_of = {}
    for name, places in undisturbed.items():
        all_of[name] = [place for place in places if place not in known and _fits(place, fault)]
        known |= set(all_of[name])
    return all_of if LONG else _some(all_of, ALL_FAULTS.index(fault))


def _some(all_of: dict[str, list[Place]], number: int) -> dict[str, list[Place]]:
    """One call for each operation of each task, another one for each number."""
    alike: dict[tuple[str, str], list[Place]] = defaultdict(list)
    for places in all_of.values():
        for place in places:
            alike[_task(place), place.operation].append(place)
    some = {places[number % len(places)] for places in alike.values()}
    return {name: [place for place in places if place in some] for name, places in all_of.items()}


def _task(place: Place) -> str:
    """Whose call it is, whichever time it does it; Step Functions' own calls by what they call."""
    return (place.operation if place.who == MACHINE else place.who).removeprefix("Invoke ").rstrip("0123456789 ")


def _together(failing: list[Place]) -> list[tuple[Place, ...]]:
    """Calls that can fail in the same life: after the first failure of a task, its further calls are others."""
    by_task: dict[str, list[Place]] = defaultdict(list)
    for place in failing:
        by_task[_task(place)].append(place)
    return [tuple(place for place in places if place) for places in zip_longest(*by_task.values())]


@pytest.mark.parametrize("fault", ALL_FAULTS)
def test_every_call(fault: str, live: Live, undisturbed: dict[str, list[Place]], subtests: Any) -> None:
    """Whatever becomes of any single call, nothing is lost, doubled or stuck.

    One call of each task fails in the same life. Those that do not come then, and all of a life that goes wrong, are tried
    one by one.
    """
    all_failing = _failing(undisturbed, fault)
    for name, failing in all_failing.items():
        for together in _together(failing):
            lived = live(name, fault, together)
            alone = together if lived.wrong else [place for place in together if place not in lived.struck]
            for place in alone:
                with subtests.test(msg=f"{place} {fault} ({name})"):
                    again = live(name, fault, (place,))
                    assert again.wrong == []
                    assert again.struck == {place}
    cases = sum(map(len, all_failing.values()))
    print(f"{cases} cases: a call {fault}")
    assert cases


@pytest.mark.parametrize("how", ["lost", "doubled", "late", "early"])
def test_every_event(how: str, live: Live, subtests: Any) -> None:
    """Each event does not come, comes twice, after minutes, or before the machine waits for it; so do all of them."""
    cases = [(name, {state: how}) for name, state in _comings()]
    cases += [(name, dict.fromkeys(EVENTS, how)) for name in KINDS]
    print(f"{len(cases)} cases: events {how}")
    for name, events in cases:
        with subtests.test(msg=f"{' '.join(events)} {how} ({name})"):
            assert live(name, events=events).wrong == []


def _comings() -> Iterator[tuple[str, str]]:
    """The kinds of life and their events; each event only once unless there is time."""
    ends = {"COMPLETED": ("COMPLETED", "TERMINATED"), "FAILED": ("FAILED", "TERMINATED_WITH_ERRORS")}
    known: set[str] = set()
    for name, kind in KINDS.items():
        for state in dict.fromkeys(
            ["STARTING", "RUNNING", *(end for book in kind.notebooks for end in ends[book.state])]
        ):
            if LONG or state not in known:
                known.add(state)
                yield name, state


@pytest.mark.parametrize("name", ["succeeds", "fails for good"])
def test_a_runner_without_a_word(name: str, live: Live) -> None:
    """The runner's outcome.json is not there and the step's event is lost: EMR is asked how the step ended."""
    assert live(name, events={"COMPLETED": "lost", "FAILED": "lost"}, word=False).wrong == []
