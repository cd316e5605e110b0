"""What operators' commands name: things by their ids, and pages of lists."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from chalicelib.clusters.models import StateFilter
from chalicelib.core.fields import Checked, choice, refuse, text, whole_number
from chalicelib.core.limits import LIMITS
from chalicelib.identity.permissions import ShareLevel
from chalicelib.runs.models import RunStatus


def _id(letter: str, what: str) -> Checked:
    pattern = re.compile(f"{letter}-[A-Za-z0-9-]{{1,80}}")

    def check(value: Any, context: Mapping[str, Any]) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value.strip()):
            refuse(f"Give the id of {what}, which begins with {letter}-.")
        return value.strip()

    return Checked(check, {"type": "string", "pattern": f"^{pattern.pattern}$"})


ClusterId = Annotated[str, _id("c", "a cluster")]
JobId = Annotated[str, _id("j", "a job")]
RunId = Annotated[str, _id("r", "a run")]
RequestId = Annotated[str, _id("l", "a request of more")]
KeyId = Annotated[str, _id("k", "an SSH key")]
TokenId = Annotated[str, _id("t", "an API token")]
ObjectId = Annotated[str, _id("[cj]", "a cluster or job")]
Limit = Annotated[int, whole_number(LIMITS.page)]
Cursor = Annotated[str, text("Give the `next` of the previous page.", 500)]
SearchText = Annotated[str, text("Search for 1 to {limit:,} characters.", LIMITS.search)]
Key = Annotated[str, text("Give a key of up to {limit:,} characters.", LIMITS.idempotency_key)]
State = Annotated[str, choice(StateFilter)]
Status = Annotated[str, choice(RunStatus, f"Choose one of {', '.join(RunStatus)}.")]
Level = Annotated[str, choice(ShareLevel)]
CommandName = Annotated[str, text("Give the name of a command.", LIMITS.name)]
Uri = Annotated[str, text("Give an S3 URI of up to {limit} characters.", 500)]
LongCursor = Annotated[str, text("Give the `next` of the previous answer.", 10_000)]
StoryId = Annotated[str, text("Give an id of up to {limit} characters.", 100)]
AnyId = Annotated[str, text("Give the id of an object, or a user name.", 200)]
