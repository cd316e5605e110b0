"""EMR's published limits on the texts and lists of a request.

Sources:
- lengths: `max` in EMR's service model, as botocore ships it; botocore's own validation ignores it. In its words a cluster's
  or step's name has at most 256 characters and a step's argument at most 10,280.
- tags: https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-plan-tags-restrictions.html and the EC2 limits it refers
  to, https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html
- steps: "A maximum of 256 steps are allowed in each job flow",
  https://docs.aws.amazon.com/emr/latest/APIReference/API_RunJobFlow.html
- bootstrap actions: at most 16,
  https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-plan-bootstrap.html
- active clusters: 500 in an account and region, by default; https://docs.aws.amazon.com/general/latest/gr/emr.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.model import ListShape, Shape, StringShape, StructureShape

from localaws.emr.errors import invalid
from localaws.emr.protocol import Params

MAX_STEPS = 256
MAX_BOOTSTRAP_ACTIONS = 16
MAX_ACTIVE_CLUSTERS = 500
MAX_TAGS = 50
MAX_TAG_KEY = 128
MAX_TAG_VALUE = 256
_TAG_SYMBOLS = frozenset("_.:/=+-@")


def check_lengths(shape: Shape, params: Params) -> None:
    """Raises EmrError for the first text that is longer than the service model allows."""
    for path, maximum in _too_long(shape, params, ""):
        raise invalid(
            f"1 validation error detected: Value at '{path}' failed to satisfy constraint: "
            f"Member must have length less than or equal to {maximum}"
        )


def _too_long(shape: Shape, value: Any, path: str) -> Iterator[tuple[str, int]]:
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        for name, member in shape.members.items():
            if name in value:
                yield from _too_long(member, value[name], f"{path}.{name}".lstrip("."))
    elif isinstance(shape, ListShape) and isinstance(value, list):
        for number, item in enumerate(value, 1):
            yield from _too_long(shape.member, item, f"{path}.{number}.member")
    elif isinstance(shape, StringShape) and isinstance(value, str):
        maximum = shape.metadata.get("max")
        if maximum is not None and len(value) > maximum:
            yield path, maximum


def check_counts(request: Params) -> None:
    """Raises EmrError for a RunJobFlow request with more steps or bootstrap actions than a cluster may have."""
    if len(request.get("Steps", [])) > MAX_STEPS:
        raise invalid(f"A maximum of {MAX_STEPS} steps are allowed in each job flow.")
    if len(request.get("BootstrapActions", [])) > MAX_BOOTSTRAP_ACTIONS:
        raise invalid(f"A maximum of {MAX_BOOTSTRAP_ACTIONS} bootstrap actions are allowed.")


def check_tags(tags: list[dict[str, str]]) -> None:
    """Raises EmrError for tags that EMR does not take."""
    if len(tags) > MAX_TAGS:
        raise invalid(f"A cluster can have at most {MAX_TAGS} tags.")
    for tag in tags:
        key, value = tag.get("Key", ""), tag.get("Value", "")
        if not 1 <= len(key) <= MAX_TAG_KEY or not _is_tag_text(key):
            raise invalid(f"Invalid tag key: {key!r}.")
        if len(value) > MAX_TAG_VALUE or not _is_tag_text(value):
            raise invalid(f"Invalid tag value: {value!r}.")


def _is_tag_text(text: str) -> bool:
    """Letters and digits of any language, white space and some symbols, without the prefix that AWS keeps for itself."""
    is_reserved = text.lower().startswith("aws:")
    return not is_reserved and all(sign.isalnum() or sign.isspace() or sign in _TAG_SYMBOLS for sign in text)
