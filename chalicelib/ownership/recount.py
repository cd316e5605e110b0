"""What everybody has of what is limited, counted anew from the records themselves.

Accounts change with what they count, so there is something to repair only when records were lost or restored from a backup, or
are older than the accounts.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from pynamodb.expressions.condition import Condition

from chalicelib.clusters import usage
from chalicelib.clusters.models import Cluster
from chalicelib.core.tables import update_if
from chalicelib.jobflows.reconciliation.findings import Report
from chalicelib.jobs.models import Job
from chalicelib.runs import places
from chalicelib.runs.models import Run
from chalicelib.usage_limits.models import COUNTED, Usage, UsageLimit

SETTLES = timedelta(minutes=1)
"""How long after a change of an account the indexes may still lack what it counts."""


def recount(live_clusters: Iterable[Cluster], live_runs: Iterable[Run], report: Report, now: datetime) -> None:
    """Correct the accounts that say otherwise than the records, and make those that are missing. `live_*` were read by this sweep.

    One that changes meanwhile, or did just now, is left for the next sweep. Jobs are counted only where something changed since
    the last time: they need a query for each person.
    """
    actual = _actual(live_clusters, live_runs)
    accounts = {account.person: account for account in Usage.scan()}
    for person in sorted(actual.keys() | accounts.keys()):
        with report.serving(person):
            _correct(accounts.get(person), person, actual.get(person, {}), report, now)


def _actual(live_clusters: Iterable[Cluster], live_runs: Iterable[Run]) -> dict[str, dict[str, int]]:
    """What the records say, by person and limit."""
    demands = [(one.owner, usage.demand(one)) for one in live_clusters if not one.is_final]
    demands += [(one.owner, places.demand(one)) for one in live_runs if one.counted and not one.is_final]
    actual: dict[str, dict[str, int]] = {}
    for owner, demand in demands:
        numbers = actual.setdefault(owner, {})
        for limit, more in demand.items():
            numbers[limit] = numbers.get(limit, 0) + more
    return actual


def _correct(account: Usage | None, person: str, actual: dict[str, int], report: Report, now: datetime) -> None:
    if account and account.changed_at and now - account.changed_at < SETTLES:
        return
    is_counted = account is not None and account.recounted == account.version
    jobs = int(account.jobs) if account and is_counted else Job.by_owner.count(person)
    numbers = {str(limit): actual.get(limit, 0) for limit in COUNTED} | {str(UsageLimit.JOBS): jobs}
    before = {name: int(getattr(account, name)) if account else 0 for name in numbers}
    if is_counted and numbers == before:
        return
    version = int(account.version) if account else 0
    unchanged: Condition = Usage.version == version if account else Usage.person.does_not_exist()
    actions = [getattr(Usage, name).set(number) for name, number in numbers.items()]
    actions += [Usage.version.set(version), Usage.recounted.set(version)]
    if update_if(Usage(person), unchanged, actions) and numbers != before and account and account.recounted is not None:
        changes = ", ".join(
            f"{name} {before[name]} to {number}" for name, number in numbers.items() if number != before[name]
        )
        report.add("miscounted", f"Corrected {changes}.", name=person)
