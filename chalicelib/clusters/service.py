"""Clusters: launch, find, list, extend, terminate."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.update import Action

from chalicelib.audit import context as audit_context
from chalicelib.clusters import emr_sync, lifecycle, metrics, rules
from chalicelib.clusters.forms import ExtendCluster, LaunchCluster
from chalicelib.clusters.models import Cluster, ClusterStatus, StateFilter
from chalicelib.clusters.names import random_name, with_counter
from chalicelib.core import reserved_names
from chalicelib.core.config import settings
from chalicelib.core.errors import Conflict, Invalid, NotFound
from chalicelib.core.pagination import Page, in_order, newest_first
from chalicelib.core.tables import EVERYBODY, find, new_id, rejected_items, transaction, update_if, was_rejected
from chalicelib.core.text import plural
from chalicelib.identity import access, shares
from chalicelib.identity.access import Scope
from chalicelib.identity.person import Person
from chalicelib.jobflows import instances
from chalicelib.jobflows.names import jobflow_name
from chalicelib.keys import service as keys
from chalicelib.keys.models import SSHKey
from chalicelib.releases import service as releases
from chalicelib.site_settings import service as site_settings


def launch(person: Person, form: LaunchCluster, submission: str, now: datetime) -> Cluster:
    """Record a cluster and start its launch. The same `submission` key again returns the first one's cluster.

    Raises:
        Invalid: the SSH key or the release cannot be chosen.
        Conflict: the submission key was used for something else, or the site is frozen.
    """
    digest = hashlib.sha256(form.model_dump_json().encode()).hexdigest()
    cluster_id = new_id("c", person.username, "cluster", submission) if submission else new_id("c")
    cluster = find(Cluster, cluster_id)
    if cluster:
        audit_context.mark_noop()
    else:
        if frozen := site_settings.why_frozen():
            raise Conflict(frozen)
        cluster = _store(_record(person, form, cluster_id, digest, now))
        audit_context.record_effect("cluster", cluster.id, cluster.identifier, "Launched it.")
    if cluster.request_digest != digest:
        raise Conflict("This form was already used to launch another cluster. Open the form again.")
    lifecycle.MACHINE.start(cluster)
    return cluster


def _record(person: Person, form: LaunchCluster, cluster_id: str, digest: str, now: datetime) -> Cluster:
    releases.check(form.emr_release)
    key, decided = _key(person, form.ssh_key), site_settings.current(now)
    return Cluster(
        cluster_id,
        identifier=form.identifier or random_name(),
        owner=person.username,
        owner_email=person.email,
        owner_state=f"{person.username}#{StateFilter.ACTIVE}",
        live="yes",
        request_digest=digest,
        size=form.size,
        lifetime=form.lifetime,
        emr_release=form.emr_release,
        ssh_key=key.id,
        public_key=key.key,
        spot_timeout=decided.spot_timeout if instances.on_spot(form.size, decided) else None,
        efs=decided.efs,
        created_at=now,
        expires_at=now + timedelta(hours=form.lifetime),
    )


def _key(person: Person, key_id: str) -> SSHKey:
    try:
        return keys.get(person, key_id)
    except NotFound:
        raise Invalid.field("ssh_key", "You have no such SSH key. Choose one of your keys, or add one first.") from None


def _store(cluster: Cluster) -> Cluster:
    """Store the record together with its name, appending a counter to a name that is taken."""
    scope, wanted = f"cluster#{cluster.owner}", cluster.identifier
    while True:
        cluster.identifier = with_counter(wanted, reserved_names.taken(scope, wanted))
        cluster.name = jobflow_name(settings(), "cluster", cluster.owner, cluster.identifier, cluster.id)
        try:
            with transaction() as write:
                write.save(cluster, condition=Cluster.id.does_not_exist())
                write.save(
                    reserved_names.Name(scope, cluster.identifier, holder=cluster.id),
                    condition=reserved_names.Name.name.does_not_exist(),
                )
            return cluster
        except TransactWriteError as error:
            if not was_rejected(error):
                raise
            stored = find(Cluster, cluster.id) if rejected_items(error)[0] else None
            if stored:
                return stored


def get(person: Person, cluster_id: str, action: str = "cluster.view") -> Cluster:
    """The cluster with this id, for somebody who is about to do this to it.

    Raises:
        NotFound: there is none, or this person may not see it.
        Forbidden: this person may see it, but not do that.
    """
    return access.permitted(person, action, find(Cluster, cluster_id), "There is no such cluster.")


def listing(
    person: Person, state: str, limit: int, cursor: str | None = None, scope: Scope = Scope.MINE
) -> Page[Cluster]:
    """Clusters, newest first: those in a state (active, terminated, failed), or in all states.

    `scope` is "mine", "shared" with this person (the latest share first, in whatever state), or "all".

    Raises:
        Forbidden: this person may not list everybody's.
    """
    access.check_scope(person, "cluster", scope)
    if scope == Scope.SHARED:
        return in_order(Cluster, shares.shared_with(person, "c"), limit, cursor)
    if scope == Scope.ALL:
        only = None if state == "all" else Cluster.owner_state.contains(f"#{state}")
        return newest_first(Cluster.by_everybody, {"everybody": EVERYBODY}, limit, cursor, only)
    if state == "all":
        return newest_first(Cluster.by_owner, {"owner": person.username}, limit, cursor)
    return newest_first(Cluster.by_owner_state, {"owner_state": f"{person.username}#{state}"}, limit, cursor)


def extend(person: Person, cluster_id: str, form: ExtendCluster, submission: str) -> Cluster:
    """Move the expiry by so many hours. The same `submission` key again changes nothing more.

    Raises:
        NotFound, Forbidden: as `get` has it.
        Conflict: the cluster is ending or has ended.
    """
    cluster = get(person, cluster_id, "cluster.extend")
    submission = submission or new_id("x")
    while cluster.last_extension_key != submission:
        if refusal := rules.refuse_extension(cluster):
            raise Conflict(refusal)
        unchanged = (Cluster.expires_at == cluster.expires_at) & (Cluster.status == cluster.status)
        if update_if(cluster, unchanged, _extended(cluster, form, submission)):
            metrics.extended(cluster)
            by = plural(form.hours, "hour")
            audit_context.record_effect("cluster", cluster.id, cluster.identifier, f"Extended it by {by}.")
            break
        cluster.refresh(consistent_read=True)
    else:
        audit_context.mark_noop()
    emr_sync.wake_execution(cluster)
    return cluster


def _extended(cluster: Cluster, form: ExtendCluster, submission: str) -> list[Action]:
    return [
        Cluster.expires_at.set(cluster.expires_at + timedelta(hours=form.hours)),
        Cluster.lifetime_extension_count.add(1),
        Cluster.last_extension_key.set(submission),
    ]


def terminate(person: Person, cluster_id: str) -> Cluster:
    """End a cluster. One that is ending or has ended already is returned as it is.

    Raises:
        NotFound, Forbidden: as `get` has it.
    """
    cluster = get(person, cluster_id, "cluster.terminate")
    by: list[Action] = [Cluster.ended_by.set(person.username)]
    reason = f"Terminated by {person.username}."
    if cluster.is_active and emr_sync.set_status(cluster, ClusterStatus.TERMINATING, reason, more=by):
        audit_context.record_effect("cluster", cluster.id, cluster.identifier, "Terminated it.")
    else:
        audit_context.mark_noop()
    emr_sync.wake_execution(cluster)
    return cluster
