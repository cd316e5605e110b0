"""The operators' command that tells the whole story of one id."""

from __future__ import annotations

from typing import Any

from chalicelib.entrypoints.operator import forms
from chalicelib.entrypoints.operator.registry import Call, command
from chalicelib.story import service as story


@command("story", "story.view", form="OneId")
def tell(call: Call, form: forms.OneId) -> dict[str, Any]:
    """Tell all that is known of one id, in order: trail, record, execution, EMR, mails, webhooks and logs."""
    return story.tell(form.id, call.now).as_json()
