"""What must never be in a log, taken out of whatever is logged. The last line of defence: nothing secret is logged on purpose.

Secrets are removed entirely; of a mail address the domain and the first letter stay, so that a person can still be helped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

GONE = "[redacted]"

_NAMES = re.compile(
    r"authorization|cookie|set-cookie|(id_|access_|refresh_|task_?|csrf_|api_)?token|(client_|webhook_)?secret|password|code_verifier",
    re.IGNORECASE,
)
_FIELDS = (
    r"code|state|nonce|session_state|code_verifier|client_secret|(?:\w+_)?token|id_token_hint|secret|password|submission|"
    r"x-amz-(?:signature|security-token|credential)"
)
# What is logged may be somebody's choice, and long: no pattern may look at a character more than a few dozen times.
_PATTERNS = (
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), GONE),
    (re.compile(r"\batmo_[A-Za-z0-9_-]{8,}"), f"atmo_{GONE}"),
    (re.compile(r"(?<![A-Za-z0-9_.-])eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"), GONE),
    (re.compile(r"\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE), rf"\1 {GONE}"),
    (re.compile(r"((?:__Host-)?atmo-(?:session|sign-in)[\w-]*=)[^;,\s\"']+"), rf"\1{GONE}"),
    (re.compile(rf"([?&](?:{_FIELDS})=)[^&\s\"'#]+", re.IGNORECASE), rf"\1{GONE}"),
    (re.compile(r"\b([A-Za-z0-9])[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{0,63}@((?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,})"), r"\1…@\2"),
)


def text(raw: str) -> str:
    """The text without what is secret in it."""
    for pattern, instead in _PATTERNS:
        raw = pattern.sub(instead, raw)
    return raw


def value(raw: Any) -> Any:
    """A value as it may be logged; in mappings, what is secret by its name goes whatever it looks like."""
    if isinstance(raw, str):
        return text(raw)
    if isinstance(raw, Mapping):
        return {name: GONE if _is_secret(name, item) else value(item) for name, item in raw.items()}
    return [value(item) for item in raw] if isinstance(raw, list | tuple | set | frozenset) else raw


def _is_secret(name: Any, item: Any) -> bool:
    return isinstance(name, str) and isinstance(item, str) and bool(_NAMES.fullmatch(name))
