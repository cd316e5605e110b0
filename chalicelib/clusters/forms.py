"""What people fill in about clusters."""

from __future__ import annotations

from typing import Annotated

from chalicelib.core.fields import Form, Identifier, optional, text, whole_number
from chalicelib.core.limits import LIMITS
from chalicelib.identity.person import Person

Size = Annotated[int, whole_number(LIMITS.size, high_key="max_size")]
Lifetime = Annotated[int, whole_number(LIMITS.lifetime)]
IdleMinutes = Annotated[int, whole_number(LIMITS.idle)]
Hours = Annotated[int, whole_number(LIMITS.extension)]
KeyId = Annotated[str, text("Choose one of your SSH keys.", LIMITS.name)]
ReleaseVersion = Annotated[str, text("Choose an EMR release.", 50)]


class LaunchCluster(Form):
    """A cluster to launch. Without an identifier it gets a random one. The lifetime is in hours; how many minutes it may be idle is
    the site's setting, unless given."""

    identifier: Identifier | None = None
    size: Size
    lifetime: Lifetime = LIMITS.lifetime.default
    idle_minutes: IdleMinutes | None = None
    ssh_key: KeyId
    emr_release: ReleaseVersion


class ClusterChanges(Form):
    """What of a cluster's clone is not as the cluster was; all that is left out is."""


CloneCluster = optional("CloneCluster", LaunchCluster, ClusterChanges)


class EstimateCluster(Form):
    """A cluster as it would be launched. What does not matter for its cost may be there, and is not looked at."""

    size: Size
    lifetime: Lifetime = LIMITS.lifetime.default
    idle_minutes: IdleMinutes | None = None
    identifier: Identifier | None = None
    ssh_key: KeyId | None = None
    emr_release: ReleaseVersion | None = None


class ExtendCluster(Form):
    """By how many hours to extend a cluster's lifetime."""

    hours: Hours


class EstimateExtension(ExtendCluster):
    """The extension of a cluster as it would be made."""

    cluster: Annotated[str, text("Name the cluster by its id.", LIMITS.name)]


def limits(person: Person) -> dict[str, int]:
    """What the form must know of the person: maintainers may go beyond the usual size."""
    return {"max_size": LIMITS.size_of_maintainers.high} if person.maintains_clusters else {}
