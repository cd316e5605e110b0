"""What deliveries to webhooks are searched, filtered and sorted by."""

from __future__ import annotations

from chalicelib.core.choices import Choice
from chalicelib.core.search import Fields
from chalicelib.mail.webhooks.models import Delivery


class DeliveryState(Choice):
    """What has become of a delivery."""

    PENDING = "pending"
    RECEIVED = "received"
    GIVEN_UP = "given-up", "Given up"


def _state(delivery: Delivery) -> DeliveryState:
    if delivery.received_at:
        return DeliveryState.RECEIVED
    return DeliveryState.GIVEN_UP if delivery.given_up_at else DeliveryState.PENDING


FIELDS = Fields(
    texts=("event", "outcome", "id"),
    filters={"event": lambda delivery: delivery.event, "state": _state},
    sorts=("event", "attempts", "due_at"),
    choices={"state": DeliveryState},
)
