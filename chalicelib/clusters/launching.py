"""Launching a cluster: its record, its name, and the start of its state machine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pynamodb.exceptions import TransactWriteError

from chalicelib.audit import changes
from chalicelib.audit.context import Effect
from chalicelib.budgets import reservations
from chalicelib.clusters import service, usage
from chalicelib.clusters.machine import MACHINE
from chalicelib.clusters.models import Cluster, StateFilter
from chalicelib.clusters.names import random_name, with_counter
from chalicelib.core import correlation, idempotency, reserved_names
from chalicelib.core.config import settings
from chalicelib.core.errors import Conflict, Invalid, NotFound
from chalicelib.core.idempotency import Submission
from chalicelib.core.tables import new_id, was_overtaken
from chalicelib.identity.person import Person
from chalicelib.jobflows import instances
from chalicelib.jobflows.names import jobflow_name
from chalicelib.keys import service as keys
from chalicelib.keys.models import SSHKey
from chalicelib.releases import service as releases
from chalicelib.site_settings import service as site_settings
from chalicelib.usage_limits import accounts
from chalicelib.usage_limits.accounts import Account

if TYPE_CHECKING:
    from chalicelib.clusters.forms import LaunchCluster


def launch(person: Person, form: LaunchCluster, key: str, now: datetime) -> Cluster:
    """Record a cluster and start its launch. The same idempotency `key` again returns the first one's cluster.

    Raises:
        Invalid: the SSH key or the release cannot be chosen.
        LimitReached: the person may not have so many clusters or workers, or a cluster for so long.
        BudgetReached: a budget has not that much left.
        Conflict: the key was used for something else, or the site is frozen.
    """
    request = idempotency.submission(person.requester, "cluster.launch", key, form.model_dump_json())
    return launch_once(person, lambda: form, request, now)


def launch_once(person: Person, fill: Callable[[], LaunchCluster], request: Submission, now: datetime) -> Cluster:
    """Record a cluster as the form says that `fill` returns, and start its launch; or return the one that the same request made.

    Raises:
        Invalid, Conflict: as `launch` has it.
    """
    return idempotency.once(
        request, lambda: _launch(person, fill(), request, now), lambda cluster_id: _launched_before(person, cluster_id)
    ).record


def _launch(person: Person, form: LaunchCluster, request: Submission, now: datetime) -> Cluster:
    if frozen := site_settings.why_frozen():
        raise Conflict(frozen)
    cluster = _store(_record(person, form, now), request, person)
    MACHINE.start(cluster)
    return cluster


def _launched_before(person: Person, cluster_id: str) -> Cluster:
    """The cluster of an earlier request, which may have died before it started the state machine."""
    cluster = service.get(person, cluster_id)
    if cluster.is_active:
        MACHINE.start(cluster)
    return cluster


def _record(person: Person, form: LaunchCluster, now: datetime) -> Cluster:
    releases.check(form.emr_release)
    key, decided = _key(person, form.ssh_key), site_settings.current(now)
    return Cluster(
        new_id("c"),
        identifier=form.identifier or random_name(),
        owner=person.username,
        owner_email=person.email,
        owner_state=f"{person.username}#{StateFilter.ACTIVE}",
        live="yes",
        size=form.size,
        lifetime=form.lifetime,
        idle_minutes=form.idle_minutes or decided.idle_minutes,
        emr_release=form.emr_release,
        ssh_key=key.id,
        public_key=key.key,
        spot_timeout=decided.spot_timeout if instances.on_spot(form.size, decided) else None,
        efs=decided.efs,
        correlation=correlation.current() or None,
        created_at=now,
        expires_at=now + timedelta(hours=form.lifetime),
    )


def _key(person: Person, key_id: str) -> SSHKey:
    try:
        return keys.get(person, key_id)
    except NotFound:
        raise Invalid.field("ssh_key", "You have no such SSH key. Choose one of your keys, or add one first.") from None


def _store(cluster: Cluster, request: Submission, person: Person) -> Cluster:
    """Store the record together with its name and what the person has then, appending a counter to a name that is taken."""
    scope, identifier = f"cluster#{cluster.owner}", cluster.identifier
    while True:
        account = _account(cluster, person)
        funds = reservations.of_launch(
            cluster.owner, None, int(cluster.size), int(cluster.lifetime), cluster.created_at
        )
        funds.refuse()
        cluster.reservation, cluster.owner_groups = funds.reservation, funds.groups
        cluster.identifier = with_counter(identifier, reserved_names.taken(scope, identifier))
        cluster.name = jobflow_name(settings(), "cluster", cluster.owner, cluster.identifier, cluster.id)
        try:
            with changes.transaction(Effect("cluster", cluster.id, cluster.identifier, "Launched it.")) as write:
                write.save(cluster, condition=Cluster.id.does_not_exist())
                write.save(
                    reserved_names.Name(scope, cluster.identifier, holder=cluster.id),
                    condition=reserved_names.Name.name.does_not_exist(),
                )
                idempotency.remember(write, request, cluster.id, cluster.created_at)
                account.reserve(write, usage.demand(cluster), cluster.created_at)
                funds.reserve(write, cluster.created_at)
            return cluster
        except TransactWriteError as error:
            if not was_overtaken(error):
                raise
            if idempotency.was_stored(request):
                return cluster


def _account(cluster: Cluster, person: Person) -> Account:
    """What the person may have.

    Raises:
        LimitReached: the cluster does not fit.
    """
    account = accounts.of_member(person.username, person.groups, cluster.created_at)
    account.refuse(usage.demand(cluster))
    account.refuse_life(cluster.expires_at - cluster.created_at)
    return account
