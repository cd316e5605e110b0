"""Launching a cluster: its record, its name, and the start of its state machine."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pynamodb.exceptions import TransactWriteError

from chalicelib.audit import context as audit_context
from chalicelib.clusters import lifecycle
from chalicelib.clusters.models import Cluster, StateFilter
from chalicelib.clusters.names import random_name, with_counter
from chalicelib.core import reserved_names
from chalicelib.core.config import settings
from chalicelib.core.errors import Conflict, Invalid, NotFound
from chalicelib.core.tables import find, new_id, rejected_items, transaction, was_rejected
from chalicelib.identity.person import Person
from chalicelib.jobflows import instances
from chalicelib.jobflows.names import jobflow_name
from chalicelib.keys import service as keys
from chalicelib.keys.models import SSHKey
from chalicelib.releases import service as releases
from chalicelib.site_settings import service as site_settings

if TYPE_CHECKING:
    from chalicelib.clusters.forms import LaunchCluster


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
