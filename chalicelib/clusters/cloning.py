"""Another cluster like one that there is, or was."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chalicelib.clusters import launching, service
from chalicelib.clusters.models import Cluster
from chalicelib.core import idempotency
from chalicelib.identity.person import Person
from chalicelib.keys import service as keys
from chalicelib.keys.models import SSHKey

if TYPE_CHECKING:
    from chalicelib.clusters.forms import ClusterChanges

COUNTER = re.compile(r"(?<=[a-z0-9])-[0-9]{1,3}$")
"""What was appended to a name that was taken; the numbers of random names are longer."""


def clone(person: Person, cluster_id: str, form: ClusterChanges, key: str, now: datetime) -> Cluster:
    """Launch a cluster with what another one had, but for what the form says. The same idempotency `key` again returns the first
    one's cluster.

    Raises:
        NotFound, Forbidden: there is no such cluster, or this person may not see it.
        Invalid: the SSH key, the release or the size cannot be chosen by this person.
        Conflict: the key was used for something else, or the site is frozen.
    """
    from chalicelib.clusters.forms import LaunchCluster, limits
    from chalicelib.core.fields import read

    cluster = service.get(person, cluster_id, "cluster.clone")
    request = idempotency.submission(person.requester, "cluster.clone", key, form.model_dump_json(), cluster_id)
    changes = form.model_dump(exclude_none=True)
    return launching.launch_once(
        person,
        lambda: read(LaunchCluster, values(cluster, keys.all_of(person)) | changes, **limits(person)),
        request,
        now,
    )


def values(cluster: Cluster, held: Sequence[SSHKey]) -> dict[str, Any]:
    """The fields of the form to launch another one: of the same name, to which launching appends a counter. Its key is the
    cluster's, or the latest of the keys that somebody has whose cluster it was not."""
    ids = [key.id for key in held]
    return {
        "identifier": COUNTER.sub("", cluster.identifier),
        "size": int(cluster.size),
        "lifetime": int(cluster.lifetime),
        **({"idle_minutes": int(cluster.idle_minutes)} if cluster.idle_minutes else {}),
        "emr_release": cluster.emr_release,
        "ssh_key": cluster.ssh_key if cluster.ssh_key in ids else next(iter(ids), ""),
    }
