"""When failed attempts are too many. A minute is the unit: whoever waits for its end may try again."""

from __future__ import annotations

from datetime import datetime
from ipaddress import IPv6Address, ip_address

ALLOWED = 60
"""Failures of one kind from one network in one minute that are answered as such."""
WINDOW = 60
"""Seconds."""


def network(client_ip: str) -> str:
    """What counts as one: an IPv4 address, or the /64 of an IPv6 one, all of which one machine may use."""
    try:
        address = ip_address(client_ip)
    except ValueError:
        return "unknown"
    if not isinstance(address, IPv6Address):
        return str(address)
    return str(address.ipv4_mapped or f"{IPv6Address(int(address) >> 64 << 64)}/64")


def window(kind: str, client_ip: str, now: datetime) -> str:
    """The name of the counter that a failure at this moment belongs to."""
    return f"{kind} {network(client_ip)} {int(now.timestamp()) // WINDOW}"


def wait(count: int, now: datetime) -> int:
    """Seconds until the next window when this many failures are too many; 0 when they are not."""
    return WINDOW - int(now.timestamp()) % WINDOW if count > ALLOWED else 0
