"""What people fill in about clusters."""

from __future__ import annotations

from chalicelib.clusters.rules import DEFAULT_LIFETIME, MAX_LIFETIME, MAX_SIZE, MIN_LIFETIME
from chalicelib.fields import Form, Identifier, text, whole_number

SizeOfCluster = whole_number(1, MAX_SIZE, "workers", high_key="max_size")
Lifetime = whole_number(MIN_LIFETIME, MAX_LIFETIME, "hours")
Hours = whole_number(1, MAX_LIFETIME, "hours")


class LaunchCluster(Form):
    """A cluster to be launched. Without an identifier it gets a random one; lifetime is in hours."""

    identifier: Identifier | None = None
    size: SizeOfCluster
    lifetime: Lifetime = DEFAULT_LIFETIME
    ssh_key: text("Choose one of your SSH keys.", 100)  # type: ignore[valid-type]
    emr_release: text("Choose an EMR release.", 50)  # type: ignore[valid-type]


class ExtendCluster(Form):
    """By how many hours to extend a cluster's lifetime."""

    hours: Hours
