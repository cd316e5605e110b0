"""What a webhook may be, how its deliveries are signed, and when they are tried again. Pure."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from chalicelib.core.limits import LIMITS

MAX_ATTEMPTS = 8
FIRST_PAUSE = timedelta(minutes=5)
"""Pauses double from this one on; eight attempts take about eleven hours."""
SIGNATURE, DELIVERY, EVENT = "Atmo-Signature", "Atmo-Delivery", "Atmo-Event"
CORRELATION = "Atmo-Correlation"
HOST = re.compile(r"[A-Za-z0-9_.:-]+")
"""The headers of a delivery."""


def refuse_url(url: str, anywhere: bool) -> str:
    """Why this address cannot be a webhook, or "". `anywhere` lets in plain http and addresses of one's own network.

    Which addresses a name leads to is looked at each time something is sent: see `is_public`.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "This is not a web address. Give one such as https://hooks.example.com/atmo."
    if parts.scheme != "https" and not (anywhere and parts.scheme == "http"):
        return "Give an address that begins with https://, so that nobody can read what is sent."
    if (
        len(url) > LIMITS.webhook_url
        or not HOST.fullmatch(host)
        or port == 0
        or not url.isascii()
        or any(char <= " " for char in url)
    ):
        return f"Give a web address of up to {LIMITS.webhook_url} characters, such as https://hooks.example.com/atmo."
    if parts.username is not None:  # as it is, if only "", where there is a password
        return "Leave the user name and password out of the address: every delivery is signed instead."
    if not anywhere and (_is_number(host) or "." not in host.rstrip(".")) and not is_public(host):
        return "Give the name of a server that can be reached over the internet."
    return ""


def _is_number(host: str) -> bool:
    return ":" in host or host.rstrip(".").rpartition(".")[2].isdigit()


def is_public(address: str) -> bool:
    """Whether this is an IPv4 address of the internet: not this machine, its network, or AWS's own addresses in it."""
    try:
        ip = ipaddress.IPv4Address(address)
    except ValueError:
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def signature(secret: str, at: datetime, body: bytes) -> str:
    """The value of the header: when it was signed, in seconds since 1970, and the HMAC-SHA256 of `<seconds>.<body>`."""
    seconds = int(at.timestamp())
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"


def next_try(attempts: int, now: datetime) -> datetime | None:
    """When to send again after so many failed attempts; None when it is given up."""
    if attempts >= MAX_ATTEMPTS:
        return None
    pause: timedelta = FIRST_PAUSE * 2 ** max(0, attempts - 1)
    return now + pause
