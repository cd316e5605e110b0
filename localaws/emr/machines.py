"""The machines of the embedded clusters."""

from __future__ import annotations

from hashlib import sha256


def ec2_id(cluster: str, role: str, number: int = 0) -> str:
    """What EC2 calls a cluster's node."""
    return f"i-{sha256(f'{cluster}{role}{number}'.encode()).hexdigest()[:17]}"
