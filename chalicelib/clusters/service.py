"""Clusters: find, list, extend, terminate."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.update import Action

from chalicelib.audit import changes
from chalicelib.audit.context import Effect
from chalicelib.budgets import reservations
from chalicelib.clusters import emr_sync, extension_costs, metrics, rules
from chalicelib.clusters.models import Cluster, ClusterStatus
from chalicelib.clusters.search import FIELDS
from chalicelib.core import idempotency
from chalicelib.core.errors import Conflict
from chalicelib.core.idempotency import Submission
from chalicelib.core.pagination import Page
from chalicelib.core.search import EVERYTHING, Search
from chalicelib.core.short_lists import search_shared
from chalicelib.core.tables import EVERYBODY, as_read, find, was_overtaken
from chalicelib.core.text import plural
from chalicelib.core.windows import search_index
from chalicelib.identity import access, shares
from chalicelib.identity.access import Scope
from chalicelib.identity.person import Person
from chalicelib.jobflows import lookup
from chalicelib.usage_limits import accounts

if TYPE_CHECKING:
    from chalicelib.clusters.forms import ExtendCluster


def get(person: Person, cluster_id: str, action: str = "cluster.view") -> Cluster:
    """The cluster with this id, for somebody who is about to do this to it.

    Raises:
        NotFound: there is none, or this person may not see it.
        Forbidden: this person may see it, but not do that.
    """
    return access.permitted(person, action, find(Cluster, cluster_id), "There is no such cluster.")


def listing(
    person: Person,
    limit: int,
    cursor: str | None = None,
    scope: Scope = Scope.MINE,
    shows: Sequence[str] | None = None,
    search: Search = EVERYTHING,
) -> Page[Cluster]:
    """Clusters, newest first unless the `search` says otherwise: "mine", those "shared" with this person (the latest share
    first), or "all". With `shows` they have these attributes alone (chalicelib/core/rows.py), and those that are searched.

    Raises:
        Forbidden: this person may not list everybody's.
        BadRequest: the cursor is not one that such a list returned.
    """
    access.check_scope(person, "cluster", scope)
    if scope == Scope.SHARED:
        return search_shared(Cluster, shares.shared_with(person, "c"), search, FIELDS, limit, cursor, shows)

    def is_visible(cluster: Cluster) -> bool:
        return scope == Scope.ALL or cluster.owner == person.username

    if page := lookup.by_id(Cluster, search, FIELDS, is_visible):
        return page
    if scope == Scope.ALL:
        return search_index(Cluster.by_everybody, {"everybody": EVERYBODY}, search, FIELDS, limit, cursor, shows)
    if state := search.filters.get("state"):
        mine = {"owner_state": f"{person.username}#{state}"}
        return search_index(Cluster.by_owner_state, mine, search.without("state"), FIELDS, limit, cursor, shows)
    return search_index(Cluster.by_owner, {"owner": person.username}, search, FIELDS, limit, cursor, shows)


def extend(person: Person, cluster_id: str, form: ExtendCluster, key: str, now: datetime) -> Cluster:
    """Move the expiry by so many hours, which also keeps a cluster that is idle. The same idempotency `key` again changes nothing
    more.

    Raises:
        NotFound, Forbidden: as `get` has it.
        LimitReached: its owner may not have a cluster for so long.
        BudgetReached: a budget that it draws on has not that much left.
        Conflict: the cluster is ending or has ended, or the key was used for something else.
    """
    cluster = get(person, cluster_id, "cluster.extend")
    request = idempotency.submission(person.requester, "cluster.extend", key, form.model_dump_json(), cluster_id)
    outcome = idempotency.once(request, lambda: _extend(cluster, form, request, now), lambda _: get(person, cluster_id))
    emr_sync.wake_execution(outcome.record)
    return outcome.record


def _extend(cluster: Cluster, form: ExtendCluster, request: Submission, now: datetime) -> Cluster:
    while not _try_extend(cluster, form, request, now):
        cluster.refresh(consistent_read=True)
    metrics.count_extension(cluster)
    cluster.refresh(consistent_read=True)
    return cluster


def _try_extend(cluster: Cluster, form: ExtendCluster, request: Submission, now: datetime) -> bool:
    """Whether the cluster could be extended: not when it was changed meanwhile."""
    if refusal := rules.refuse_extension(cluster):
        raise Conflict(refusal)
    expires_at = cluster.expires_at + timedelta(hours=form.hours)
    accounts.of(cluster.owner, now).refuse_life(expires_at - cluster.created_at)
    estimate = partial(extension_costs.estimate, cluster, form.hours, now)
    funds = reservations.of_extension(
        cluster.reservation, estimate, partial(extension_costs.until_its_end, cluster), now
    )
    funds.refuse()
    reserved: list[Action] = []
    if held := cluster.reservation:
        reserved.append(Cluster.reservation.set(funds.added_to(held)))
    later = Cluster.expires_at.set(expires_at)
    unchanged = (
        (Cluster.expires_at == cluster.expires_at)
        & (Cluster.status == cluster.status)
        & (Cluster.owner == cluster.owner)
        & as_read(Cluster.reservation, cluster.reservation)
    )
    effect = Effect("cluster", cluster.id, cluster.identifier, f"Extended it by {plural(form.hours, 'hour')}.")
    try:
        with changes.transaction(effect) as write:
            write.update(
                Cluster(cluster.id),
                actions=[
                    later,
                    Cluster.lifetime_extension_count.add(1),
                    Cluster.kept_at.set(now),
                    Cluster.idle_ends_at.remove(),
                    *reserved,
                ],
                condition=unchanged,
            )
            funds.reserve(write, now)
            idempotency.remember(write, request, cluster.id, now)
    except TransactWriteError as error:
        if not was_overtaken(error):
            raise
        return idempotency.was_stored(request)
    return True


def terminate(person: Person, cluster_id: str, now: datetime, reason: str = "") -> Cluster:
    """End a cluster. One that is ending or has ended already is returned as it is. Its owner is told who else ended it, and the
    `reason`.

    Raises:
        NotFound, Forbidden: as `get` has it.
    """
    cluster = get(person, cluster_id, "cluster.terminate")
    by: list[Action] = [Cluster.ended_by.set(person.username)]
    status_reason = f"Terminated by {person.username}."
    effect = Effect("cluster", cluster.id, cluster.identifier, "Terminated it.")
    if cluster.is_active and emr_sync.set_status(
        cluster, ClusterStatus.TERMINATING, status_reason, more=by, effect=effect
    ):
        from chalicelib.mail import acts_of_others  # whoever only looks sends no mail

        acts_of_others.post(
            person, cluster, acts_of_others.Act.ENDED, what=f"your cluster {cluster.identifier}",
            page=f"clusters/{cluster.id}", occasion=f"ended-by-another#{cluster.id}", reason=reason, now=now,
        )  # fmt: skip
    emr_sync.wake_execution(cluster)
    return cluster
