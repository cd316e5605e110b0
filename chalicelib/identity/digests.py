"""What is stored of a secret.

A secret of ours is 256 random bits, so one round of SHA-256 is enough: nobody can try them all. Finding one is a lookup by
its digest. The time that takes depends on the digest, and whoever sends guesses cannot steer towards a stored digest
without inverting SHA-256; no secret is ever compared with another one byte by byte.
"""

from __future__ import annotations

import hashlib


def digest(secret: str) -> str:
    """Enough to recognise the secret, not enough to use it."""
    return hashlib.sha256(secret.encode()).hexdigest()
