"""What people fill in about clusters."""

from __future__ import annotations

from typing import Annotated

from chalicelib.clusters.rules import DEFAULT_LIFETIME, MAX_LIFETIME, MAX_SIZE, MAX_SIZE_OF_MAINTAINERS, MIN_LIFETIME
from chalicelib.core.fields import Form, Identifier, text, whole_number
from chalicelib.identity.person import Person

Size = Annotated[int, whole_number(1, MAX_SIZE, "workers", high_key="max_size")]
Lifetime = Annotated[int, whole_number(MIN_LIFETIME, MAX_LIFETIME, "hours")]
Hours = Annotated[int, whole_number(1, MAX_LIFETIME, "hours")]
KeyId = Annotated[str, text("Choose one of your SSH keys.", 100)]
ReleaseVersion = Annotated[str, text("Choose an EMR release.", 50)]


class LaunchCluster(Form):
    """A cluster to be launched. Without an identifier it gets a random one; lifetime is in hours."""

    identifier: Identifier | None = None
    size: Size
    lifetime: Lifetime = DEFAULT_LIFETIME
    ssh_key: KeyId
    emr_release: ReleaseVersion


class ExtendCluster(Form):
    """By how many hours to extend a cluster's lifetime."""

    hours: Hours


def limits(person: Person) -> dict[str, int]:
    """What the form must know of the person: maintainers may go beyond the usual size."""
    return {"max_size": MAX_SIZE_OF_MAINTAINERS} if person.maintains_clusters else {}
