"""Offers that wait for an answer, as the records of both people list them, so that their dashboards show them without another
call. A job's or cluster's own record says whether there is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.core.tables import find
from chalicelib.identity.models import User

ITEMS = 2
"""How many items listing or striking off an offer adds to a transaction, at most."""


class Offered(Protocol):
    """A job or cluster."""

    @property
    def id(self) -> str: ...
    @property
    def identifier(self) -> str: ...
    @property
    def owner(self) -> str: ...
    @property
    def transfer_to(self) -> Any: ...


@dataclass(frozen=True)
class Offer:
    """Who offers what to whom."""

    object_id: str
    identifier: str
    owner: str
    receiver: str

    @property
    def kind(self) -> str:
        """ "jobs" or "clusters", as addresses have it."""
        return "jobs" if self.object_id.startswith("j-") else "clusters"


def of(username: str) -> list[Offer]:
    """The offers that somebody has made or received and that wait for an answer."""
    user = find(User, username)
    return [Offer(*text.split(" ")) for text in sorted(user.offers or ())] if user else []


def enlist(write: TransactWrite, thing: Offered, receiver: str) -> None:
    """Add to a transaction: the thing, which is offered to nobody yet, is offered to this person."""
    _change(write, thing, receiver, User.offers.add)


def strike_off(write: TransactWrite, thing: Offered) -> None:
    """Add to a transaction: the offer of the thing, if there is one, is over."""
    if thing.transfer_to:
        _change(write, thing, thing.transfer_to, User.offers.delete)


def _change(write: TransactWrite, thing: Offered, receiver: str, change: Callable[[set[str]], Action]) -> None:
    for name in (thing.owner, receiver):
        if find(User, name):
            text = " ".join([thing.id, thing.identifier, thing.owner, receiver])
            write.update(User(name), actions=[change({text})], condition=User.username.exists())
