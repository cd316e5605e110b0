"""Tags that a site puts on its clusters, by EMR's rules: pure.

https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-plan-tags-restrictions.html
"""

from __future__ import annotations

MAX_KEY, MAX_VALUE = 128, 256
OWN = frozenset(
    {
        "Name", "Environment", "Application", "App", "Owner", "Type", "Record", "Correlation",
        "for-use-with-amazon-emr-managed-policies",
    }
)  # fmt: skip
"""The keys of atmo's own tags, by which it knows its clusters again."""
_SYMBOLS = frozenset("_.:/=+-@")


def refuse_tag(key: str, value: str) -> str:
    """Why EMR, or atmo, does not take this tag, in a sentence; "" when it does."""
    if not 1 <= len(key) <= MAX_KEY or len(value) > MAX_VALUE:
        return f"A tag has a key of 1 to {MAX_KEY} characters and a value of up to {MAX_VALUE}."
    if key in OWN:
        return f"The tag {key} is atmo's own; choose another key."
    if key.lower().startswith("aws:") or value.lower().startswith("aws:"):
        return "AWS keeps tags that begin with aws: for itself."
    if not all(fits(sign) for sign in key + value):
        return "Tags have letters, digits, spaces and _ . : / = + - @ only."
    return ""


def fits(sign: str) -> bool:
    """Whether a tag may have this character."""
    return sign.isalnum() or sign.isspace() or sign in _SYMBOLS
