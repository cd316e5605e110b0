"""What somebody may say of why they do something to what is another's."""

from __future__ import annotations

from typing import Annotated

from chalicelib.core.fields import Form, text
from chalicelib.core.limits import LIMITS

Reason = Annotated[str, text("Give the reason in up to {limit:,} characters.", LIMITS.reason)]


class Because(Form):
    """Why, if the person says so: the owner is told."""

    reason: Reason | None = None
