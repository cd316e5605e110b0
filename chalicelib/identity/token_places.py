"""Where an API token is used from: a use from a new place is on the audit trail, so that its owner can tell a stolen one.

A place is the client's network and its program. What is stored of it on the token is a digest, with the token's own mixed in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address, ip_network

from botocore.exceptions import BotoCoreError
from pynamodb.exceptions import PynamoDBException

from chalicelib.audit import changes
from chalicelib.audit import context as audit_context
from chalicelib.audit.context import Channel, Effect
from chalicelib.core.errors import AtmoError
from chalicelib.core.observability import report_failure
from chalicelib.core.tables import as_read
from chalicelib.identity.digests import digest
from chalicelib.identity.models import Token

MAX_PLACES = 50
"""How many places of a token are told apart. Whoever uses it from more has an entry that says so, and none after that."""
NETWORKS = {4: 24, 6: 48}
"""The bits of an address that say whose network it is, by IP version: what a provider gives one customer, or less."""
ACTION = "token.used"
_PRODUCT = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,39}")


@dataclass(frozen=True)
class Place:
    """A network, such as 203.0.113.0/24, and the program's name as its User-Agent begins, "" for none."""

    network: str
    program: str

    def __str__(self) -> str:
        return f"{self.network} by {self.program}" if self.program else self.network


def place_of(client_ip: str, user_agent: str) -> Place:
    """The place of a request."""
    try:
        address = ip_address(client_ip)
        network = str(ip_network(f"{address}/{NETWORKS[address.version]}", strict=False))
    except ValueError:
        network = "an unknown network"
    product = _PRODUCT.match(user_agent)
    return Place(network, product[0] if product else "")


def note(token: Token, place: Place, now: datetime) -> None:
    """Record the use of a token from a place that it was never used from. A call does not fail because this could not be written;
    the next one tries again."""
    known = list(token.places or [])
    mark = digest(f"{token.digest} {place}")[:16]
    if mark in known or len(known) >= MAX_PLACES:
        return
    many = f" Further new places are not recorded: there are {MAX_PLACES}." if len(known) == MAX_PLACES - 1 else ""
    effect = Effect("token", token.id, token.name, f"Used it from a new place: {place}.{many}")
    unchanged = Token.digest.exists() & as_read(Token.places, token.places)
    try:
        with audit_context.open_context(token.owner, Channel.API, ACTION, now):
            changes.update_if(token, unchanged, [Token.places.set([*known, mark])], effect)
    except (PynamoDBException, BotoCoreError, AtmoError):
        report_failure("audit_failed", about=token.id, entry=effect.summary)
