"""Every five minutes: what budgets did not know of, who is to be told, and the end of what runs on a hard budget that is spent.

A budget does not know of what was launched before it was given, or had no price then, or goes on from the month before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.audit import changes
from chalicelib.audit import context as audit_context
from chalicelib.audit.context import SYSTEM_ACTOR
from chalicelib.budgets import amounts, caps, overruns, policy, reservations, rules
from chalicelib.budgets.caps import Capped
from chalicelib.budgets.models import BudgetEvent, BudgetScope, Spending
from chalicelib.budgets.rules import Budget, Policy
from chalicelib.clusters import audit_events
from chalicelib.clusters import emr_sync as cluster_sync
from chalicelib.clusters.models import Cluster, ClusterStatus
from chalicelib.core.tables import as_read, find, update_if
from chalicelib.costs.models import ReceiptLine
from chalicelib.identity import users
from chalicelib.identity.models import User
from chalicelib.identity.person import ADMINS
from chalicelib.jobflows.reconciliation.findings import Report
from chalicelib.jobs.models import Job
from chalicelib.runs import stopping
from chalicelib.runs.audit_events import CANCELLED, cancellation
from chalicelib.runs.models import FINAL, Run

MAX_ATTEMPTS = 5
"""How often other sweeps may tell of a budget under us."""
MEMBERS_TOLD = 25
"""Of a group with more members only admins are told."""
SETTLES = timedelta(minutes=1)
"""How long after a change of a budget the indexes may still lack what it counts."""


@dataclass(frozen=True)
class Item:
    """What draws on budgets: what it has reserved or cost, and what it has really cost so far, this month."""

    owner: str
    groups: frozenset[str]
    job_id: str | None
    committed: int
    spent: int
    record: Cluster | Run | None = None

    def draws_on(self, key: str) -> bool:
        own = {
            rules.SITE,
            rules.key_of(BudgetScope.PERSON, self.owner),
            rules.key_of(BudgetScope.JOB, self.job_id or ""),
            *(rules.key_of(BudgetScope.GROUP, group) for group in self.groups),
        }
        return key in (((self.record and self.record.reservation) or {}).get("budgets") or own)


def watch(live_clusters: Iterable[Cluster], live_runs: Iterable[Run], report: Report, now: datetime) -> None:
    """Look after every budget of this month, if there are any."""
    decided, _ = policy.read()
    if decided == Policy():
        return
    live: list[Cluster | Run] = [*live_clusters, *live_runs]
    month = rules.month_of(now)
    for record in live:
        with report.serving(record.id):
            _end_too_dear(record, decided, now)
            overruns.top_up(record, rules.cost_so_far(record.per_hour, record.started_at, now), month)
    groups = {user.username: frozenset(user.all_groups) for user in users.listing()} if decided.groups else {}
    items = _items(month, live, groups, now)
    owners = {item.owner for item in items} if decided.everybody else set()
    keys = {rules.SITE, *(rules.key_of(BudgetScope.JOB, job) for job in decided.jobs)}
    keys |= {rules.key_of(BudgetScope.GROUP, name) for name in decided.groups}
    keys |= {rules.key_of(BudgetScope.PERSON, name) for name in {*owners, *decided.people}}
    for key in sorted(keys):
        if budget := reservations.budget_of(decided, key):
            with report.serving(key):
                _serve(f"{month}/{key}", budget, [item for item in items if item.draws_on(key)], now)


def _items(
    month: str, live: Iterable[Cluster | Run], groups: Mapping[str, frozenset[str]], now: datetime
) -> list[Item]:
    """What costs or cost something this month. `groups` are those that people are in now, by their names: for what was launched
    before a group had a budget, and nothing else, so that nobody who changes groups brings along what they spent."""

    def in_groups(one: ReceiptLine | Cluster | Run) -> frozenset[str]:
        return groups.get(one.owner, frozenset()) if one.owner_groups is None else frozenset(one.owner_groups)

    lines = list(ReceiptLine.query(month))
    ended = {line.record_id for line in lines}
    items = [
        Item(line.owner, in_groups(line), line.job_id, cost := amounts.micros(line.amount), cost) for line in lines
    ]
    for record in live:
        if record.id in ended or record.is_final:
            continue
        held = record.reservation or {}
        spent = rules.cost_so_far(record.per_hour, record.started_at, now)
        reserved = int(held["micros"]) if held.get("month") == month else 0
        job_id = getattr(record, "job_id", None)
        items.append(Item(record.owner, in_groups(record), job_id, max(reserved, spent), spent, record))
    return items


def _serve(spending_id: str, budget: Budget, items: list[Item], now: datetime) -> None:
    spending = _corrected(spending_id, sum(item.committed for item in items), now)
    committed, spent = int(spending.committed), sum(item.spent for item in items)
    if rules.percent(budget, committed) >= budget.tell_at:
        _tell(BudgetEvent.USED if committed >= budget.most else BudgetEvent.TOLD, spending, budget, committed, now)
    if rules.overspent(budget, spent):
        _tell(BudgetEvent.ENDED, spending, budget, spent, now)
        _end(rules.title(spending_id.partition("/")[2]), [item.record for item in items if item.record], now)


def _corrected(spending_id: str, counted: int, now: datetime) -> Spending:
    """What is drawn on a budget, raised to what the records say unless it has just changed. It is lowered by settling alone."""
    stored = find(Spending, spending_id)
    spending = stored or Spending(spending_id)
    if counted <= spending.committed or (spending.changed_at and now - spending.changed_at < SETTLES):
        return spending
    unchanged: Condition = Spending.version == stored.version if stored else Spending.id.does_not_exist()
    actions = [Spending.committed.set(counted), Spending.version.add(1), Spending.changed_at.set(now)]
    update_if(Spending(spending_id), unchanged, [*actions])
    spending.committed = counted
    return spending


def _tell(event: BudgetEvent, spending: Spending, budget: Budget, drawn: int, now: datetime) -> None:
    """Tell of an event once."""
    notice = rules.notice(event, budget)
    if notice in (spending.notices or []):
        return
    from chalicelib.budgets import mails  # most sweeps tell nobody

    mails.post(event, spending.id, budget, drawn, _addresses(spending.id.partition("/")[2]), now)
    _note(spending, notice)


def _note(spending: Spending, notice: str) -> None:
    """Keep what was told beside what other sweeps have told meanwhile. What cannot be kept now is told again by the next sweep,
    and the outbox sends no mail twice."""
    # Where nothing was drawn on it yet, this makes the record, which a launch must be able to draw on.
    whole: list[Action] = [Spending.committed.add(0), Spending.version.add(1)]
    for _ in range(MAX_ATTEMPTS):
        notices = spending.notices
        if notice in (notices or []):
            return
        if update_if(
            spending, as_read(Spending.notices, notices), [Spending.notices.set([*(notices or []), notice]), *whole]
        ):
            return
        spending.refresh(consistent_read=True)


def _addresses(key: str) -> list[str]:
    scope, name = rules.scope_of(key)
    if scope == BudgetScope.SITE:
        return [admin.email for admin in users.members(ADMINS)]
    if scope == BudgetScope.GROUP:
        members, admins = users.members(name), users.members(ADMINS)
        return [user.email for user in [*admins, *(members if len(members) <= MEMBERS_TOLD else [])]]
    if scope == BudgetScope.JOB:
        job = find(Job, name)
        return [job.owner_email] if job else []
    user = find(User, name)
    return [user.email] if user else []


def _end(title: str, records: Iterable[Cluster | Run], now: datetime) -> None:
    for record in records:
        if isinstance(record, Cluster):
            _end_cluster(record, f"{title} is spent.", now)
        else:
            _end_run(record, f"{title[0].lower()}{title[1:]} is spent", now)


def _end_too_dear(record: Cluster | Run, decided: Policy, now: datetime) -> None:
    """End what has cost more than a single one may, where that is hard."""
    what: Capped = "cluster" if isinstance(record, Cluster) else "run"
    cap = getattr(decided, what)
    if not record.is_final and caps.must_end(cap, caps.spent(record.per_hour, record.started_at, now)):
        _end(caps.title(what, cap), [record], now)


def _end_cluster(cluster: Cluster, reason: str, now: datetime) -> None:
    effect = audit_events.expiry(cluster, reason)
    with audit_context.by_system(audit_events.ENDED, now):
        cluster_sync.set_status(
            cluster, ClusterStatus.TERMINATING, reason, more=[Cluster.ended_by.set(SYSTEM_ACTOR)], effect=effect
        )
    cluster_sync.wake_execution(cluster)


def _end_run(run: Run, why: str, now: datetime) -> None:
    unfinished = ~Run.status.is_in(*sorted(FINAL)) & Run.cancelled_by.does_not_exist()
    mark, effect = Run.cancelled_by.set(f"atmo, because {why}"), cancellation(run, why)
    with audit_context.by_system(CANCELLED, now):
        changes.update_if(run, unfinished, [mark], effect)
    run.refresh(consistent_read=True)
    stopping.stop(run)
