"""What the checks of a job's fields must know beside the field."""

from __future__ import annotations

from chalicelib.core.config import settings
from chalicelib.core.limits import LIMITS
from chalicelib.identity.person import Person


def limits(person: Person) -> dict[str, int]:
    """Of the person, and of the deployment: maintainers may go beyond the usual size."""
    webhooks = {"private_webhooks": int(settings().private_webhooks)}
    return webhooks | ({"max_size": LIMITS.size_of_maintainers.high} if person.maintains_jobs else {})
